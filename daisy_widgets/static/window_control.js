/* Which values get the first and the last colour: a histogram above a colour bar with two handles, two
   numbers, the buttons Auto, Wide and Full, and dragging on the image; and the scale in between, by the
   button Log. */

import { COLORMAPS, coloursOf, gradientOf } from './colormaps.js';
import { dragOn } from './drag.js';
import { element, sliceButton } from './element.js';
import { Histogram } from './histogram.js';
import { scaleOf } from './scales.js';
import { shortly } from './short_number.js';
import { oneTabStop } from './toolbar.js';

const STEPS = 1000; // of a handle along the bar
const NARROWEST = 1e-6; // of the bar; a window is never empty

export class WindowControl {
  /** `ask(which)` wants the kernel to choose a window: "auto", "wide" or "full"; `tell` shows a sentence. */
  constructor(model, ask, tell) {
    this.model = model;
    this.tell = tell;
    this.limits = model.get('window_limits');
    const end = (name, what) =>
      element('input', {
        type: 'number',
        step: 'any',
        className: `daisy-slice-${name}`,
        title: what
      });
    const handle = (name, what) =>
      element('input', {
        type: 'range',
        min: 0,
        max: STEPS,
        className: `daisy-slice-handle daisy-slice-${name}-handle`,
        'aria-label': what
      });
    const first = 'Value of the first colour';
    const last = 'Value of the last colour';
    this.numbers = [end('low', first), end('high', last)];
    this.handles = [handle('low', first), handle('high', last)];
    this.histogram = new Histogram();
    this.gradient = element('div', { className: 'daisy-slice-gradient' });
    this.colormap = element(
      'select',
      { className: 'daisy-slice-colormap', title: 'Colour map' },
      ...Object.keys(COLORMAPS).map(name => element('option', { value: name }, name))
    );
    const chooser = (which, text, title) =>
      sliceButton(which, text, title, () => {
        this.limits = model.get('window_limits');
        ask(which);
      });
    const other = () => this.choose('scale', this.isLog() ? 'linear' : 'log');
    this.log = sliceButton('log', 'Log', 'Logarithmic colours: tells small values apart', other);
    const { element: curve } = this.histogram;
    this.bar = element(
      'div',
      { className: 'daisy-slice-bar' },
      curve,
      this.gradient,
      ...this.handles
    );
    dragOn(
      curve,
      ({ button }) => button === 0,
      event => this.pull(event)
    );
    this.range = element('div', { className: 'daisy-slice-range' });
    this.range.append(this.numbers[0], this.bar, this.numbers[1]);
    this.buttons = element(
      'div',
      { className: 'daisy-slice-buttons' },
      chooser('auto', 'Auto', '1st to 99th percentile of this plane'),
      chooser('wide', 'Wide', '0.1th to 99.9th percentile of this plane'),
      chooser('full', 'Full', 'Smallest to largest value of this plane'),
      this.log
    );
    this.buttons.setAttribute('aria-label', 'Window of values');
    oneTabStop(this.buttons);
    this.handles.forEach((input, end) => (input.oninput = () => this.slide(end)));
    this.numbers.forEach((input, end) => (input.onchange = () => this.type(end)));
    this.colormap.onchange = () => this.choose('colormap', this.colormap.value);
    this.update();
  }

  /** Show what the model says. */
  update() {
    const [low, high] = this.model.get('window');
    // The bar only grows: were it to shrink, a handle would run away under the mouse.
    this.limits = [Math.min(this.limits[0], low), Math.max(this.limits[1], high)];
    const [from, to] = this.limits;
    const places = [low, high].map(value => (value - from) / (to - from || 1));
    places.forEach((place, end) => {
      this.handles[end].value = Math.round(place * STEPS);
      this.handles[end].setAttribute('aria-valuetext', shortly([low, high][end]));
      if (document.activeElement !== this.numbers[end])
        this.numbers[end].value = shortly([low, high][end]);
    });
    this.histogram.draw(this.limits, places);
    // Where both handles meet, the one that can still move lies on top.
    this.handles[0].style.zIndex = places[0] > 0.5 ? 2 : 1;
    this.colormap.value = this.model.get('colormap');
    this.log.setAttribute('aria-pressed', this.isLog());
    const scale = scaleOf(this.model.get('scale'));
    this.gradient.style.background = gradientOf(coloursOf(this.colormap.value), scale, ...places);
  }

  /** A plane is shown: its values are counted once it has come in full. */
  seen(plane) {
    if (plane.detail !== 'full') return;
    this.histogram.count(plane);
    this.update();
  }

  set(low, high) {
    this.choose('window', [low, high]);
  }

  choose(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  isLog() {
    return this.model.get('scale') === 'log';
  }

  /** The end of the window that is nearest goes along with the mouse; gives what is called for moves. */
  pull(event) {
    const valueAt = ({ clientX }) => {
      const { left, width } = this.histogram.element.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (clientX - left) / width));
      return this.limits[0] + share * (this.limits[1] - this.limits[0]);
    };
    const [low, high] = this.model.get('window');
    const end = Math.abs(valueAt(event) - low) <= Math.abs(valueAt(event) - high) ? 0 : 1;
    const move = moved => this.moveEnd(end, valueAt(moved));
    this.handles[end].focus({ preventScroll: true });
    move(event);
    return move;
  }

  slide(end) {
    const [from, to] = this.limits;
    this.moveEnd(end, from + ((to - from) * this.handles[end].value) / STEPS);
  }

  moveEnd(end, value) {
    const [from, to] = this.limits;
    const window = [...this.model.get('window')];
    window[end] = value;
    const narrowest = (to - from) / STEPS;
    if (end === 0) window[0] = Math.min(window[0], window[1] - narrowest);
    else window[1] = Math.max(window[1], window[0] + narrowest);
    this.set(...window);
  }

  type(end) {
    const window = [...this.model.get('window')];
    window[end] = this.numbers[end].valueAsNumber;
    if (window[0] < window[1]) {
      this.tell('');
      this.set(...window);
    } else {
      this.tell('The value of the first colour must lie below that of the last one.');
      this.numbers[end].value = shortly(this.model.get('window')[end]);
    }
  }

  /** Right mouse button or shift and drag: sideways the width of the window, up and down its level. */
  dragOn(surface) {
    surface.addEventListener('contextmenu', event => event.preventDefault());
    const isOurs = ({ button, shiftKey }) => button === 2 || (button === 0 && shiftKey);
    dragOn(surface, isOurs, event => {
      const [low, high] = this.model.get('window');
      const [width, middle] = [high - low, (low + high) / 2];
      return moved => {
        const wider = Math.exp((moved.clientX - event.clientX) / 200);
        const half = Math.max((width * wider) / 2, (this.limits[1] - this.limits[0]) * NARROWEST);
        const level = middle + (width * (moved.clientY - event.clientY)) / 300;
        this.set(level - half, level + half);
      };
    });
  }
}
