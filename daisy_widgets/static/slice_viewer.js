/* Slice viewer: one plane of a volume. Planes are pulled from the kernel as binary messages; the
   window of values and the colours are applied here. */

import { coloursOf } from './colormaps.js';
import { Cross } from './cross.js';
import { Drawing } from './drawing.js';
import { element } from './element.js';
import { Overlay } from './overlay.js';
import { PlaneCache } from './plane_cache.js';
import { keepKeysOf } from './keys.js';
import { MeasureView } from './measure_view.js';
import { levelsOf } from './plane_painters.js';
import { PlaneStage } from './plane_stage.js';
import { Play } from './play.js';
import { Pull } from './pull.js';
import { scaleOf } from './scales.js';
import { sliceParts } from './slice_parts.js';
import { ToolButtons } from './tool_buttons.js';
import { WindowControl } from './window_control.js';
import { zoomOn } from './zoom.js';

const PREVIEW_SIZE = 512; // longest side of a plane while the slider moves [pixels]
const SMALL = 256; // a plane up to this size needs no preview [pixels]
const SETTLE_MS = 150; // after so long a rest the plane comes at the resolution of the screen
const SAVE_MS = 250; // between two reports of where the slider is: the planes go first
const CURSOR_MS = 60; // between two questions for the value under the cursor
// Fewer levels within the window: the plane is asked for anew. A logarithm pulls small ones apart.
const FEWEST_LEVELS = { linear: 256, log: 4096 };
const PREVIEW_BITS = { linear: 8, log: 16 };
const NARROW = 520; // below this width the controls take more rows [CSS pixels]

