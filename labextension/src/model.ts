import { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';
import { DataObjectInfo } from './protocol';
import { RequestRefused, UnknownAnswer } from './reading';

/** Where the list of data objects comes from: one kernel, or a stand-in in a test. */
export interface IObjectSource {
  list(): Promise<readonly DataObjectInfo[]>;
}

/** What is known about the data objects at this moment. */
export type ObjectsState =
  | { readonly kind: 'no-kernel' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'listed'; readonly objects: readonly DataObjectInfo[] }
  | { readonly kind: 'refused'; readonly message: string };

/** How often the kernel is asked and when it counts as late [ms]. */
export interface Timing {
  readonly interval: number;
  readonly patience: number;
}

/**
 * The data objects of the current kernel, asked for at a steady pace while somebody looks.
 *
 * `changed` is emitted only when there is something new to draw.
 */
export class ObjectsModel implements IDisposable {
  constructor(private readonly _timing: Timing = { interval: 1000, patience: 3000 }) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): ObjectsState {
    return this._state;
  }

  /** Whether the kernel has owed an answer for longer than the patience. */
  get isLate(): boolean {
    return this._isLate;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Ask this kernel from now on; null when the current notebook has no Daisy kernel. */
  setSource(source: IObjectSource | null): void {
    if (source === this._source) {
      return;
    }
    this._source = source;
    this._show({ kind: source ? 'waiting' : 'no-kernel' }, false);
    this._restart();
  }

  /** Ask only while the panel is visible. */
  setVisible(isVisible: boolean): void {
    if (isVisible !== this._isVisible) {
      this._isVisible = isVisible;
      this._restart();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._poll?.dispose();
    this._poll = null;
    Signal.clearData(this);
  }

  /** One poll per kernel and visit: an answer to an earlier poll is then known as outdated. */
  private _restart(): void {
    this._poll?.dispose();
    this._poll = null;
    const source = this._source;
    if (source && this._isVisible && !this._isDisposed) {
      const poll: Poll = new Poll({
        name: 'daisy-labextension:objects',
        frequency: { interval: this._timing.interval, backoff: false },
        standby: 'when-hidden',
        factory: () => this._ask(source, () => this._poll === poll)
      });
      this._poll = poll;
    }
  }

  private async _ask(source: IObjectSource, isCurrent: () => boolean): Promise<void> {
    const late = setTimeout(() => {
      if (isCurrent()) {
        this._show(this._state, true);
      }
    }, this._timing.patience);
    const state = await answer(source);
    clearTimeout(late);
    if (isCurrent()) {
      this._show(state, false);
    }
  }

  private _show(state: ObjectsState, isLate: boolean): void {
    const isNew = isLate !== this._isLate || JSON.stringify(state) !== JSON.stringify(this._state);
    this._state = state;
    this._isLate = isLate;
    if (isNew) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _source: IObjectSource | null = null;
  private _state: ObjectsState = { kind: 'no-kernel' };
  private _poll: Poll | null = null;
  private _isLate = false;
  private _isVisible = false;
  private _isDisposed = false;
}

async function answer(source: IObjectSource): Promise<ObjectsState> {
  try {
    return { kind: 'listed', objects: await source.list() };
  } catch (error) {
    if (error instanceof RequestRefused || error instanceof UnknownAnswer) {
      return { kind: 'refused', message: error.message };
    }
    // The connection went away before the answer (a restart, say): the next poll asks again.
    return { kind: 'waiting' };
  }
}
