import { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';
import { RequestRefused, UnknownAnswer } from './reading';

/** Asks a kernel, or a stand-in in a test, for JSON values. */
export type Ask<T> = () => Promise<T>;

/** What is known at this moment. */
export type ModelState<T> =
  | { readonly kind: 'no-kernel' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'known'; readonly value: T }
  | { readonly kind: 'refused'; readonly message: string };

/** How often the kernel is asked and when it counts as late [ms]. */
export interface Timing {
  readonly interval: number;
  readonly patience: number;
}

/**
 * Something that the current kernel knows, asked for at a steady pace while somebody looks.
 *
 * `changed` is emitted only when there is something new to draw.
 */
export class PolledModel<T> implements IDisposable {
  constructor(private readonly _timing: Timing = { interval: 1000, patience: 3000 }) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): ModelState<T> {
    return this._state;
  }

  /** What the kernel has said; null while it has said nothing. */
  get value(): T | null {
    return this._state.kind === 'known' ? this._state.value : null;
  }

  /** Whether the kernel has owed an answer for longer than the patience. */
  get isLate(): boolean {
    return this._isLate;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Ask this from now on; null when there is no Daisy kernel. */
  setSource(source: Ask<T> | null): void {
    if (source === this._source) {
      return;
    }
    this._source = source;
    this._show({ kind: source ? 'waiting' : 'no-kernel' }, false);
    this._restart();
  }

  /** Ask only while somebody looks. */
  setVisible(isVisible: boolean): void {
    if (isVisible !== this._isVisible) {
      this._isVisible = isVisible;
      this._restart();
    }
  }

  /** Ask at once: something has happened. */
  refresh(): void {
    void this._poll?.refresh();
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
        name: 'daisy-labextension:model',
        frequency: { interval: this._timing.interval, backoff: false },
        standby: 'when-hidden',
        factory: () => this._ask(source, () => this._poll === poll)
      });
      this._poll = poll;
    }
  }

  private async _ask(source: Ask<T>, isCurrent: () => boolean): Promise<void> {
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

  private _show(state: ModelState<T>, isLate: boolean): void {
    const isNew = isLate !== this._isLate || JSON.stringify(state) !== JSON.stringify(this._state);
    this._state = state;
    this._isLate = isLate;
    if (isNew) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _source: Ask<T> | null = null;
  private _state: ModelState<T> = { kind: 'no-kernel' };
  private _poll: Poll | null = null;
  private _isLate = false;
  private _isVisible = false;
  private _isDisposed = false;
}

async function answer<T>(source: Ask<T>): Promise<ModelState<T>> {
  try {
    return { kind: 'known', value: await source() };
  } catch (error) {
    if (error instanceof RequestRefused || error instanceof UnknownAnswer) {
      return { kind: 'refused', message: error.message };
    }
    // The connection went away before the answer (a restart, say): the next poll asks again.
    return { kind: 'waiting' };
  }
}
