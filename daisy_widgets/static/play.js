/* Going through all planes by itself. */

import { drawIcon, iconButton } from './icon_button.js';

const STEP_MS = 1000 / 15;
const START = 'M4 2L13 8L4 14Z';
const STOP = 'M4 3H12V13H4Z';

export class Play {
  /** `step()` goes one plane on, unless `isBusy()`. */
  constructor(step, isBusy) {
    Object.assign(this, { step, isBusy, timer: null });
    this.button = iconButton('play', START, 'Play: plane after plane, over and over', () => {
      if (this.timer) this.stop();
      else this.start();
    });
    this.describe();
  }

  start() {
    this.timer = setInterval(() => this.isBusy() || this.step(), STEP_MS);
    this.describe();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.describe();
  }

  describe() {
    drawIcon(this.button, this.timer ? STOP : START);
    this.button.setAttribute('aria-pressed', Boolean(this.timer));
  }

  /** Stop when one of these is touched, or with Escape anywhere in `root`. */
  endsWith(root, touched) {
    for (const part of touched)
      for (const event of ['pointerdown', 'input', 'wheel', 'keydown'])
        part.addEventListener(event, () => this.timer && this.stop(), { passive: true });
    root.addEventListener('keydown', ({ key }) => key === 'Escape' && this.timer && this.stop());
  }
}
