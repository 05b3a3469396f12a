/* Which planes are asked for, and when: small ones while the slider moves; at rest, as much as is seen
   of a plane as finely as the screen shows it. */

import { PlaneCache } from './plane_cache.js';
import { levelsOf } from './plane_painters.js';
import { Pull } from './pull.js';
import { detailFor, isAsFine } from './screen_detail.js';

const PREVIEW_SIZE = 512; // longest side of a plane while the slider moves [pixels]
const SMALL_SIDE = 256; // a plane up to this size needs no preview [pixels]
const SETTLE_MS = 150; // after so long a rest the plane comes at the resolution of the screen
// Fewer levels within the window: the plane is asked for anew. A logarithm pulls small ones apart.
const FEWEST_LEVELS = { linear: 256, log: 4096 };
const PREVIEW_BITS = { linear: 8, log: 16 };
const FULL_BITS = 16;

export class PlanePull {
  /** `send(request)` asks the kernel; `place()` tells the axis, the index and the lengths of the plane
      that is wanted; `show(plane)` is called for each one to be shown, `rested()` before one is asked
      for in full. */
  constructor(model, stage, { send, place, show, rested }) {
    Object.assign(this, { model, stage, place, show, rested });
    this.pull = new Pull(send, 2); // a third request under way gains nothing
    this.cache = new PlaneCache();
  }

  dispose() {
    clearTimeout(this.settling);
  }

  isFull() {
    return this.pull.isFull();
  }

  /** Another plane is wanted. */
  move() {
    const { lengths } = this.place();
    if (!this.stage.fitting(lengths)) return; // hidden: `refine` is called once it is seen
    if (Math.max(...lengths) <= SMALL_SIDE) this.settle();
    else {
      this.preview();
      this.refine();
    }
  }

  preview() {
    const { axis, index } = this.place();
    const window = this.model.get('window');
    const bits = PREVIEW_BITS[this.model.get('scale')];
    const asked = { axis, index, bits, window };
    if (!this.showKept(asked)) this.pull.ask({ ...asked, detail: 'preview', size: PREVIEW_SIZE });
  }

  /** Show this plane if it was kept. */
  showKept(asked) {
    const kept = this.cache.get(asked);
    if (kept) {
      this.pull.forget();
      this.show(kept);
    }
    return Boolean(kept);
  }

  /** Soon ask for what is seen as finely as the screen can show it, unless that is what we see. */
  refine(delay = SETTLE_MS) {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.isFineEnough() || this.settle(), delay);
  }

  isFineEnough() {
    const { axis, index, lengths } = this.place();
    const { whole, part } = this.stage;
    const wanted = detailFor(this.stage, lengths);
    return [part, whole].some(
      plane =>
        plane?.axis === axis &&
        plane.index === index &&
        plane.detail === 'full' &&
        this.hasLevels(plane) &&
        isAsFine(plane, wanted)
    );
  }

  hasLevels(plane) {
    const [low, high] = this.model.get('window');
    const levels = ((high - low) / (plane.high - plane.low)) * 2 ** plane.bits;
    const fewest = FEWEST_LEVELS[this.model.get('scale')];
    return plane.low <= low && high <= plane.high && levels >= fewest;
  }

  settle() {
    clearTimeout(this.settling);
    this.rested();
    const { axis, index, lengths } = this.place();
    const { size, region } = detailFor(this.stage, lengths);
    const window = this.model.get('window');
    const asked = { axis, index, window, region };
    if (!size || (region && this.showKept({ ...asked, bits: FULL_BITS }))) return;
    this.pull.ask({ ...asked, detail: 'full', size });
  }

  /** The values have changed: show the plane as it is now. */
  forget() {
    this.cache.clear();
    this.stage.forget();
    this.settle();
  }

  receive(message, buffers) {
    this.pull.answered();
    if (message.type !== 'plane') return;
    const plane = { ...message, levels: levelsOf(buffers[0], message.bits) };
    if (plane.detail === 'preview' || plane.region) this.cache.put(plane);
    const { axis, index } = this.place();
    const isHere = this.stage.plane?.axis === axis && this.stage.plane.index === index;
    // A plane that was asked for on the way here must not cover one that was kept.
    if (plane.axis !== axis || (plane.index !== index && (isHere || plane.region))) return;
    this.show(plane);
    // Beside a part that came first there is nothing yet to be moved into sight.
    if (plane.region && !this.stage.whole) this.preview();
  }
}
