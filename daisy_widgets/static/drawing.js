/* Drawing a shape on a plane: by dragging, by clicks, or with the arrow keys and Enter. */

import { arrowStep } from './arrow_keys.js';
import { dragOn } from './drag.js';

const MEASURES = ['profile', 'distance', 'region'];
const KINDS = { profile: 'line', distance: 'line' }; // as they look
const CLICK = 3; // a drag shorter than this is a click [CSS pixels]

export class Drawing {
  /** The `tool` of the model is what is drawn. `measured(shape)` is told of a finished measure, which
      stays to be seen, or of null; any other shape becomes the `drawn` of the model. */
  constructor(model, stage, overlay, measured) {
    Object.assign(this, { model, stage, overlay, measured });
    this.kept = null;
    this.giveUp();
    const surface = stage.element;
    const isOurs = ({ button, ctrlKey, altKey, shiftKey }) =>
      button === 0 && !ctrlKey && !altKey && !shiftKey && this.isOn();
    dragOn(
      surface,
      isOurs,
      event => this.press(event),
      event => this.release(event)
    );
    surface.addEventListener('pointermove', event => {
      if (this.points.length && !event.buttons) this.reach(this.placeOf(event));
    });
    surface.addEventListener('dblclick', event => this.close(event), { capture: true });
    surface.addEventListener('keydown', event => this.key(event));
  }

  isOn() {
    return this.model.get('tool') !== 'look';
  }

  /** Another tool was chosen. */
  follow() {
    const tool = this.model.get('tool');
    this.stage.element.classList.toggle('daisy-slice-drawing', tool !== 'look');
    if (this.kept && this.kept.kind !== tool) this.keep(null);
    this.giveUp();
  }

  giveUp() {
    this.points = [];
    this.pen = null;
    this.sketch();
  }

  keep(shape) {
    this.kept = shape;
    this.sketch();
    this.measured(shape);
  }

  placeOf(event) {
    return this.within(this.stage.placeAt(event).map(at => at - 0.5));
  }

  within(place) {
    const { lengths } = this.stage;
    return place.map((at, i) => Math.min(lengths[i] - 0.5, Math.max(-0.5, Number(at.toFixed(2)))));
  }

  // ---- mouse ----

  press(event) {
    this.stage.element.focus({ preventScroll: true });
    this.pressed = event;
    this.add(this.placeOf(event));
    return moved => this.reach(this.placeOf(moved));
  }

  release({ clientX, clientY }) {
    const far = Math.hypot(clientX - this.pressed.clientX, clientY - this.pressed.clientY) > CLICK;
    if (far && this.points.length === 1) this.add(this.pen);
  }

  close(event) {
    if (!this.isOn()) return;
    event.stopImmediatePropagation(); // it does not fit the plane now
    if (this.points.length > 2) this.finish(this.points);
  }

  // ---- keyboard ----

  key(event) {
    if (!this.isOn() || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = arrowStep(event);
    const { origin, span } = this.stage;
    this.pen ??= origin.map((from, i) => Math.round(from + span[i] / 2));
    if (step) this.reach(this.within(this.pen.map((at, i) => at + step[i])));
    else if (event.key === 'Enter') this.add(this.pen);
    else if (event.key === 'Escape' && this.points.length) this.giveUp();
    else if (event.key === 'Escape') this.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  leave() {
    this.model.set('tool', 'look');
    this.model.save_changes();
  }

  // ---- the shape ----

  /** The pen is here now. */
  reach(place) {
    this.pen = place;
    this.sketch();
  }

  add(place) {
    const { points } = this;
    const tool = this.model.get('tool');
    this.pen = place;
    if (tool === 'point') return this.finish([place]);
    const isAgain = points.length > 0 && String(points.at(-1)) === String(place);
    if (tool === 'polygon') {
      if (isAgain && points.length > 2) return this.finish(points);
      if (!isAgain) this.points = [...points, place];
    } else if (points.length && !isAgain) return this.finish([points[0], place]);
    else this.points = [place];
    return this.sketch();
  }

  finish(points) {
    const kind = this.model.get('tool');
    this.giveUp();
    if (MEASURES.includes(kind)) return this.keep({ kind, points });
    const count = (this.model.get('drawn').count ?? 0) + 1;
    this.model.set('drawn', { kind, points, count });
    return this.model.save_changes();
  }

  sketch() {
    const tool = this.model.get('tool');
    const kind = KINDS[tool] ?? tool;
    const kept = this.kept && { ...this.kept, kind: KINDS[this.kept.kind] ?? this.kept.kind };
    if (this.isOn() && this.points.length)
      this.overlay.show({
        kind: kind === 'polygon' ? 'polyline' : kind,
        points: [...this.points, this.pen]
      });
    else if (this.isOn() && this.pen) this.overlay.show({ kind: 'point', points: [this.pen] });
    else this.overlay.show(kept);
  }
}
