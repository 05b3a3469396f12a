import { element } from './element.js';

/** Algorithms and workflows to choose from, and a field to search in them. */
class PaletteView {
  constructor(model, el) {
    this.model = model;
    this.search = element('input', {
      type: 'search',
      placeholder: 'Search',
      'aria-label': 'Search algorithms and workflows'
    });
    this.search.addEventListener('input', () => this.list());
    this.search.addEventListener('keydown', event => this.pressSearch(event));
    this.items = element('div', {
      className: 'daisy-palette-items',
      role: 'list',
      'aria-label': 'Steps to add'
    });
    this.items.addEventListener('keydown', event => this.pressItem(event));
    this.none = element('p', { textContent: 'Nothing has this.', hidden: true });
    this.root = element(
      'div',
      { className: 'daisy-palette', 'data-lm-suppress-shortcuts': 'true' },
      this.search,
      this.items,
      this.none
    );
    el.append(this.root);
    this.list = this.list.bind(this);
    model.on('change:items', this.list);
    this.list();
  }

  dispose() {
    this.model.off('change:items', this.list);
  }

  /** Those whose name has all the words come first, then those that are about them. */
  list() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = text => words.every(word => text.toLowerCase().includes(word));
    const path = this.search.value.trim();
    const file = { name: path, about: 'Add this document as a step', kind: 'file' };
    const items = [...this.model.get('items'), ...(path.endsWith('.daisy.json') ? [file] : [])];
    const named = items.filter(({ name }) => has(name));
    const about = items.filter(({ name, about }) => !has(name) && has(`${name} ${about}`));
    this.buttons = [...named, ...about].map(item => this.button(item));
    this.items.replaceChildren(...this.buttons);
    this.none.hidden = this.buttons.length > 0;
  }

  button({ name, about, kind }) {
    return element(
      'button',
      {
        type: 'button',
        className: `daisy-palette-item daisy-palette-${kind}`,
        title: about,
        onclick: () => this.model.send({ type: 'add', kind, name })
      },
      element('b', { textContent: name }),
      element('span', { textContent: about })
    );
  }

  pressSearch(event) {
    if (event.key === 'Enter') this.buttons[0]?.click();
    else if (event.key === 'ArrowDown') this.buttons[0]?.focus();
    else if (event.key === 'Escape') {
      this.search.value = '';
      this.list();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  pressItem(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    const place = this.buttons.indexOf(document.activeElement) + by;
    (place < 0 ? this.search : this.buttons[place])?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}

function renderPalette({ model, el }) {
  const view = new PaletteView(model, el);
  return () => view.dispose();
}

export default { render: renderPalette };
