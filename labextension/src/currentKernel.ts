import { Kernel, KernelMessage } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import { isDaisy } from './kernel';
import { IPlace, Places } from './places';
import { EVENT_TYPE, KernelEvent } from './protocol';
import { readEvent } from './reading';

/** The kernel that is looked at, if it is a Daisy kernel. */
export class CurrentKernel implements IDisposable {
  constructor(readonly places: Places) {
    places.changed.connect(this._follow, this);
    this._follow();
  }

  /** Emitted when another kernel is current or when its activity changes. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What the kernel tells of its runs and data objects. */
  get event(): ISignal<this, KernelEvent> {
    return this._event;
  }

  get connection(): Kernel.IKernelConnection | null {
    return this._connection;
  }

  /** Path of the session; of no meaning without a connection. */
  get path(): string {
    return this._place?.path ?? '';
  }

  /** Name of the notebook or session, without its folder. */
  get label(): string {
    return this._place?.label ?? '';
  }

  /**
   * What the kernel does, for its user: `busy` while a cell runs.
   *
   * JupyterLab's own status says `idle` as soon as any request is answered, also one of a widget
   * or of this panel while a cell still runs; so the cells' own status messages are counted here.
   */
  get activity(): string {
    const status = this._place?.status;
    if (status === 'idle' || status === 'busy') {
      return this._isExecuting ? 'busy' : 'idle';
    }
    return status === undefined || status === '' ? 'unknown' : status;
  }

  /** The connection, as soon as there is one. */
  async found(): Promise<Kernel.IKernelConnection> {
    while (this._connection === null) {
      await new Promise<void>(resolve => {
        const look = (): void => {
          this._changed.disconnect(look);
          resolve();
        };
        this._changed.connect(look);
      });
    }
    return this._connection;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._watch(null);
    Signal.clearData(this);
  }

  /** Follow the place that is current now. */
  private _follow(): void {
    const place = this.places.current;
    if (place === this._place) {
      this._emit(); // there may be others to choose from
      return;
    }
    this._place?.kernelChanged.disconnect(this._findKernel, this);
    this._place?.statusChanged.disconnect(this._emit, this);
    this._place?.connectionStatusChanged.disconnect(this._emit, this);
    this._place = place;
    place?.kernelChanged.connect(this._findKernel, this);
    place?.statusChanged.connect(this._emit, this);
    place?.connectionStatusChanged.connect(this._emit, this);
    this._findKernel();
  }

  private _findKernel(): void {
    const kernel = this._place?.kernel ?? null;
    this._watch(null);
    this._emit();
    if (kernel) {
      // A kernel that is replaced before it has said what it is never answers: nothing to show.
      isDaisy(kernel).then(
        isOurs => {
          if (isOurs && kernel === this._place?.kernel && !this._isDisposed) {
            this._watch(kernel);
            this._emit();
          }
        },
        () => undefined
      );
    }
  }

  private _watch(connection: Kernel.IKernelConnection | null): void {
    this._connection?.iopubMessage.disconnect(this._hear, this);
    this._connection = connection;
    this._isExecuting = false;
    connection?.iopubMessage.connect(this._hear, this);
  }

  private _hear(_: Kernel.IKernelConnection, message: KernelMessage.IIOPubMessage): void {
    if ((message.header.msg_type as string) === EVENT_TYPE) {
      this._tell(message.content);
    } else if (KernelMessage.isStatusMsg(message)) {
      this._count(message);
    }
  }

  private _tell(content: unknown): void {
    let event: KernelEvent;
    try {
      event = readEvent(content);
    } catch {
      return; // of a newer kernel: what is asked for will say so
    }
    this._event.emit(event);
  }

  private _count(message: KernelMessage.IStatusMsg): void {
    const state = message.content.execution_state;
    const isOfCell =
      'msg_type' in message.parent_header && message.parent_header.msg_type === 'execute_request';
    if (isOfCell || state === 'restarting' || state === 'starting') {
      this._isExecuting = isOfCell && state === 'busy';
      this._emit();
    }
  }

  private _emit(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _event = new Signal<this, KernelEvent>(this);
  private _place: IPlace | null = null;
  private _connection: Kernel.IKernelConnection | null = null;
  private _isExecuting = false;
  private _isDisposed = false;
}
