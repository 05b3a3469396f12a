import { ISessionContext, SessionContext } from '@jupyterlab/apputils';
import { IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import { Kernel, ServiceManager } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { WidgetRenderer } from '@jupyter-widgets/jupyterlab-manager';
import { Places } from './places';

const WIDGET_TYPE = 'application/vnd.jupyter.widget-view+json';

/**
 * Shows widgets of kernels with ipywidgets' own manager, which a page has once per kernel: that of
 * the notebook, or one that is made for a kernel without a notebook.
 */
export class Stage {
  constructor(
    private readonly _places: Places,
    private readonly _rendermime: IRenderMimeRegistry,
    private readonly _services: ServiceManager.IManager,
    private readonly _restored: Promise<unknown>
  ) {}

  /**
   * The connection to the kernel of a session that carries the messages of widgets.
   *
   * @throws Error if the session does not run any more.
   */
  async connect(path: string): Promise<Kernel.IKernelConnection> {
    const context = await this._context(path);
    const kernel = context.session?.kernel;
    if (!kernel) {
      throw new Error(`The kernel of ${path} does not run: open its notebook, or start it again.`);
    }
    // A widget that nobody manages is closed by JupyterLab as soon as the kernel tells of it.
    await this._manage(path, context, []);
    return kernel;
  }

  /** The widget with this model, as an element of the page. */
  async show(path: string, modelId: string): Promise<Widget> {
    const { WidgetRenderer } = await import('@jupyter-widgets/jupyterlab-manager');
    const renderer = new WidgetRenderer({ mimeType: WIDGET_TYPE });
    await this._manage(path, await this._context(path), [renderer]);
    const data = { [WIDGET_TYPE]: { version_major: 2, version_minor: 0, model_id: modelId } };
    void renderer.renderModel(new MimeModel({ data, trusted: true }));
    return renderer;
  }

  /** Make sure that the kernel's widgets have a manager, and give it to these. */
  private async _manage(
    path: string,
    sessionContext: ISessionContext,
    renderers: readonly WidgetRenderer[]
  ): Promise<void> {
    // Loaded late, so that the panel works where ipywidgets' extension is switched off.
    const widgets = await import('@jupyter-widgets/jupyterlab-manager');
    const panel = this._places.notebook(path);
    widgets.registerWidgetManager(
      panel?.context ?? { sessionContext, saveState: new Signal({}), model: NO_NOTEBOOK },
      panel?.content.rendermime ?? this._rendermime.clone(),
      renderers.values()
    );
    await new Promise(resolve => setTimeout(resolve)); // it registers in promises of its own
  }

  private async _context(path: string): Promise<ISessionContext> {
    await this._restored; // a notebook of the page's layout has the kernel's widgets
    const panel = this._places.notebook(path);
    if (panel) {
      await panel.sessionContext.ready;
      return panel.sessionContext;
    }
    let own = this._own.get(path);
    if (!own || own.isDisposed) {
      own = new SessionContext({
        sessionManager: this._services.sessions,
        specsManager: this._services.kernelspecs,
        path,
        name: path,
        type: 'daisy',
        // Only joins what runs: whoever opens a view does not want another kernel.
        kernelPreference: { shouldStart: false, canStart: false, autoStartDefault: false }
      });
      this._own.set(path, own);
      await own.initialize();
    }
    await own.ready;
    return own;
  }

  private readonly _own = new Map<string, SessionContext>();
}

/** Where the manager of a notebook looks for saved widgets. */
const NO_NOTEBOOK = { getMetadata: (): undefined => undefined };
