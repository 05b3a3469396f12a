/* How often the values of what is seen occur, above the colour bar: a curve that grows with the
   logarithm of the count, and the two ends of the window. */

import { svgElement } from './svg_element.js';

const BINS = 120; // as many as the bar has room for

export class Histogram {
  constructor() {
    this.within = svgElement('rect', { class: 'daisy-slice-within', y: 0, height: 1 });
    this.curve = svgElement('path', { class: 'daisy-slice-counts' });
    this.ends = [0, 1].map(() => svgElement('line', { class: 'daisy-slice-end', y1: 0, y2: 1 }));
    this.element = svgElement(
      'svg',
      { class: 'daisy-slice-histogram', viewBox: '0 0 1 1', preserveAspectRatio: 'none' },
      this.within,
      this.curve,
      ...this.ends
    );
    const title = svgElement('title', {});
    title.textContent = 'How often the values of what is seen occur, as a logarithm';
    this.element.prepend(title);
    this.counted = null;
  }

  /** Count the levels of a plane. */
  count(plane) {
    const { levels, bits, axis, index, region, low, high } = plane;
    const place = JSON.stringify([axis, index, region]);
    const { counted } = this;
    // What is known of the same pixels over a wider range tells more, though less finely.
    const isWider = counted?.place === place && counted.low <= low && high <= counted.high;
    if (isWider && high - low < counted.high - counted.low) return;
    const counts = new Uint32Array(2 ** bits);
    for (let i = 0; i < levels.length; i++) counts[levels[i]] += 1;
    // The first and the last level also stand for all that lies beyond them.
    counts[0] = counts[counts.length - 1] = 0;
    this.counted = { place, counts, low, high };
  }

  /** The values have changed. */
  forget() {
    this.counted = null;
  }

  /** Draw what lies between two values, with the ends of the window at these places, 0 to 1. */
  draw([from, to], places) {
    this.curve.setAttribute('d', outlineOf(this.binned(from, to)));
    this.within.setAttribute('x', places[0]);
    this.within.setAttribute('width', Math.max(0, places[1] - places[0]));
    this.ends.forEach((line, end) => {
      line.setAttribute('x1', places[end]);
      line.setAttribute('x2', places[end]);
    });
  }

  /** How many values lie in each of `BINS` equal parts. */
  binned(from, to) {
    const bins = new Float64Array(BINS);
    if (!this.counted || !(from < to)) return bins;
    const { counts, low, high } = this.counted;
    const step = (high - low) / (counts.length - 1);
    for (let level = 0; level < counts.length; level++) {
      if (!counts[level]) continue;
      const bin = Math.floor(((low + level * step - from) / (to - from)) * BINS);
      if (bin >= 0 && bin < BINS) bins[bin] += counts[level];
      else if (low + level * step === to) bins[BINS - 1] += counts[level];
    }
    return bins;
  }
}

/** A line along the tops of the bins, down to the ground at both sides. */
function outlineOf(bins) {
  const highest = Math.log1p(Math.max(...bins));
  if (!highest) return '';
  const y = count => (1 - (0.95 * Math.log1p(count)) / highest).toFixed(4);
  const steps = [...bins].map((count, i) => `V${y(count)}H${((i + 1) / BINS).toFixed(4)}`);
  return `M0 1${steps.join('')}V1Z`;
}
