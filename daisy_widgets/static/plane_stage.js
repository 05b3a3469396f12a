/* The place where a plane is seen: fits it, paints it, knows which pixel lies under the cursor. */

import { element } from './element.js';
import { makePainter } from './plane_painters.js';

export class PlaneStage {
  /** `painted(kind)` is told "webgl" or "canvas" whenever the painter changes. */
  constructor(prefer, painted) {
    this.element = element('div', {
      className: 'daisy-slice-stage',
      'data-jp-suppress-context-menu': 'true' // the right button sets the window
    });
    this.painted = painted;
    this.plane = null;
    this.lengths = [1, 1]; // rows and columns of the whole plane
    this.use(prefer);
  }

  use(prefer) {
    this.painter?.dispose();
    const { canvas, painter } = makePainter(prefer);
    this.element.replaceChildren(canvas);
    [this.canvas, this.painter] = [canvas, painter];
    canvas.addEventListener('webglcontextlost', () => {
      if (this.canvas === canvas) this.use('canvas');
    });
    if (this.plane) painter.load(this.plane);
    this.painted(painter.kind);
    this.fit();
  }

  dispose() {
    this.canvas = null;
    this.painter.dispose();
  }

  /** Give the canvas the largest size that shows all of the plane in proportion. */
  fit() {
    const [rows, columns] = this.lengths;
    const { clientWidth, clientHeight } = this.element;
    if (!clientWidth || !clientHeight) return;
    const scale = Math.min(clientWidth / columns, clientHeight / rows);
    const [width, height] = [columns * scale, rows * scale].map(n => Math.max(1, Math.round(n)));
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.canvas.width = Math.round(width * devicePixelRatio);
    this.canvas.height = Math.round(height * devicePixelRatio);
    this.paint();
  }

  /** Longest side of a plane to ask for: binned as far as no pixel of the screen goes without one;
      0 while the stage is hidden. */
  sizeFor([rows, columns]) {
    const { clientWidth, clientHeight } = this.element;
    const scale = Math.min(clientWidth / columns, clientHeight / rows) * devicePixelRatio;
    return scale && Math.ceil(Math.max(rows, columns) / Math.max(1, Math.floor(1 / scale)));
  }

  show(plane) {
    this.plane = plane;
    this.painter.load(plane);
    this.paint();
  }

  /** Values of the first and the last colour, the scale between them, and the colours. */
  colour([low, high], scale, colours) {
    this.window = [low, high];
    this.scale = scale;
    this.colours = colours;
    this.paint();
  }

  paint() {
    const { plane, canvas, lengths } = this;
    if (!plane || !this.colours) return;
    const [low, high] = this.window;
    const reach = plane.high - plane.low;
    // Binning leaves out the last pixels when they do not fill a square: they stay empty.
    const covered = end =>
      Math.round(
        [canvas.height, canvas.width][end] *
          Math.min(1, (plane.shape[end] * plane.binning) / lengths[end])
      );
    this.painter.paint({
      factor: reach / (2 ** plane.bits - 1) / (high - low),
      offset: (plane.low - low) / (high - low),
      scale: this.scale,
      colours: this.colours,
      // Detector pixels are squares when magnified; binned or reduced ones are not pixels any more.
      smooth: plane.binning > 1 || plane.shape[1] > canvas.width || plane.shape[0] > canvas.height,
      width: covered(1),
      height: covered(0)
    });
  }

  /** Row and column of the whole plane under a pointer, or null beside it. */
  pixelAt({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    const y = Math.floor(((clientY - box.top) / box.height) * this.lengths[0]);
    const x = Math.floor(((clientX - box.left) / box.width) * this.lengths[1]);
    const inside = y >= 0 && x >= 0 && y < this.lengths[0] && x < this.lengths[1];
    return inside ? { y, x } : null;
  }
}
