/* Where one looks within the plane: zoom and middle of the stage, and those of the model. */

import { zoomOn } from './zoom.js';

const SIGHT_MS = 60; // between two reports of where one looks

export class Sight {
  /** `changed()` is called when something else is seen. */
  constructor(model, stage, changed) {
    Object.assign(this, { model, stage, changed });
  }

  /** Let `root` be zoomed by keys and the stage by the mouse; gives what shows all of it. */
  zoomOn(root) {
    return zoomOn(this.stage, root, () => this.moved());
  }

  /** See all of the plane. */
  reset() {
    this.stage.reset();
    this.moved();
  }

  /** Others look there as well. */
  moved() {
    this.changed();
    this.model.set('sight', [this.stage.zoom, ...this.stage.middle]);
    this.telling ??= setTimeout(() => this.tell(), SIGHT_MS);
  }

  tell() {
    clearTimeout(this.telling);
    if (this.telling) this.model.save_changes();
    this.telling = null;
  }

  /** Look where the kernel says, unless it only repeats where we were before we went on. */
  follow() {
    const [zoom, ...middle] = this.model.get('sight');
    const isThere = String([zoom, ...middle]) === String([this.stage.zoom, ...this.stage.middle]);
    if (this.telling || isThere) return;
    Object.assign(this.stage, { zoom, middle });
    this.stage.fit();
    this.changed();
  }
}
