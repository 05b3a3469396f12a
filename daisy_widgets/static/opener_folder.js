import { element } from './element.js';
import { fileIcon } from './file_icons.js';
import { RovingList } from './roving_list.js';

const FILTER_MS = 200; // after so long without another letter the folder is asked for

/** Where one is, a filter, and what is in the folder. */
export class OpenerFolder {
  constructor(model) {
    this.model = model;
    this.crumbs = element('nav', { className: 'daisy-opener-crumbs', 'aria-label': 'Folder' });
    this.filter = element('input', {
      type: 'search',
      className: 'daisy-opener-filter',
      placeholder: 'Filter',
      'aria-label': 'Filter names',
      'data-lm-suppress-shortcuts': 'true',
      oninput: () => this.narrow(FILTER_MS),
      // In braces: of a handler that gives false the browser drops the letter.
      onkeydown: event => {
        if (event.key === 'ArrowDown') this.rows.focus();
      }
    });
    this.places = element('select', {
      className: 'daisy-opener-places',
      'aria-label': 'Places',
      onchange: event => this.go(event.target.value)
    });
    this.rows = element('div', {
      className: 'daisy-opener-rows',
      role: 'listbox',
      'aria-label': 'Files'
    });
    this.list = new RovingList(this.rows, {
      choose: path => this.choose(path),
      keys: { Backspace: () => this.up(), ArrowLeft: () => this.up() }
    });
    this.note = element('div', { className: 'daisy-opener-quiet' });
    const bar = element('div', { className: 'daisy-opener-bar' }, this.filter, this.places);
    const parts = [this.crumbs, bar, this.rows, this.note];
    this.el = element('section', { className: 'daisy-opener-folder' }, ...parts);
  }

  go(path) {
    this.filter.value = '';
    this.model.send({ type: 'go', path });
  }

  up() {
    const { above, path } = this.model.get('folder');
    this.cameFrom = path;
    if (above.length) this.go(above.at(-1));
  }

  choose(path) {
    const row = this.model.get('folder').rows.find(found => found.path === path);
    if (row.kind === 'folder') this.go(path);
    else this.model.send({ type: 'open', path });
  }

  narrow(after) {
    clearTimeout(this.timer);
    const ask = () =>
      this.model.send({
        type: 'go',
        path: this.model.get('folder').path,
        filter: this.filter.value
      });
    this.timer = setTimeout(ask, after);
  }

  drawFolder() {
    const folder = this.model.get('folder');
    if (!folder.path) return;
    this.crumbs.replaceChildren(...this.crumbsOf(folder));
    this.crumbs.scrollLeft = this.crumbs.scrollWidth;
    const isAnother = folder.path !== this.shown;
    const key = isAnother ? this.cameFrom : this.list.key;
    this.shown = folder.path;
    this.cameFrom = null;
    if (isAnother) this.rows.scrollTop = 0;
    this.list.fill(folder.rows.map(rowOf), key);
    this.drawFile();
    this.note.textContent = folder.note;
    this.drawPlaces();
  }

  /** Each folder above as far as one may go. */
  crumbsOf({ path, above }) {
    const name = place => place.split('/').pop() || '/';
    const made = above.map(place =>
      element('button', { type: 'button', textContent: name(place), onclick: () => this.go(place) })
    );
    const here = { textContent: name(path), title: path, 'aria-current': 'page' };
    return [...made, element('b', here)];
  }

  drawPlaces() {
    const option = path => element('option', { value: path, textContent: path });
    const group = (label, paths) => {
      const made = element('optgroup', { label }, ...paths.map(option));
      return paths.length ? [made] : [];
    };
    this.places.replaceChildren(
      element('option', { value: '', textContent: 'Places', hidden: true }),
      ...group('Begin at', this.model.get('folder').roots ?? []),
      ...group('Recent', this.model.get('recent'))
    );
    this.places.value = '';
  }

  /** The file that is open stands out in its folder. */
  drawFile() {
    const { path } = this.model.get('file');
    for (const row of this.list.rows()) row.setAttribute('aria-selected', row.dataset.key === path);
  }
}

function rowOf({ name, path, kind, size, when }) {
  const row = element(
    'div',
    { className: 'daisy-opener-row', role: 'option', title: name },
    fileIcon(kind),
    element('span', { className: 'daisy-opener-name', textContent: name }),
    element('span', { className: 'daisy-opener-quiet', textContent: size }),
    element('span', { className: 'daisy-opener-quiet daisy-opener-when', textContent: when })
  );
  Object.assign(row.dataset, { key: path, name, kind });
  return row;
}
