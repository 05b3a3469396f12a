/* What was measured on the plane that is seen: in words, and the values along a line as a curve. */

import { element } from './element.js';
import { Pull } from './pull.js';
import { shortly } from './short_number.js';
import { svgElement } from './svg_element.js';

const MOST_POINTS = 2000; // of a curve: more than the screen can tell apart

export class MeasureView {
  /** `send(request)` asks the kernel. */
  constructor(send) {
    this.pull = new Pull(send, 1);
    this.shape = null;
    this.words = element('span', { className: 'daisy-slice-measured', role: 'status' });
    this.curve = svgElement('svg', { class: 'daisy-slice-curve', preserveAspectRatio: 'none' });
    const [high, low, first, last] = (this.labels = [0, 1, 2, 3].map(() => element('span')));
    const axis = (name, ...labels) =>
      element('div', { className: `daisy-slice-axis-${name}` }, ...labels);
    this.plotted = element(
      'div',
      { className: 'daisy-slice-plot' },
      axis('values', high, low),
      this.curve,
      axis('length', first, 'along the line [pixels]', last)
    );
    this.element = element('div', { className: 'daisy-slice-measure' }, this.words, this.plotted);
    this.clear();
  }

  /** Measure this shape, here and wherever one goes; null: nothing any more. */
  measure(shape, plane) {
    this.shape = shape;
    this.forget();
    if (shape && plane) this.seen(plane);
    else this.clear();
  }

  /** The values have changed: a plane that is shown again is measured again. */
  forget() {
    this.question = null;
    this.pull.forget();
  }

  /** This plane is shown. */
  seen({ axis, index }) {
    const question = [axis, index, this.shape?.kind, this.shape?.points].join();
    if (!this.shape || question === this.question) return;
    this.question = question;
    this.pull.ask({ ...this.shape, axis, index, question });
  }

  receive(message, buffers) {
    this.pull.answered();
    if (message.type === 'error') this.clear();
    else if (message.question === this.question) this.show(message.text, buffers);
  }

  clear() {
    this.element.hidden = true;
    this.words.textContent = '';
    this.curve.replaceChildren();
  }

  show(text, [bytes]) {
    this.element.hidden = false;
    this.words.textContent = text;
    this.plotted.hidden = !bytes;
    this.curve.replaceChildren();
    if (bytes) this.plot(floatsOf(bytes));
  }

  plot(values) {
    const finite = values.filter(Number.isFinite);
    if (!finite.length) return;
    const [low, high] = finite.reduce(
      ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
      [Infinity, -Infinity]
    );
    // From 0 at the top to 1, with room for the line; a constant lies in the middle.
    const y = value => (high > low ? (high - value) / (high - low) : 0.5);
    // One value for each pixel of length.
    const ends = [high, low, 0, values.length - 1];
    ends.forEach((value, i) => (this.labels[i].textContent = shortly(value)));
    this.curve.setAttribute('viewBox', `0 -0.04 ${Math.max(1, values.length - 1)} 1.08`);
    this.curve.append(svgElement('path', { d: curvePath(values, y) }));
  }
}

/** A line through the values, with a gap where one is missing. */
function curvePath(values, y) {
  const step = Math.ceil(values.length / (MOST_POINTS / 2));
  let path = '';
  let isDown = false;
  const reach = (x, value) => {
    path += Number.isFinite(value) ? `${isDown ? 'L' : 'M'}${x} ${y(value).toFixed(4)}` : '';
    isDown = Number.isFinite(value);
  };
  for (let x = 0; x < values.length; x += step) {
    const some = values.subarray(x, x + step);
    // Smallest and largest of many in their place: a peak of one pixel is not lost.
    if (step === 1) reach(x, some[0]);
    else [Math.min(...some), Math.max(...some)].forEach(value => reach(x, value));
  }
  return path;
}

/** Little-endian float32 in a message, which may begin anywhere. */
function floatsOf({ buffer, byteOffset, byteLength }) {
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
