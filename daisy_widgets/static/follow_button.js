/* Going along with an object that grows. */

import { iconButton } from './icon_button.js';

const LOOK_MS = 1000; // between two questions whether there is more
const ICON = 'M2 8H10M7 4.5L10.5 8L7 11.5M13.5 3V13';

export class FollowButton {
  /** The `follow` of the model is what is wanted; `ask()` has the kernel look again. */
  constructor(model, ask) {
    Object.assign(this, { model, ask, timer: null });
    const title = 'Follow: show the newest plane whenever the data have grown';
    this.button = iconButton('follow', ICON, title, () => this.choose(!model.get('follow')));
    this.update();
  }

  /** The model has changed. */
  update() {
    const isOn = this.model.get('follow');
    this.button.hidden = !this.model.get('can_grow');
    this.button.setAttribute('aria-pressed', isOn);
    clearInterval(this.timer);
    this.timer = isOn ? setInterval(() => this.isSeen() && this.ask(), LOOK_MS) : null;
  }

  isSeen() {
    return document.visibilityState === 'visible' && this.button.getClientRects().length > 0;
  }

  choose(isOn) {
    if (this.model.get('follow') === isOn) return;
    this.model.set('follow', isOn);
    this.model.save_changes();
  }

  dispose() {
    clearInterval(this.timer);
  }
}
