/* A cross-hair on a plane: it is moved by a click, by dragging, and by the arrow keys. */

import { arrowStep } from './arrow_keys.js';
import { dragOn } from './drag.js';
import { element } from './element.js';

const TELL_MS = 30; // between two reports of where the cross is

export class Cross {
  /** The `cross` of the model, row and column, is drawn on the stage; null: there is none. */
  constructor(model, stage) {
    this.model = model;
    this.stage = stage;
    this.lines = element('div', { className: 'daisy-slice-cross' });
    stage.element.append(this.lines);
    stage.watch(() => this.draw());
    const isOurs = ({ button, ctrlKey, altKey, shiftKey }) =>
      button === 0 && !ctrlKey && !altKey && !shiftKey && this.isMovable();
    dragOn(stage.element, isOurs, event => {
      stage.element.focus({ preventScroll: true });
      this.move(stage.placeAt(event));
      return moved => this.move(stage.placeAt(moved));
    });
    stage.element.addEventListener('keydown', event => this.press(event));
    this.follow();
  }

  isMovable() {
    return this.place !== null && this.model.get('tool') === 'look';
  }

  press(event) {
    const step = arrowStep(event);
    if (!step || !this.isMovable() || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.move(this.place.map((at, i) => at + step[i]));
  }

  move(place) {
    const { lengths } = this.stage;
    this.place = place.map((at, i) => Math.min(lengths[i] - 1, Math.max(0, Math.floor(at))));
    this.model.set('cross', this.place);
    this.telling ??= setTimeout(() => this.tell(), TELL_MS);
    this.draw();
  }

  tell() {
    clearTimeout(this.telling);
    if (this.telling) this.model.save_changes();
    this.telling = null;
  }

  /** Be where the kernel says, unless it only repeats where we were before we went on. */
  follow() {
    if (this.telling) return;
    this.place = this.model.get('cross') ?? null;
    this.draw();
  }

  draw() {
    const { canvas, origin, span } = this.stage;
    this.lines.hidden = !this.place || !span;
    if (this.lines.hidden) return;
    const [y, x] = this.place.map((at, i) => (at + 0.5 - origin[i]) / span[i]);
    const { offsetLeft: left, offsetTop: top, clientWidth: width, clientHeight: height } = canvas;
    Object.assign(this.lines.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`
    });
    this.lines.style.setProperty('--daisy-x', `${x * width}px`);
    this.lines.style.setProperty('--daisy-y', `${y * height}px`);
  }
}
