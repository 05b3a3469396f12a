import { ISessionContext } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { Kernel, KernelMessage } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import { isDaisy } from './kernel';

/** The kernel of the notebook that was used last, if it is a Daisy kernel. */
export class CurrentKernel implements IDisposable {
  constructor(private readonly _tracker: INotebookTracker) {
    _tracker.currentChanged.connect(this._follow, this);
    this._follow();
  }

  /** Emitted when another kernel is current or when its activity changes. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get connection(): Kernel.IKernelConnection | null {
    return this._connection;
  }

  /** Name of the notebook, without its folder. */
  get notebook(): string {
    return this._context?.name ?? '';
  }

  /**
   * What the kernel does, for its user: `busy` while a cell runs.
   *
   * JupyterLab's own status says `idle` as soon as any request is answered, also one of a widget
   * or of this panel while a cell still runs; so the cells' own status messages are counted here.
   */
  get activity(): string {
    const status = this._context?.kernelDisplayStatus;
    if (status === 'idle' || status === 'busy') {
      return this._isExecuting ? 'busy' : 'idle';
    }
    return status === undefined || status === '' ? 'unknown' : status;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._watch(null);
    Signal.clearData(this);
  }

  /** Follow the notebook that is current now. */
  private _follow(): void {
    const context = this._tracker.currentWidget?.sessionContext ?? null;
    if (context === this._context) {
      return;
    }
    this._context?.kernelChanged.disconnect(this._findKernel, this);
    this._context?.statusChanged.disconnect(this._emit, this);
    this._context?.connectionStatusChanged.disconnect(this._emit, this);
    this._context = context;
    context?.kernelChanged.connect(this._findKernel, this);
    context?.statusChanged.connect(this._emit, this);
    context?.connectionStatusChanged.connect(this._emit, this);
    this._findKernel();
  }

  private _findKernel(): void {
    const kernel = this._context?.session?.kernel ?? null;
    this._watch(null);
    this._emit();
    if (kernel) {
      // A kernel that is replaced before it has said what it is never answers: nothing to show.
      isDaisy(kernel).then(
        isOurs => {
          if (isOurs && kernel === this._context?.session?.kernel && !this._isDisposed) {
            this._watch(kernel);
            this._emit();
          }
        },
        () => undefined
      );
    }
  }

  private _watch(connection: Kernel.IKernelConnection | null): void {
    this._connection?.iopubMessage.disconnect(this._count, this);
    this._connection = connection;
    this._isExecuting = false;
    connection?.iopubMessage.connect(this._count, this);
  }

  private _count(_: Kernel.IKernelConnection, message: KernelMessage.IIOPubMessage): void {
    if (!KernelMessage.isStatusMsg(message)) {
      return;
    }
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
  private _context: ISessionContext | null = null;
  private _connection: Kernel.IKernelConnection | null = null;
  private _isExecuting = false;
  private _isDisposed = false;
}
