import { element } from './element.js';
import { Pull } from './pull.js';
import { ROLE_NAMES } from './opener_tree.js';
import { svgElement } from './svg_element.js';

const CURVE = { width: 320, height: 120 }; // [CSS pixels]

/** A look at one dataset, and what it may be used as. */
export class OpenerPreview {
  constructor(model) {
    this.model = model;
    this.pull = new Pull(asked => model.send({ type: 'preview', ...asked }), 1);
    this.title = element('div', { className: 'daisy-opener-title' });
    this.type = element('div', { className: 'daisy-opener-quiet' });
    this.roles = element('div', { className: 'daisy-opener-roles', role: 'group' });
    this.picture = element('div', { className: 'daisy-opener-picture' });
    this.slider = element('input', {
      type: 'range',
      min: 0,
      'aria-label': 'Image',
      'data-lm-suppress-shortcuts': 'true',
      oninput: () => this.ask(Number(this.slider.value))
    });
    this.caption = element('div', { className: 'daisy-opener-quiet' });
    const parts = [this.title, this.type, this.roles, this.picture, this.slider, this.caption];
    this.el = element('section', { className: 'daisy-opener-preview' }, ...parts);
    this.slider.hidden = true;
  }

  /** Shows a node of the tree; without one, what a file without a tree has to show. */
  show(node, isNew) {
    const { path, format } = this.model.get('file');
    this.node = node;
    // Of a long path the end is seen; `bdi` keeps its slashes in place.
    this.title.replaceChildren(element('bdi', { textContent: node?.path ?? '' }));
    this.title.title = node?.path ?? '';
    this.type.textContent = [node?.shape, node?.dtype].filter(Boolean).join(' · ');
    this.drawRoles();
    const isSeen = node ? node.is_seen : Boolean(path && format);
    if (!isNew) return;
    this.slider.hidden = true;
    this.caption.textContent = node?.problem || (isSeen ? '' : (node?.value ?? ''));
    this.picture.replaceChildren();
    this.pull.forget();
    if (isSeen) this.ask(null);
  }

  ask(index) {
    this.wanted = this.node?.path ?? null;
    this.pull.ask({ path: this.model.get('file').path, dataset: this.wanted, index });
  }

  drawRoles() {
    const { role, roles = [] } = this.node ?? {};
    const buttons = roles.map(name => {
      const isIt = name === role;
      const made = element('button', {
        type: 'button',
        textContent: ROLE_NAMES[name],
        'aria-pressed': isIt,
        title: isIt ? `This is no ${ROLE_NAMES[name]}` : `Use this as ${ROLE_NAMES[name]}`,
        onclick: () => {
          this.focused = name;
          this.model.send({ type: 'assign', role: name, value: isIt ? null : this.node.path });
        }
      });
      made.dataset.role = name;
      return made;
    });
    const label = element('span', { className: 'daisy-opener-quiet', textContent: 'Use as' });
    this.roles.replaceChildren(...(buttons.length ? [label, ...buttons] : []));
    this.roles.querySelector(`[data-role='${this.focused}']`)?.focus({ preventScroll: true });
    this.focused = null;
  }

  answer(told, buffers) {
    this.pull.answered();
    if (told.path !== this.model.get('file').path || told.dataset !== this.wanted) return;
    if (told.problem) {
      this.caption.textContent = told.problem;
      return;
    }
    const bytes = buffers[0];
    if (told.picture) this.drawPicture(told, bytes);
    else this.drawCurve(told, bytes);
  }

  drawPicture({ picture, images }, bytes) {
    const [rows, columns] = picture.shape;
    const canvas = element('canvas', { width: columns, height: rows });
    const levels = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const context = canvas.getContext('2d');
    const image = context.createImageData(columns, rows);
    levels.forEach((level, n) => image.data.set([level, level, level, 255], 4 * n));
    context.putImageData(image, 0, 0);
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `Image ${picture.index + 1} of ${images}`);
    // A few rows of a detector are seen as a band.
    canvas.style.aspectRatio = `${columns} / ${Math.max(rows, columns / 16)}`;
    this.picture.replaceChildren(canvas);
    this.slider.hidden = images < 2;
    Object.assign(this.slider, { max: images - 1 });
    this.slider.value = picture.index;
    const [n, m] = picture.full_shape;
    const values = `values ${digits(picture.low)} to ${digits(picture.high)}`;
    this.caption.textContent = `Image ${picture.index + 1} of ${images}, ${n} × ${m}, ${values}`;
  }

  drawCurve({ shape }, bytes) {
    const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const values = [...new Float32Array(copy)];
    const finite = values.filter(Number.isFinite);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    this.slider.hidden = true;
    if (values.length < 2 || !finite.length) {
      this.picture.replaceChildren();
      this.caption.textContent = values.length ? `Value ${digits(values[0])}` : '';
      return;
    }
    const { width, height } = CURVE;
    const x = n => (n / (values.length - 1)) * width;
    const y = value => height - 4 - ((value - low) / (high - low || 1)) * (height - 8);
    const points = values.flatMap((v, n) => (Number.isFinite(v) ? [`${x(n)},${y(v)}`] : []));
    const svg = svgElement(
      'svg',
      {
        viewBox: `0 0 ${width} ${height}`,
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': `Curve of ${shape[0]} values`
      },
      svgElement('polyline', { points: points.join(' ') })
    );
    this.picture.replaceChildren(svg);
    const ends = `from ${digits(values[0])} to ${digits(values.at(-1))}`;
    this.caption.textContent = `${shape.join(' × ')} values ${ends}, between ${digits(low)} and ${digits(high)}`;
  }
}

function digits(value) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : 'NaN';
}
