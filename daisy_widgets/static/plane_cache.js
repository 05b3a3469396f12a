const MOST_BYTES = 64 * 2 ** 20;

/** Small planes, and parts of planes, that were seen lately; those that were not looked at for longest
    go first. */
export class PlaneCache {
  constructor() {
    this.planes = new Map(); // in the order of their last use
    this.bytes = 0;
  }

  /** What tells planes apart: the place, and the `window` for which they were asked. */
  static key({ axis, index, bits, window, region = null }) {
    return JSON.stringify([axis, index, bits, window, region]);
  }

  get(plane) {
    const key = PlaneCache.key(plane);
    const found = this.planes.get(key);
    if (found) {
      this.planes.delete(key);
      this.planes.set(key, found);
    }
    return found;
  }

  put(plane) {
    const key = PlaneCache.key(plane);
    this.drop(key);
    this.planes.set(key, plane);
    this.bytes += plane.levels.byteLength;
    while (this.bytes > MOST_BYTES) this.drop(this.planes.keys().next().value);
  }

  drop(key) {
    this.bytes -= this.planes.get(key)?.levels.byteLength ?? 0;
    this.planes.delete(key);
  }

  clear() {
    this.planes.clear();
    this.bytes = 0;
  }
}
