/* Shapes above a plane: those of the model, and the one that is being drawn. */

import { svgElement } from './svg_element.js';

const CLOSED = new Set(['polygon', 'rectangle', 'region']);
const DOT = 4; // radius of a point [CSS pixels]

export class Overlay {
  /** The `overlay` of the model is drawn on the stage. Points are (row, column), whole numbers in
      the middle of a pixel. */
  constructor(model, stage) {
    this.model = model;
    this.stage = stage;
    this.sketch = null; // one more shape, which the model does not know
    this.element = svgElement('svg', { class: 'daisy-slice-overlay' });
    stage.element.append(this.element);
    stage.watch(() => this.draw());
  }

  /** Draw this shape as well; null: none. */
  show(sketch) {
    this.sketch = sketch;
    this.draw();
  }

  draw() {
    const { canvas, origin, span } = this.stage;
    const shapes = [...this.model.get('overlay'), ...(this.sketch ? [this.sketch] : [])];
    this.element.toggleAttribute('hidden', !shapes.length || !span);
    if (!shapes.length || !span) return this.element.replaceChildren();
    const { offsetLeft: left, offsetTop: top, clientWidth: width, clientHeight: height } = canvas;
    const box = { left, top, width, height };
    for (const [side, length] of Object.entries(box)) this.element.style[side] = `${length}px`;
    const scale = [height / span[0], width / span[1]];
    const onScreen = point => point.map((at, i) => (at + 0.5 - origin[i]) * scale[i]);
    this.element.replaceChildren(...shapes.map(shape => drawn(shape, onScreen)));
    thinOut([...this.element.querySelectorAll('.daisy-mark-ring text')]);
  }
}

function drawn({ kind, points, label = '', style = 'measure' }, onScreen) {
  const group = svgElement('g', { class: `daisy-mark daisy-mark-${style}`, 'data-kind': kind });
  const places = (kind === 'region' || kind === 'rectangle' ? corners(points) : points).map(onScreen);
  const [y, x] = places[0];
  if (kind === 'circle') group.append(svgElement('circle', { cx: x, cy: y, r: distance(places) }));
  else if (kind === 'point') group.append(svgElement('circle', { cx: x, cy: y, r: DOT }));
  else if (kind !== 'text') group.append(svgElement('path', { d: path(places, CLOSED.has(kind)) }));
  if (label) {
    const away = kind === 'text' ? 0 : 2 * DOT;
    const text = svgElement('text', { x: x + away, y: y - away });
    text.textContent = label;
    group.append(text);
  }
  return group;
}

/** Of labels that would lie over each other, the first one is seen; more of them when zoomed in. */
function thinOut(labels) {
  const boxes = labels.map(label => label.getBoundingClientRect()); // all at once: one layout
  const seen = [];
  boxes.forEach((box, n) => {
    if (seen.some(other => overlap(box, other))) labels[n].setAttribute('visibility', 'hidden');
    else seen.push(box);
  });
}

const overlap = (a, b) =>
  a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;

const distance = ([[y, x], [v, u] = [y, x]]) => Math.hypot(v - y, u - x);

const corners = ([[top, left], [bottom, right] = [top, left]]) => [
  [top, left],
  [top, right],
  [bottom, right],
  [bottom, left]
];

function path(places, isClosed) {
  const line = places.map(([y, x]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L');
  return `M${line}${isClosed ? 'Z' : ''}`;
}
