import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Kernel, Session } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

/** Where a kernel is at home: a notebook of this page, or a session of the server. */
export interface IPlace {
  /** Of the session; stays the same when the page is reloaded or the kernel restarted. */
  readonly path: string;
  /** What people call it. */
  readonly label: string;
  readonly kernel: Kernel.IKernelConnection | null;
  /** As JupyterLab shows it. */
  readonly status: string;
  readonly kernelChanged: ISignal<unknown, unknown>;
  readonly statusChanged: ISignal<unknown, unknown>;
  readonly connectionStatusChanged: ISignal<unknown, unknown>;
}

/** One entry of the list to choose from. */
export interface Choice {
  readonly path: string;
  readonly label: string;
}

/**
 * The kernels that there are, and which of them is looked at: the chosen one, else that of the
 * notebook that was used last, else one that runs on the server though no page shows it.
 */
export class Places implements IDisposable {
  constructor(
    private readonly _tracker: INotebookTracker,
    private readonly _sessions: Session.IManager
  ) {
    _tracker.currentChanged.connect(this._settle, this);
    _tracker.widgetAdded.connect(this._settle, this);
    _sessions.runningChanged.connect(this._settle, this);
    this._settle();
  }

  /** Emitted when another place is current, or when there are others to choose from. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get current(): IPlace | null {
    return this._current;
  }

  /** Path of the place that somebody has chosen; null: follow the notebook. */
  get chosen(): string | null {
    return this._chosen;
  }

  /** Notebooks with a Daisy kernel, and other sessions that have one. */
  get choices(): Choice[] {
    return [...this._sessions.running()]
      .filter(model => model.kernel?.name === 'daisy')
      .map(({ path, name }) => ({ path, label: name === '' ? path : name }))
      .sort((a, b) => a.label.localeCompare(b.label));
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Look at this place from now on; null: follow the notebook. */
  choose(path: string | null): void {
    if (path !== this._chosen) {
      this._chosen = path;
      this._settle();
    }
  }

  /** The notebook of this page with this session. */
  notebook(path: string): NotebookPanel | null {
    return this._tracker.find(panel => panel.sessionContext.path === path) ?? null;
  }

  dispose(): void {
    this._isDisposed = true;
    this._own?.dispose();
    Signal.clearData(this);
  }

  private _settle(): void {
    if (this._isDisposed) {
      return;
    }
    const path = this._chosen;
    if (path !== null) {
      const panel = this.notebook(path);
      this._look(panel ? this._notebookPlace(panel) : this._session(path));
      if (this._current !== null) {
        return;
      }
    }
    const panel = this._tracker.currentWidget;
    this._look(panel ? this._notebookPlace(panel) : this._session(this.choices[0]?.path ?? null));
  }

  private _look(place: IPlace | null): void {
    this._current = place;
    if (!(place instanceof SessionPlace)) {
      this._own?.dispose();
      this._own = null;
    }
    this._changed.emit();
  }

  private _notebookPlace(panel: NotebookPanel): IPlace {
    const place = this._notebooks.get(panel) ?? notebookPlace(panel);
    this._notebooks.set(panel, place);
    return place;
  }

  /** A session that no notebook of this page shows. */
  private _session(path: string | null): SessionPlace | null {
    const model = [...this._sessions.running()].find(item => item.path === path);
    if (!model) {
      return null;
    }
    if (this._own?.path !== model.path || this._own.isDisposed) {
      this._own?.dispose();
      this._own = new SessionPlace(
        // The comms of a kernel belong to one connection of a page: that which shows widgets.
        this._sessions.connectTo({ model, kernelConnectionOptions: { handleComms: false } })
      );
    }
    return this._own;
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _notebooks = new WeakMap<NotebookPanel, IPlace>();
  private _chosen: string | null = null;
  private _current: IPlace | null = null;
  private _own: SessionPlace | null = null;
  private _isDisposed = false;
}

/** A session without a document on this page. */
class SessionPlace implements IPlace, IDisposable {
  constructor(private readonly _session: Session.ISessionConnection) {
    this.path = _session.path;
    this.label = _session.name === '' ? _session.path : _session.name;
    this.kernelChanged = _session.kernelChanged;
    this.statusChanged = _session.statusChanged;
    this.connectionStatusChanged = _session.connectionStatusChanged;
  }

  readonly path: string;
  readonly label: string;
  readonly kernelChanged: ISignal<unknown, unknown>;
  readonly statusChanged: ISignal<unknown, unknown>;
  readonly connectionStatusChanged: ISignal<unknown, unknown>;

  get kernel(): Kernel.IKernelConnection | null {
    return this._session.kernel;
  }

  get status(): string {
    const kernel = this._session.kernel;
    return kernel?.connectionStatus === 'connected' ? kernel.status : 'connecting';
  }

  get isDisposed(): boolean {
    return this._session.isDisposed;
  }

  dispose(): void {
    this._session.dispose();
  }
}

function notebookPlace({ sessionContext }: NotebookPanel): IPlace {
  return {
    path: sessionContext.path,
    label: sessionContext.name,
    get kernel() {
      return sessionContext.session?.kernel ?? null;
    },
    get status() {
      return sessionContext.kernelDisplayStatus;
    },
    kernelChanged: sessionContext.kernelChanged,
    statusChanged: sessionContext.statusChanged,
    connectionStatusChanged: sessionContext.connectionStatusChanged
  };
}
