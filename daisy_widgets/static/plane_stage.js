/* The place where a plane is seen: fits it, magnifies it, paints it and above it a part of it that
   came in more detail, knows which pixel lies under the cursor. */

import { element } from './element.js';
import { makePainter } from './plane_painters.js';

const CLOSEST = 128; // largest side of a pixel [CSS pixels]

export class PlaneStage {
  /** `painted(kind)` is told "webgl" or "canvas" whenever the painter changes. */
  constructor(prefer, painted) {
    this.element = element('div', {
      className: 'daisy-slice-stage',
      tabIndex: 0,
      'aria-label': 'Image',
      'data-jp-suppress-context-menu': 'true' // the right button sets the window
    });
    this.painted = painted;
    this.whole = null; // all of a plane
    this.part = null; // a `region` of the same plane, [start, stop) of its rows and its columns
    this.lengths = [1, 1]; // rows and columns of the whole plane
    this.zoom = 1; // 1 shows all of it
    this.middle = [0.5, 0.5]; // what lies in the middle of the stage, down and right, from 0 to 1
    this.watchers = []; // called whenever what is seen has moved
    this.use(prefer);
  }

  /** The plane that is seen, as it came in most detail. */
  get plane() {
    return this.part ?? this.whole;
  }

  use(prefer) {
    this.painter?.dispose();
    const { canvas, painter } = makePainter(prefer);
    if (this.canvas) this.canvas.replaceWith(canvas);
    else this.element.prepend(canvas);
    [this.canvas, this.painter] = [canvas, painter];
    canvas.addEventListener('webglcontextlost', () => {
      if (this.canvas === canvas) this.use('canvas');
    });
    this.painted(painter.kind);
    this.fit();
  }

  dispose() {
    this.canvas = null;
    this.painter.dispose();
  }

  /** Side of a pixel of the whole plane when all of it is seen [CSS pixels]; 0 while hidden. */
  fitting([rows, columns]) {
    const { clientWidth, clientHeight } = this.element;
    return Math.min(clientWidth / columns, clientHeight / rows);
  }

  /** Give the canvas the largest size that the plane fills in proportion. */
  fit() {
    const scale = this.fitting(this.lengths) * this.zoom;
    if (!scale) return;
    const { clientWidth, clientHeight } = this.element;
    const sides = [clientHeight, clientWidth].map((side, i) =>
      Math.max(1, Math.round(Math.min(side, this.lengths[i] * scale)))
    );
    this.span = sides.map((side, i) => Math.min(this.lengths[i], side / scale));
    this.middle = this.middle.map((place, i) => {
      const half = this.span[i] / this.lengths[i] / 2;
      return Math.min(1 - half, Math.max(half, place));
    });
    this.origin = this.middle.map((place, i) => place * this.lengths[i] - this.span[i] / 2);
    const [height, width] = sides;
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.canvas.width = Math.round(width * devicePixelRatio);
    this.canvas.height = Math.round(height * devicePixelRatio);
    this.paint();
    this.watchers.forEach(watcher => watcher());
  }

  /** Have a function called whenever what is seen has moved. */
  watch(watcher) {
    this.watchers.push(watcher);
  }

  /** Magnify by a factor; what lies under the pointer stays there, or what is in the middle. */
  magnify(factor, pointer) {
    const fitting = this.fitting(this.lengths);
    if (!fitting) return;
    const before = fitting * this.zoom;
    this.zoom = Math.min(Math.max(1, this.zoom * factor), Math.max(1, CLOSEST / fitting));
    const kept = 1 / before - 1 / (fitting * this.zoom); // pixels per CSS pixel from the middle
    const away = pointer ? this.fromMiddle(pointer) : [0, 0];
    this.middle = this.middle.map((place, i) => place + (away[i] * kept) / this.lengths[i]);
    this.fit();
  }

  /** Move what is seen by so many CSS pixels down and to the right. */
  pan(down, right) {
    const scale = this.fitting(this.lengths) * this.zoom;
    this.middle = this.middle.map((place, i) => place - [down, right][i] / scale / this.lengths[i]);
    this.fit();
  }

  /** See all of it. */
  reset() {
    this.zoom = 1;
    this.fit();
  }

  fromMiddle({ clientX, clientY }) {
    const box = this.element.getBoundingClientRect();
    return [clientY - (box.top + box.bottom) / 2, clientX - (box.left + box.right) / 2];
  }

  /** A PNG of what is seen, in a promise. */
  picture() {
    return new Promise(resolve => this.canvas.toBlob(resolve, 'image/png'));
  }

  /** Show a plane, or a part of it above what is seen of the same plane. */
  show(plane) {
    const isHere = this.plane?.axis === plane.axis && this.plane.index === plane.index;
    if (!isHere || this.isOld) this.whole = this.part = null;
    this.isOld = false;
    if (plane.region) this.part = plane;
    else this.whole = plane;
    if (!plane.region && plane.detail === 'full') this.part = null;
    const isResized = String(plane.full_shape) !== String(this.lengths);
    this.lengths = plane.full_shape;
    if (isResized) this.fit();
    else this.paint();
  }

  /** The values have changed: nothing of what is seen stays beside what is shown next. */
  forget() {
    this.isOld = true;
  }

  /** Values of the first and the last colour, the scale between them, and the colours. */
  colour(window, scale, colours) {
    this.tint = { window, scale, colours };
    this.paint();
  }

  paint() {
    if (!this.plane || !this.tint || !this.span) return;
    const layers = [this.whole, this.part].filter(Boolean).map(plane => this.layerOf(plane));
    this.painter.paint(layers, this.tint);
  }

  layerOf(plane) {
    const { canvas, lengths } = this;
    const [low, high] = this.tint.window;
    const reach = plane.high - plane.low;
    const bounds = plane.region ?? lengths.map(length => [0, length]);
    // Binning leaves out the last pixels when they do not fill a square: they stay empty. A plane too
    // thin for one is averaged over its whole side.
    const sides = bounds.map(([start, stop], i) =>
      Math.min(plane.binning, (stop - start) / plane.shape[i])
    );
    const span = this.span.map((n, i) => n / sides[i]);
    return {
      plane,
      factor: reach / (2 ** plane.bits - 1) / (high - low),
      offset: (plane.low - low) / (high - low),
      // Detector pixels are squares when magnified; binned or reduced ones are not pixels any more.
      smooth: plane.binning > 1 || span[1] > canvas.width || span[0] > canvas.height,
      origin: this.origin.map((n, i) => (n - bounds[i][0]) / sides[i]),
      span
    };
  }

  /** Row and column under a pointer, with fractions; beside the canvas as well. */
  placeAt({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    const shares = [(clientY - box.top) / box.height, (clientX - box.left) / box.width];
    return shares.map((share, i) => this.origin[i] + share * this.span[i]);
  }

  /** Row and column of the whole plane under a pointer, or null beside it. */
  pixelAt(pointer) {
    const [y, x] = this.placeAt(pointer).map(Math.floor);
    const { left, right, top, bottom } = this.canvas.getBoundingClientRect();
    const { clientX, clientY } = pointer;
    if (clientX < left || clientX >= right || clientY < top || clientY >= bottom) return null;
    const inside = y >= 0 && x >= 0 && y < this.lengths[0] && x < this.lengths[1];
    return inside ? { y, x } : null;
  }
}