class SliceView {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.id = Math.random().toString(36).slice(2); // one model may have several views
    const send = type => request => model.send({ type, view: this.id, ...request });
    this.planes = new Pull(send('plane'), 2); // a third request under way gains nothing
    this.values = new Pull(send('value'), 1);
    this.visited = []; // index per axis, to come back to
    this.here = { axis: this.model.get('axis'), index: this.model.get('index') };
    const painted = kind => (el.dataset.renderer = kind);
    this.stage = new PlaneStage(model.get('prefer'), painted);
    const askForWindow = which =>
      send('window')({ which, axis: this.place().axis, index: this.place().index });
    this.control = new WindowControl(model, askForWindow, said => this.tell(said));
    this.cache = new PlaneCache();
    this.pens = new ToolButtons(model);
    this.measures = new MeasureView(send('measure'));
    this.play = new Play(
      () => this.goOn(),
      () => this.planes.isFull()
    );
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
    this.followSight();
    this.recolour();
    this.followTool();
  }

  listen() {
    this.listeners = {
      'msg:custom': (message, buffers) => this.receive(message, buffers),
      'change:axis': () => this.follow(),
      'change:index': () => this.follow(),
      'change:window': () => this.recolour(),
      'change:window_limits': () => this.recolour(),
      'change:colormap': () => this.recolour(),
      'change:scale': () => this.recolour(),
      'change:title': () => this.describe(),
      'change:height': () => this.layOut(),
      'change:sight': () => this.followSight(),
      'change:cross': () => this.cross.follow(),
      'change:overlay': () => this.overlay.draw(),
      'change:tool': () => this.followTool(),
      'change:tools': () => this.pens.list(),
      'change:prefer': () => this.stage.use(this.model.get('prefer'))
    };
    for (const [event, listener] of Object.entries(this.listeners)) this.model.on(event, listener);
    this.axis.onchange = () => this.look(Number(this.axis.value));
    this.slider.oninput = () => this.look(this.place().axis, this.slider.valueAsNumber);
    this.number.onchange = () => this.look(this.place().axis, this.number.valueAsNumber);
    this.stage.element.addEventListener('pointermove', event => this.point(event));
    this.stage.element.addEventListener('pointerleave', () => this.point(null));
    this.control.dragOn(this.stage.element);
    this.whole.onclick = zoomOn(this.stage, this.root, () => this.lookCloser());
    this.play.endsWith(this.root, [this.axis, this.slider, this.number, this.stage.element]);
    this.picture.onclick = () => this.savePicture();
    this.releaseKeys = keepKeysOf(this.root);
    // In the next frame: the height that is set there would call the observer again.
    this.observer = new ResizeObserver(() => requestAnimationFrame(() => this.layOut()));
    this.observer.observe(this.root);
  }

  dispose() {
    for (const [event, listener] of Object.entries(this.listeners)) this.model.off(event, listener);
    this.releaseKeys();
    this.observer.disconnect();
    clearTimeout(this.settling);
    clearTimeout(this.pointing);
    this.play.stop();
    this.save();
    this.tellSight();
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
      this.move();
    } else this.showPlace();
  }

  /** The next plane, and after the last one the first. */
  goOn() {
    const { axis, index } = this.place();
    this.look(axis, (index + 1) % this.count(axis));
  }

  /** Go where the kernel says, unless it only repeats where we were before we went on. */
  follow() {
    if (this.saving) return;
    this.here = { axis: this.model.get('axis'), index: this.model.get('index') };
    this.move();
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

  followTool() {
    this.pens.follow();
    this.drawing.follow();
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

  move() {
    this.showPlace();
    const { axis, index, lengths } = this.place();
    if (!this.stage.fitting(lengths)) return null; // hidden: `layOut` asks once it is seen
    if (Math.max(...lengths) <= SMALL) return this.settle();
    const window = this.model.get('window');
    const bits = PREVIEW_BITS[this.model.get('scale')];
    const [low, high] = window;
    const kept = this.cache.get({ axis, index, bits, low, high });
    if (kept) {
      this.planes.forget();
      this.show(kept);
    } else this.planes.ask({ detail: 'preview', axis, index, size: PREVIEW_SIZE, window, bits });
    return this.refine(SETTLE_MS);
  }

  // ---- planes ----

  layOut() {
    const width = this.stage.element.clientWidth;
    const shape = this.model.get('shape');
    // One height for all axes: turning the volume does not move what stands below.
    const tallest = Math.max(...shape.map((_, axis) => steepness(this.seen(shape, axis))));
    const height = Math.min(this.model.get('height'), Math.max(96, Math.round(width * tallest)));
    this.stage.element.style.height = `${height}px`;
    this.root.classList.toggle('daisy-slice-narrow', width < NARROW);
    this.stage.fit();
    this.refine(0);
  }

  /** Ask for the plane as fine as the screen can show it, unless that is what we see. */
  refine(delay) {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.isFineEnough() || this.settle(), delay);
  }

  isFineEnough() {
    const { plane } = this.stage;
    const { axis, index, lengths } = this.place();
    if (plane?.axis !== axis || plane.index !== index || plane.detail !== 'full') return false;
    const [low, high] = this.model.get('window');
    const levels = ((high - low) / (plane.high - plane.low)) * 2 ** plane.bits;
    const fewest = FEWEST_LEVELS[this.model.get('scale')];
    const within = plane.low <= low && high <= plane.high && levels >= fewest;
    const size = this.stage.sizeFor(lengths);
    return within && (plane.binning === 1 || Math.max(...plane.shape) >= size);
  }

  settle() {
    clearTimeout(this.settling);
    this.save();
    const { axis, index, lengths } = this.place();
    const size = this.stage.sizeFor(lengths);
    const window = this.model.get('window');
    if (size) this.planes.ask({ detail: 'full', axis, index, size, window });
  }

  recolour() {
    this.control.update();
    const [window, scale, colours] = ['window', 'scale', 'colormap'].map(n => this.model.get(n));
    this.stage.colour(window, scaleOf(scale), coloursOf(colours));
    this.refine(SETTLE_MS);
  }

  receive(message, buffers) {
    if (message.view && message.view !== this.id) return;
    if (message.asked === 'plane') this.planes.answered();
    if (message.asked === 'value') this.values.answered();
    if (message.asked === 'measure') this.measures.receive(message, buffers);
    if (message.type === 'plane') this.receivePlane(message, buffers);
    if (message.type === 'value' && message.question === this.question)
      this.cursor.textContent = `${this.where}:  ${message.text}`;
    if (message.type === 'changed') {
      this.cache.clear();
      this.measures.forget();
      this.settle();
    }
    if (message.type === 'error') this.tell(message.message);
  }

  receivePlane(message, [bytes]) {
    const plane = { ...message, levels: levelsOf(bytes, message.bits) };
    if (plane.detail === 'preview') this.cache.put(plane);
    const { axis, index } = this.place();
    const isHere = this.stage.plane?.axis === axis && this.stage.plane.index === index;
    // A plane that was asked for on the way here must not cover one that was kept.
    if (plane.axis === axis && (plane.index === index || !isHere)) this.show(plane);
  }

  show(plane) {
    this.tell('');
    const { axis, index, detail, full_shape: lengths } = plane;
    if (this.stage.plane && this.stage.plane.axis !== axis) {
      this.drawing.keep(null); // a place of another plane
      this.drawing.giveUp();
      this.stage.reset();
      this.lookCloser();
    }
    if (String(lengths) !== String(this.stage.lengths)) {
      this.stage.lengths = lengths;
      this.stage.plane = null;
      this.stage.fit();
    }
    this.stage.show(plane);
    this.tellDetail();
    this.measures.seen(plane);
    Object.assign(this.el.dataset, { plane: index, axis, detail });
    this.point(this.pointer);
  }

  /** After zoom and pan: what is seen now may have to be finer, and others look there as well. */
  lookCloser() {
    this.showSight();
    this.model.set('sight', [this.stage.zoom, ...this.stage.middle]);
    this.telling ??= setTimeout(() => this.tellSight(), CURSOR_MS);
  }

  tellSight() {
    clearTimeout(this.telling);
    if (this.telling) this.model.save_changes();
    this.telling = null;
  }

  /** Look where the kernel says, unless it only repeats where we were before we went on. */
  followSight() {
    const [zoom, ...middle] = this.model.get('sight');
    const isThere = String([zoom, ...middle]) === String([this.stage.zoom, ...this.stage.middle]);
    if (this.telling || isThere) return;
    Object.assign(this.stage, { zoom, middle });
    this.stage.fit();
    this.showSight();
  }

  showSight() {
    this.tellDetail();
    this.point(this.pointer);
    this.refine(SETTLE_MS);
  }

  async savePicture() {
    const url = URL.createObjectURL(await this.stage.picture());
    const { axis, index } = this.place();
    const download = [this.model.get('title'), this.model.get('axes')[axis], index].join(' ');
    element('a', { href: url, download: `${download}.png` }).click();
    URL.revokeObjectURL(url);
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

  /** Say where the pointer is, and ask for the value there. */
  point(event) {
    this.pointer = event;
    clearTimeout(this.pointing);
    const pixel = event && this.stage.plane ? this.stage.pixelAt(event) : null;
    if (!pixel) {
      this.question = null;
      this.cursor.textContent = '';
      return;
    }
    const { axis, index } = this.stage.plane;
    const question = [axis, index, pixel.y, pixel.x].join();
    if (question === this.question) return;
    const [down, right] = this.seen(this.model.get('axes'), axis);
    this.question = question;
    this.where = `${down} = ${pixel.y},  ${right} = ${pixel.x}`;
    this.cursor.textContent = this.where;
    const ask = () => this.values.ask({ axis, index, ...pixel, question });
    this.pointing = setTimeout(ask, CURSOR_MS);
  }
}

/** Height of a plane over its width. */
const steepness = ([rows, columns]) => rows / columns;

function render({ model, el }) {
  const view = new SliceView(model, el);
  return () => view.dispose();
}

export default { render };
