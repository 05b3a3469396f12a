/* How clean the slice is over the candidates: the whole range on the left, the neighbourhood on the
   right. A click or the arrow keys choose a candidate. */

import { element } from './element.js';
import { keepKeysOf } from './keys.js';
import { svgElement } from './svg_element.js';

const HEIGHT = 170;
const EDGE = { left: 14, right: 14, top: 22, bottom: 22 };
const GAP = 22;
const NARROW_SHARE = 0.4; // of the width, for the whole range
const STEP = 0.1; // of an arrow key [columns]; with Shift five times as much
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -50, PageUp: 50 };

class CentreCurveView {
  constructor(model, el) {
    this.model = model;
    this.svg = svgElement('svg', { height: HEIGHT, tabindex: 0, role: 'slider' });
    this.svg.setAttribute('aria-label', 'candidate centre');
    this.root = element('div', { className: 'daisy-centre-curve' }, this.svg);
    el.append(this.root);
    this.release = keepKeysOf(this.root);
    this.draw = this.draw.bind(this);
    this.events = ['overview', 'near', 'column', 'row'].map(name => `change:${name}`);
    for (const event of this.events) model.on(event, this.draw);
    this.svg.addEventListener('keydown', event => this.press(event));
    this.svg.addEventListener('pointerdown', event => this.point(event));
    this.observer = new ResizeObserver(() => requestAnimationFrame(this.draw));
    this.observer.observe(this.root);
  }

  dispose() {
    for (const event of this.events) this.model.off(event, this.draw);
    this.release();
    this.observer.disconnect();
    this.root.remove();
  }

  draw() {
    const width = this.root.clientWidth;
    if (!width) return;
    const column = this.model.get('column');
    const inner = width - EDGE.left - EDGE.right - GAP;
    const middle = EDGE.left + inner * NARROW_SHARE;
    this.panels = [
      new CurvePanel('whole range', this.model.get('overview'), EDGE.left, middle),
      new CurvePanel('close by', this.model.get('near'), middle + GAP, width - EDGE.right)
    ];
    this.svg.setAttribute('width', width);
    this.svg.setAttribute('aria-valuenow', column);
    this.svg.setAttribute('aria-valuetext', `column ${column.toFixed(2)}`);
    this.svg.replaceChildren(
      ...this.panels.flatMap(panel => panel.shapes(this.model.get('row'), column))
    );
  }

  point(event) {
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    const panel = this.panels.find(({ left, right }) => x >= left - 8 && x <= right + 8);
    if (panel && panel.curves.length) this.choose(panel.columnAt(x));
  }

  press(event) {
    const near = this.model.get('near').find(({ row }) => row === this.model.get('row'));
    if (event.key in KEYS) {
      const factor = event.shiftKey ? 5 : 1;
      this.choose(this.model.get('column') + KEYS[event.key] * factor * STEP);
    } else if (event.key === 'Home' && near) this.choose(near.best);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(column) {
    this.model.set('column', Math.round(column * 100) / 100);
    this.model.save_changes();
  }
}

/** One of the two plots. */
class CurvePanel {
  constructor(title, curves, left, right) {
    Object.assign(this, { title, curves, left, right });
    const columns = curves.flatMap(curve => curve.columns);
    this.first = Math.min(...columns);
    this.last = Math.max(...columns);
  }

  placeOf(column) {
    const share = (column - this.first) / (this.last - this.first || 1);
    return this.left + share * (this.right - this.left);
  }

  columnAt(x) {
    const share = Math.min(1, Math.max(0, (x - this.left) / (this.right - this.left)));
    return this.first + share * (this.last - this.first);
  }

  shapes(row, chosen) {
    const bottom = HEIGHT - EDGE.bottom;
    const frame = { x: this.left, y: EDGE.top, width: this.right - this.left };
    const made = [
      svgElement('rect', { ...frame, height: bottom - EDGE.top, class: 'daisy-curve-frame' }),
      text(this.left, EDGE.top - 7, this.title, 'start')
    ];
    if (!this.curves.length) return made;
    for (const column of ticks(this.first, this.last)) {
      const x = this.placeOf(column);
      made.push(
        svgElement('line', { x1: x, x2: x, y1: bottom, y2: bottom + 4, class: 'daisy-curve-tick' })
      );
      made.push(text(x, bottom + 15, String(Number(column.toPrecision(6))), 'middle'));
    }
    const others = this.curves.filter(curve => curve.row !== row);
    const here = this.curves.filter(curve => curve.row === row);
    for (const curve of [...others, ...here]) {
      const y = score => bottom - 4 - score * (bottom - EDGE.top - 10);
      const known = curve.columns.map((_, i) => i).filter(i => curve.scores[i] !== null);
      const points = known.map(i => [this.placeOf(curve.columns[i]), y(curve.scores[i])]);
      const kind = curve.row === row ? 'daisy-curve-here' : 'daisy-curve-other';
      made.push(
        svgElement('polyline', { points: points.map(p => p.join()).join(' '), class: kind })
      );
      if (curve.row === row) {
        const x = this.placeOf(curve.best);
        made.push(
          svgElement('circle', { cx: x, cy: bottom - 4, r: 3.5, class: 'daisy-curve-best' })
        );
      }
    }
    if (chosen >= this.first && chosen <= this.last) {
      const x = this.placeOf(chosen);
      made.push(
        svgElement('line', { x1: x, x2: x, y1: EDGE.top, y2: bottom, class: 'daisy-curve-chosen' })
      );
      made.push(text(this.right, EDGE.top - 7, chosen.toFixed(2), 'end', 'daisy-curve-value'));
    }
    return made;
  }
}

function text(x, y, words, anchor, kind = 'daisy-curve-text') {
  const made = svgElement('text', { x, y, 'text-anchor': anchor, class: kind });
  made.textContent = words;
  return made;
}

/** Round numbers within a range, about five. */
function ticks(first, last) {
  const rough = (last - first) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= rough);
  const made = [];
  for (let i = Math.ceil(first / step); i * step <= last; i++) made.push(i * step);
  return made;
}

function render({ model, el }) {
  const view = new CentreCurveView(model, el);
  return () => view.dispose();
}

export default { render };
