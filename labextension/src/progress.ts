import { ProgressData, RunProgress } from './protocol';

/** How long something will take, as far as anybody can know. */
export interface Estimate {
  readonly seconds: number;
  /** Whether the run is over then; else it is the part of the plan that is in work. */
  readonly isAll: boolean;
}

/** What must have been seen before anything is said [s]. */
const LEAST = 1;

/**
 * How long a run will go on, from the pace of its blocks since somebody looks.
 *
 * Parts of a plan take as long as they like, so the pace of one says nothing about the next. Nor
 * does the start of the run: it may have waited, or gone on after an interruption.
 */
export class Remaining {
  /** Note how far the run is at a time [s]; null as long as nobody can know. */
  see(progress: RunProgress, time: number): Estimate | null {
    const { item, items, done, blocks } = progress;
    const begun = this._begun;
    if (!begun || begun.item !== item || done < begun.done) {
      this._begun = { item, done, time };
      return null;
    }
    const passed = time - begun.time;
    if (done === begun.done || passed < LEAST) {
      return null;
    }
    const seconds = ((blocks - done) * passed) / (done - begun.done);
    return { seconds, isAll: item >= items - 1 };
  }

  private _begun: { readonly item: number; readonly done: number; readonly time: number } | null =
    null;
}

/** How much of a run is done, as the kernel counts it. */
export function fractionOf({ item, items, done, blocks }: ProgressData): number {
  return Math.min(1, (item + done / Math.max(1, blocks)) / Math.max(1, items));
}
