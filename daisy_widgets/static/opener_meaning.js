import { element } from './element.js';

const RECOGNISED = 'As Daisy recognises it';
const CORRECTED = 'Put right here, not saved';

/** The open file as a card: what it is, with which profile it is read, what it will take. */
export class OpenerMeaning {
  constructor(model) {
    this.model = model;
    this.name = element('div', { className: 'daisy-opener-title' });
    this.facts = element('div', { className: 'daisy-opener-facts' });
    this.doubts = element('div');
    this.needs = element('div', { className: 'daisy-opener-quiet daisy-opener-needs' });
    this.profile = element('select', {
      'aria-label': 'Profile',
      onchange: event => model.send({ type: 'profile', name: event.target.value || null })
    });
    this.unit = this.select('Unit of angles', 'angle_unit', [
      ['', 'as the file says'],
      ['degrees', 'degrees'],
      ['radians', 'radians']
    ]);
    this.energy = this.number('Energy [keV]', 'energy', 1);
    this.pixel = this.number('Pixel size [µm]', 'pixel_size', 1e6);
    this.saved = element('input', {
      type: 'text',
      placeholder: 'name of the beamline, say',
      'aria-label': 'Name of the profile',
      'data-lm-suppress-shortcuts': 'true',
      onkeydown: event => {
        if (event.key === 'Enter') this.save();
      },
      oninput: () => this.drawSave()
    });
    this.keep = element('button', { type: 'button', onclick: () => this.save() });
    this.drop = element('button', {
      type: 'button',
      textContent: 'Delete',
      onclick: () => model.send({ type: 'delete', name: model.get('file').profile })
    });
    const field = (text, control) =>
      element('label', {}, element('span', { textContent: text }), control);
    this.values = element(
      'div',
      { className: 'daisy-opener-fields' },
      field('Unit of angles', this.unit),
      field('Energy [keV]', this.energy),
      field('Pixel size [µm]', this.pixel)
    );
    this.more = element('button', {
      type: 'button',
      textContent: 'Values',
      title: 'Unit of the angles, energy, pixel size',
      onclick: () => {
        this.isMore = this.values.hidden;
        this.draw();
      }
    });
    this.saving = field('Save as profile', this.saved);
    const choice = [field('Read it', this.profile), this.drop, this.saving, this.keep, this.more];
    this.choice = element('div', { className: 'daisy-opener-fields' }, ...choice);
    const parts = [this.name, this.facts, this.doubts, this.needs];
    this.card = element('div', { className: 'daisy-opener-card' }, ...parts);
    this.right = element('div', {}, this.choice, this.values);
    this.el = element('section', { className: 'daisy-opener-meaning' }, this.card, this.right);
  }

  select(label, role, options) {
    return element(
      'select',
      {
        'aria-label': label,
        onchange: event => this.assign(role, event.target.value || null)
      },
      ...options.map(([value, textContent]) => element('option', { value, textContent }))
    );
  }

  /** A number in the unit in which people think; `scale` times the value of the profile. */
  number(label, role, scale) {
    return element('input', {
      type: 'text',
      inputMode: 'decimal',
      placeholder: 'as the file says',
      'aria-label': label,
      'data-lm-suppress-shortcuts': 'true',
      onchange: event => this.assign(role, event.target.value, scale)
    });
  }

  assign(role, value, scale = null) {
    this.model.send({ type: 'assign', role, value, scale });
  }

  save() {
    if (!this.saved.value.trim()) return this.saved.focus();
    const overwrite = this.isKnown();
    return this.model.send({ type: 'save', name: this.saved.value, overwrite });
  }

  isKnown() {
    return this.model.get('profiles').some(({ name }) => name === this.saved.value.trim());
  }

  drawSave() {
    this.keep.textContent = this.isKnown() ? 'Replace' : 'Save';
  }

  draw() {
    const file = this.model.get('file');
    this.el.hidden = !file.path;
    if (!file.path) return;
    this.name.replaceChildren(
      element('span', { textContent: file.path.split('/').pop(), title: file.path }),
      element('span', { className: 'daisy-opener-chip', textContent: file.format }),
      element('span', { className: 'daisy-opener-quiet', textContent: file.size_in_words })
    );
    this.facts.textContent = file.facts.join(' · ');
    const doubts = [file.remark, file.problem, ...file.warnings].filter(Boolean);
    this.doubts.replaceChildren(
      ...doubts.map(textContent => {
        const kind = textContent === file.problem ? 'daisy-opener-problem' : 'daisy-opener-doubt';
        return element('p', { textContent, className: kind });
      })
    );
    this.drawProfiles(file);
    const { parts } = file;
    this.unit.value = parts.angle_unit ?? '';
    this.unit.disabled = !parts.angles;
    this.energy.value = stated(parts.energy, 1);
    this.pixel.value = stated(parts.pixel_size, 1e6);
    const isDraft = file.is_corrected && !file.profile && Boolean(parts.projections);
    if (file.path !== this.shown) this.isMore = null;
    this.shown = file.path;
    this.values.hidden = !parts.projections || !(this.isMore ?? isDraft);
    this.more.hidden = !parts.projections;
    this.more.setAttribute('aria-expanded', !this.values.hidden);
    this.saving.hidden = this.keep.hidden = !isDraft;
    this.right.hidden = !file.has_tree;
    this.drawSave();
    this.drawNeeds();
  }

  drawProfiles({ is_corrected: isCorrected, profile, fitting }) {
    const known = this.model.get('profiles');
    const option = (value, text, properties = {}) =>
      element('option', { value, textContent: text, ...properties });
    const fits = name => fitting.includes(name);
    this.profile.replaceChildren(
      option('', RECOGNISED),
      ...(isCorrected && !profile ? [option('\n', CORRECTED, { disabled: true })] : []),
      ...known.map(({ name }) =>
        option(name, fits(name) ? name : `${name} (other datasets)`, { disabled: !fits(name) })
      )
    );
    this.profile.value = isCorrected ? (profile ?? '\n') : '';
    const own = known.find(({ name }) => name === profile);
    this.drop.hidden = !own || own.fixed;
    this.drop.title = `Forget the profile ${profile}`;
  }

  drawNeeds() {
    this.needs.textContent = this.model.get('needs').join(' · ');
  }
}

/** A stated number, or the dataset that states it. */
function stated(value, scale) {
  if (value === undefined || value === null) return '';
  return typeof value === 'number' ? String(Number((scale * value).toPrecision(9))) : value;
}
