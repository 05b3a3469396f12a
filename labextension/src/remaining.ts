/** Shares of a run that were done, and when they were seen [s]. */
interface Sample {
  readonly time: number;
  readonly fraction: number;
}

const WINDOW = 60;
/** What must have been seen before anything is said [s]. */
const LEAST = 1;

/**
 * How long a run will go on, from how fast it went in the last minute that somebody looked.
 *
 * Its own start does not count: it may have waited, or gone on after an interruption.
 */
export class Remaining {
  /** Note how far the run is; gives the remaining time [s], or null as long as nobody can know. */
  see(fraction: number, time: number): number | null {
    const last = this._samples[this._samples.length - 1];
    if (last && fraction < last.fraction) {
      this._samples = []; // it was started anew
    }
    if (!last || fraction !== last.fraction) {
      this._samples.push({ time, fraction });
    }
    while (this._samples.length > 2 && time - (this._samples[0]?.time ?? 0) > WINDOW) {
      this._samples.shift();
    }
    const first = this._samples[0];
    if (!first || fraction <= first.fraction || time - first.time < LEAST) {
      return null;
    }
    return ((1 - fraction) * (time - first.time)) / (fraction - first.fraction);
  }

  private _samples: Sample[] = [];
}
