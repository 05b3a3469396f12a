const TYPE_MS = 700; // letters that come within so long of each other are one word
let lists = 0;

/** Moves a mark through rows by the keyboard; the list itself has the focus, so rows may change. */
export class RovingList {
  /** `choose(key)` opens a row, `marked(key)` hears of the mark, `keys` has further keys. */
  constructor(list, { choose, marked = () => {}, keys = {} }) {
    Object.assign(this, { list, choose, marked, keys });
    this.id = `daisy-list-${(lists += 1)}`;
    this.key = null;
    this.word = '';
    list.tabIndex = 0;
    // Letters are a word here, not shortcuts of the notebook.
    list.setAttribute('data-lm-suppress-shortcuts', 'true');
    list.addEventListener('keydown', event => this.press(event));
    list.addEventListener('click', event => {
      const row = event.target.closest('[data-key]');
      if (!row || event.target.closest('button')) return;
      this.mark(row);
      this.choose(row.dataset.key);
    });
  }

  rows() {
    return [...this.list.querySelectorAll('[data-key]')];
  }

  marker() {
    return this.rows().find(row => row.dataset.key === this.key);
  }

  /** Other rows: the mark stays on the one of the same key, or goes to `key`. */
  fill(rows, key = this.key) {
    this.list.replaceChildren(...rows);
    this.rows().forEach((row, n) => (row.id = `${this.id}-${n}`));
    this.key = key;
    this.mark(this.marker() ?? this.rows()[0], false);
  }

  mark(row, isTold = true) {
    this.marker()?.classList.remove('daisy-marked');
    this.list.removeAttribute('aria-activedescendant');
    this.key = row?.dataset.key ?? null;
    if (!row) return;
    row.classList.add('daisy-marked');
    this.list.setAttribute('aria-activedescendant', row.id);
    // Not scrollIntoView: the page must not move.
    const top = row.offsetTop - this.list.offsetTop;
    const { scrollTop, clientHeight } = this.list;
    if (top < scrollTop) this.list.scrollTop = top;
    if (top + row.offsetHeight > scrollTop + clientHeight)
      this.list.scrollTop = top + row.offsetHeight - clientHeight;
    if (isTold) this.marked(this.key);
  }

  press(event) {
    if (event.target !== this.list || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = this.rows();
    const here = rows.indexOf(this.marker());
    const page = Math.max(
      1,
      Math.floor(this.list.clientHeight / (rows[0]?.offsetHeight || 24)) - 1
    );
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const ends = { Home: 0, End: rows.length - 1 };
    const to = n => this.mark(rows[Math.min(Math.max(n, 0), rows.length - 1)]);
    if (event.key in steps) to(here + steps[event.key]);
    else if (event.key in ends) to(ends[event.key]);
    else if (event.key === 'Enter' && this.key !== null) this.choose(this.key);
    else if (event.key in this.keys) this.keys[event.key](this.key);
    else if (event.key.length === 1 && event.key !== ' ') this.type(event.key, rows, here);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The next row that begins with what was typed; the same letter again goes on to the next. */
  type(letter, rows, here) {
    const isNew = Date.now() - (this.typed ?? 0) > TYPE_MS;
    this.typed = Date.now();
    this.word = isNew ? letter : this.word + letter;
    const isRepeated = new Set(this.word.toLowerCase()).size === 1;
    const wanted = (isRepeated ? this.word[0] : this.word).toLowerCase();
    const first = isRepeated ? here + 1 : here;
    const round = rows.map((_, n) => rows[(Math.max(first, 0) + n) % rows.length]);
    const found = round.find(row => row.dataset.name.toLowerCase().startsWith(wanted));
    if (found) this.mark(found);
  }
}
