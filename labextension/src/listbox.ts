import { element } from './element';

/**
 * A list of which one item is the current one: by arrow keys, Home and End, or a click; Enter or a
 * double-click opens it. Items keep their elements, and so the place that somebody looks at.
 */
export class Listbox<T> {
  readonly node = element('ul', 'daisy-Listbox');

  constructor(
    private readonly _idPrefix: string,
    label: string,
    private readonly _key: (item: T) => string,
    private readonly _speak: (item: T) => string,
    private readonly _draw: (item: T) => HTMLElement[],
    private readonly _open: (item: T) => void
  ) {
    this.node.tabIndex = 0;
    this.node.setAttribute('role', 'listbox');
    this.node.setAttribute('aria-label', label);
    this.node.addEventListener('keydown', event => {
      this._press(event);
    });
  }

  /** Show these; an item is drawn anew only if it differs or if `isStale` says so. */
  update(items: readonly T[], isStale: (item: T) => boolean = () => false): void {
    const before = this._rows;
    this._items = items;
    this._rows = new Map();
    for (const item of items) {
      const key = this._key(item);
      const text = JSON.stringify(item);
      const old = before.get(key);
      const row = old ?? { node: this._row(key), text: '' };
      if (row.text !== text || isStale(item)) {
        row.node.replaceChildren(...this._draw(item));
        row.node.setAttribute('aria-label', this._speak(item));
        row.text = text;
      }
      this._rows.set(key, row);
    }
    const nodes = [...this._rows.values()].map(row => row.node);
    if (
      nodes.length !== this.node.children.length ||
      nodes.some((n, i) => n !== this.node.children[i])
    ) {
      this.node.replaceChildren(...nodes);
    }
    this._choose(this._current !== null && this._rows.has(this._current) ? this._current : null);
  }

  private _row(key: string): HTMLLIElement {
    const node = element('li', 'daisy-Listbox-item');
    node.id = `${this._idPrefix}-${String((this._count += 1))}`;
    node.dataset.name = key;
    node.setAttribute('role', 'option');
    node.addEventListener('mousedown', () => {
      this._choose(key);
    });
    node.addEventListener('dblclick', () => {
      this._openCurrent();
    });
    return node;
  }

  private _choose(key: string | null): void {
    this._current = key;
    for (const [name, { node }] of this._rows) {
      node.setAttribute('aria-selected', String(name === key));
    }
    const node = key === null ? undefined : this._rows.get(key)?.node;
    if (node) {
      this.node.setAttribute('aria-activedescendant', node.id);
    } else {
      this.node.removeAttribute('aria-activedescendant');
    }
  }

  private _press(event: KeyboardEvent): void {
    if (event.key === 'Enter') {
      this._openCurrent();
    } else {
      const keys = [...this._rows.keys()];
      const at = this._current === null ? -1 : keys.indexOf(this._current);
      const next = {
        ArrowDown: Math.min(at + 1, keys.length - 1),
        ArrowUp: Math.max(at - 1, 0),
        Home: 0,
        End: keys.length - 1
      }[event.key];
      if (next === undefined || keys.length === 0) {
        return;
      }
      const key = keys[next] ?? null;
      this._choose(key);
      this._rows.get(key ?? '')?.node.scrollIntoView({ block: 'nearest' });
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private _openCurrent(): void {
    const item = this._items.find(found => this._key(found) === this._current);
    if (item !== undefined) {
      this._open(item);
    }
  }

  private _items: readonly T[] = [];
  private _rows = new Map<string, { readonly node: HTMLLIElement; text: string }>();
  private _current: string | null = null;
  private _count = 0;
}
