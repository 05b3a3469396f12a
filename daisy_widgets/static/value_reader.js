/* The value under the cursor: the place at once, the value as soon as the kernel has read it. */

import { Pull } from './pull.js';

const VALUE_MS = 60; // between two questions

export class ValueReader {
  /** `send(request)` asks the kernel, `namesOf(axis)` gives the names of what runs down and to the
      right, `tell(words)` shows what is known. */
  constructor(stage, { send, namesOf, tell }) {
    Object.assign(this, { stage, namesOf, tell });
    this.pull = new Pull(send, 1);
    stage.element.addEventListener('pointermove', event => this.point(event));
    stage.element.addEventListener('pointerleave', () => this.point(null));
  }

  dispose() {
    clearTimeout(this.asking);
  }

  /** What lies under the pointer may be something else now. */
  lookAgain() {
    this.point(this.pointer);
  }

  point(event) {
    this.pointer = event;
    clearTimeout(this.asking);
    const pixel = event && this.stage.plane ? this.stage.pixelAt(event) : null;
    if (!pixel) {
      this.question = null;
      this.tell('');
      return;
    }
    const { axis, index } = this.stage.plane;
    const question = [axis, index, pixel.y, pixel.x].join();
    if (question === this.question) return;
    const [down, right] = this.namesOf(axis);
    this.question = question;
    this.where = `${down} = ${pixel.y},  ${right} = ${pixel.x}`;
    this.tell(this.where);
    this.asking = setTimeout(() => this.pull.ask({ axis, index, ...pixel, question }), VALUE_MS);
  }

  receive(message) {
    this.pull.answered();
    if (message.type === 'value' && message.question === this.question)
      this.tell(`${this.where}:  ${message.text}`);
  }
}
