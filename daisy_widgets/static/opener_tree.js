import { element } from './element.js';
import { fileIcon } from './file_icons.js';
import { RovingList } from './roving_list.js';

export const ROLE_NAMES = {
  projections: 'projections',
  flats: 'flats',
  darks: 'darks',
  angles: 'angles',
  image_key: 'image keys',
  energy: 'energy',
  pixel_size: 'pixel size'
};

/** Groups and datasets of the open file; `seen(row)` hears which one is looked at. */
export class OpenerTree {
  constructor(model, seen) {
    Object.assign(this, { model, seen });
    this.folded = new Set();
    this.el = element('div', {
      className: 'daisy-opener-tree',
      role: 'tree',
      'aria-label': 'Datasets of the file'
    });
    this.list = new RovingList(this.el, {
      choose: path => this.choose(path),
      marked: path => this.look(path),
      keys: { ArrowLeft: path => this.fold(path, true), ArrowRight: path => this.fold(path, false) }
    });
  }

  draw() {
    const nodes = this.model.get('nodes');
    const { path, parts = {} } = this.model.get('file');
    const isAnother = path !== this.shown;
    if (isAnother) this.folded.clear();
    this.shown = path;
    const first = parts.projections ?? nodes.find(node => node.is_seen)?.path;
    this.list.fill(
      this.open(nodes).map(node => this.rowOf(node)),
      isAnother ? first : undefined
    );
    if (isAnother) this.el.scrollTop = 0;
    const marker = this.list.marker();
    if (marker) this.list.mark(marker, isAnother);
    this.seen(
      nodes.find(node => node.path === this.list.key),
      isAnother
    );
  }

  /** Nodes that are not within a folded group. */
  open(nodes) {
    const hidden = path => [...this.folded].some(group => path.startsWith(`${group}/`));
    return nodes.filter(node => !hidden(node.path));
  }

  node(path) {
    return this.model.get('nodes').find(node => node.path === path);
  }

  look(path) {
    this.seen(this.node(path), true);
  }

  choose(path) {
    if (this.node(path)?.kind === 'group') this.fold(path, !this.folded.has(path));
  }

  /** Folds or unfolds a group; a dataset folds the group it is in. */
  fold(path, isFolded) {
    const group = this.node(path)?.kind === 'group' ? path : path.replace(/\/[^/]*$/, '');
    const above = group.replace(/\/[^/]*$/, '');
    const isDone = isFolded && this.folded.has(group);
    const key = isDone && above ? above : group;
    if (!group) return;
    if (isFolded && (path === group || !isDone)) this.folded.add(group);
    if (!isFolded) this.folded.delete(group);
    const rows = this.open(this.model.get('nodes')).map(node => this.rowOf(node));
    this.list.fill(rows, isFolded ? key : path);
    this.look(this.list.key);
  }

  rowOf(node) {
    const { path, name, depth, kind, shape, value, role, problem } = node;
    const chip = element('span', { className: 'daisy-opener-chip', textContent: ROLE_NAMES[role] });
    chip.dataset.role = role;
    const said = problem ? 'cannot be read' : shape || value;
    const row = element(
      'div',
      {
        className: 'daisy-opener-row',
        role: 'treeitem',
        title: problem || path,
        'aria-level': depth + 1
      },
      fileIcon(kind),
      element('span', { className: 'daisy-opener-name', textContent: name }),
      ...(role ? [chip] : []),
      element('span', { className: 'daisy-opener-quiet daisy-opener-shape', textContent: said })
    );
    row.style.setProperty('--depth', depth);
    if (kind === 'group') row.setAttribute('aria-expanded', !this.folded.has(path));
    Object.assign(row.dataset, { key: path, name, kind });
    return row;
  }
}
