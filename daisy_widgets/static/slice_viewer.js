/* Slice viewer: one plane of a volume. Planes are pulled from the kernel as binary messages; the
   window of values and the colours are applied here. */

import { coloursOf } from './colormaps.js';
import { Cross } from './cross.js';
import { Drawing } from './drawing.js';
import { element } from './element.js';
import { FollowButton } from './follow_button.js';
import { keepKeysOf } from './keys.js';
import { MeasureView } from './measure_view.js';
import { Overlay } from './overlay.js';
import { PlanePull } from './plane_pull.js';
import { PlaneStage } from './plane_stage.js';
import { Play } from './play.js';
import { savePicture } from './save_picture.js';
import { scaleOf } from './scales.js';
import { Sight } from './sight.js';
import { sliceParts } from './slice_parts.js';
import { ToolButtons } from './tool_buttons.js';
import { ValueReader } from './value_reader.js';
import { WindowControl } from './window_control.js';

const SAVE_MS = 250; // between two reports of where the slider is: the planes go first
const NARROW = 520; // below this width the controls take more rows [CSS pixels]

class SliceView {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.id = Math.random().toString(36).slice(2); // one model may have several views
    const send = type => request => model.send({ type, view: this.id, ...request });
    this.visited = []; // index per axis, to come back to
    this.here = { axis: this.model.get('axis'), index: this.model.get('index') };
    this.stage = new PlaneStage(model.get('prefer'), kind => (el.dataset.renderer = kind));
    this.planes = new PlanePull(model, this.stage, {
      send: send('plane'),
      place: () => this.place(),
      show: plane => this.show(plane),
      rested: () => this.save()
    });
    this.values = new ValueReader(this.stage, {
      send: send('value'),
      namesOf: axis => this.seen(model.get('axes'), axis),
      tell: words => (this.cursor.textContent = words)
    });
    const askForWindow = which =>
      send('window')({ which, axis: this.place().axis, index: this.place().index });
    this.control = new WindowControl(model, askForWindow, said => this.tell(said));
    this.pens = new ToolButtons(model);
    this.measures = new MeasureView(send('measure'));
    this.play = new Play(
      () => this.goOn(),
      () => this.planes.isFull()
    );
    this.following = new FollowButton(model, () => send('again')({}));
    this.sight = new Sight(model, this.stage, () => this.showSight());
    this.overlay = new Overlay(model, this.stage);
    this.drawing = new Drawing(model, this.stage, this.overlay, shape =>
      this.measures.measure(shape, this.stage.plane)
    );
    this.cross = new Cross(model, this.stage);
    Object.assign(this, sliceParts(this));
    el.append(this.root);
    this.listen();
    this.describe();
    this.showPlace();
    this.sight.follow();
    this.recolour();
    this.chooseTool();
  }

  listen() {
    this.listeners = {
      'msg:custom': (message, buffers) => this.receive(message, buffers),
      'change:axis': () => this.follow(),
      'change:index': () => this.follow(),
      'change:shape': () => this.followShape(),
      'change:dtype': () => this.describe(),
      'change:axes': () => this.describe(),
      'change:window': () => this.recolour(),
      'change:window_limits': () => this.recolour(),
      'change:colormap': () => this.recolour(),
      'change:scale': () => this.recolour(),
      'change:title': () => this.describe(),
      'change:height': () => this.layOut(),
      'change:sight': () => this.sight.follow(),
      'change:cross': () => this.cross.follow(),
      'change:overlay': () => this.overlay.draw(),
      'change:tool': () => this.chooseTool(),
      'change:tools': () => this.pens.list(),
      'change:follow': () => this.following.update(),
      'change:can_grow': () => this.following.update(),
      'change:prefer': () => this.stage.use(this.model.get('prefer'))
    };
    for (const [event, listener] of Object.entries(this.listeners)) this.model.on(event, listener);
    this.axis.onchange = () => this.look(Number(this.axis.value));
    this.slider.oninput = () => this.go(this.slider.valueAsNumber);
    this.number.onchange = () => this.go(this.number.valueAsNumber);
    this.control.dragOn(this.stage.element);
    this.whole.onclick = this.sight.zoomOn(this.root);
    this.play.endsWith(this.root, [this.axis, this.slider, this.number, this.stage.element]);
    this.picture.onclick = () => this.keepPicture();
    this.releaseKeys = keepKeysOf(this.root);
    // In the next frame: the height that is set there would call the observer again.
    this.observer = new ResizeObserver(() => requestAnimationFrame(() => this.layOut()));
    this.observer.observe(this.root);
  }

  dispose() {
    for (const [event, listener] of Object.entries(this.listeners)) this.model.off(event, listener);
    this.releaseKeys();
    this.observer.disconnect();
    this.planes.dispose();
    this.values.dispose();
    this.following.dispose();
    this.play.stop();
    this.save();
    this.sight.tell();
    this.cross.tell();
    this.stage.dispose();
    this.root.remove();
  }

  describe() {
    const shape = this.model.get('shape');
    const names = this.model.get('axes');
    this.title.textContent = this.title.title = this.model.get('title');
    this.facts.textContent = `${shape.join(' × ')}  ${this.model.get('dtype')}`;
    this.axis.replaceChildren(...names.map((name, i) => element('option', { value: i }, name)));
    this.axis.value = this.here.axis;
    this.root.classList.toggle('daisy-slice-flat', shape.length === 2);
  }

  // ---- where we are ----

  place() {
    const { axis, index } = this.here;
    const lengths = this.seen(this.model.get('shape'), axis);
    return { axis, index: Math.min(index, this.count(axis) - 1), lengths };
  }

  count(axis) {
    const shape = this.model.get('shape');
    return shape.length === 3 ? shape[axis] : 1;
  }

  /** What remains of a list with one entry per axis when it is cut across one: down, right. */
  seen(list, axis) {
    return list.length === 3 ? list.filter((_, i) => i !== axis) : list;
  }

  look(axis, index = this.visited[axis] ?? Math.floor(this.count(axis) / 2)) {
    if (Number.isFinite(index)) {
      const nearest = Math.max(0, Math.min(this.count(axis) - 1, Math.round(index)));
      this.here = { axis, index: nearest };
      this.saving ??= setTimeout(() => this.save(), SAVE_MS);
      this.planes.move();
    }
    this.showPlace();
  }

  /** Somebody goes to this plane: whoever leaves the newest one does not want to follow. */
  go(index) {
    const { axis } = this.place();
    if (index < this.count(axis) - 1) this.following.choose(false);
    this.look(axis, index);
  }

  /** The next plane, and after the last one the first. */
  goOn() {
    this.look(this.here.axis, (this.place().index + 1) % this.count(this.here.axis));
  }

  /** Go where the kernel says, unless it only repeats where we were before we went on. */
  follow() {
    if (this.saving) return;
    this.here = { axis: this.model.get('axis'), index: this.model.get('index') };
    this.showPlace();
    this.planes.move();
  }

  /** The object has grown, or is another one; its planes are read anew when the kernel says so. */
  followShape() {
    this.describe();
    this.showPlace();
    this.layOut();
  }

  /** Tell the kernel where we are, if it does not know. */
  save() {
    clearTimeout(this.saving);
    if (this.saving) {
      this.model.set(this.here);
      this.model.save_changes();
    }
    this.saving = null;
  }

  showPlace() {
    const { axis, index } = this.place();
    const last = this.count(axis) - 1;
    this.visited[axis] = index;
    this.axis.value = axis;
    this.slider.max = this.number.max = last;
    this.slider.value = this.number.value = index;
    this.slider.style.setProperty('--daisy-share', last ? index / last : 0);
    this.last.textContent = `/ ${last}`;
  }

  chooseTool() {
    this.pens.follow();
    this.drawing.follow();
  }

  layOut() {
    const width = this.stage.element.clientWidth;
    const shape = this.model.get('shape');
    // One height for all axes: turning the volume does not move what stands below.
    const planes = shape.map((_, axis) => this.seen(shape, axis));
    const tallest = Math.max(...planes.map(([rows, columns]) => rows / columns));
    const height = Math.min(this.model.get('height'), Math.max(96, Math.round(width * tallest)));
    this.stage.element.style.height = `${height}px`;
    this.root.classList.toggle('daisy-slice-narrow', width < NARROW);
    this.stage.fit();
    this.planes.refine(0);
  }

  recolour() {
    this.control.update();
    const [window, scale, colours] = ['window', 'scale', 'colormap'].map(n => this.model.get(n));
    this.stage.colour(window, scaleOf(scale), coloursOf(colours));
    this.planes.refine();
  }

  receive(message, buffers) {
    if (message.view && message.view !== this.id) return;
    if (message.asked === 'plane') this.planes.receive(message, buffers);
    if (message.asked === 'value') this.values.receive(message);
    if (message.asked === 'measure') this.measures.receive(message, buffers);
    if (message.type === 'changed') {
      this.measures.forget();
      this.control.histogram.forget();
      this.planes.forget();
    }
    if (message.type === 'error') this.tell(message.message);
  }

  show(plane) {
    this.tell('');
    const { axis, index, detail, region } = plane;
    if (this.stage.plane && this.stage.plane.axis !== axis) {
      this.drawing.keep(null); // a place of another plane
      this.drawing.giveUp();
      this.sight.reset();
    }
    this.stage.show(plane);
    this.tellDetail();
    this.measures.seen(plane);
    this.control.seen(plane);
    Object.assign(this.el.dataset, { plane: index, axis, detail, region: String(region ?? '') });
    this.values.lookAgain();
  }

  /** What is seen of the plane is another part of it, which may have to come finer. */
  showSight() {
    this.tellDetail();
    this.values.lookAgain();
    this.planes.refine();
  }

  keepPicture() {
    const { axis, index } = this.place();
    savePicture(
      this.stage,
      [this.model.get('title'), this.model.get('axes')[axis], index].join(' ')
    );
  }

  // ---- what is said ----

  tellDetail() {
    const { plane, zoom } = this.stage;
    const binning = plane?.binning ?? 1;
    const detail = binning > 1 ? `binned ${binning} × ${binning}` : 'every pixel';
    this.detail.textContent = zoom > 1 ? `zoom ${zoom.toFixed(1)},  ${detail}` : detail;
    this.whole.disabled = zoom === 1;
  }

  tell(sentence) {
    this.error.textContent = sentence;
    this.root.classList.toggle('daisy-slice-failed', Boolean(sentence));
  }
}

function render({ model, el }) {
  const view = new SliceView(model, el);
  return () => view.dispose();
}

export default { render };
