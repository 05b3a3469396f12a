/** The part of ipywidgets' extension that is used here; it is loaded from that extension. */
declare module '@jupyter-widgets/jupyterlab-manager' {
  import { ISessionContext } from '@jupyterlab/apputils';
  import { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
  import { IDisposable } from '@lumino/disposable';
  import { ISignal } from '@lumino/signaling';
  import { Panel } from '@lumino/widgets';

  /** The part of a document that a manager of widgets needs. */
  export interface IWidgetContext {
    readonly sessionContext: ISessionContext;
    readonly saveState: ISignal<unknown, unknown>;
    readonly model: unknown;
  }

  /** Shows a widget once it has been given a manager. */
  export class WidgetRenderer extends Panel {
    constructor(options: { readonly mimeType: string });
    renderModel(model: IRenderMime.IMimeModel): Promise<void>;
  }

  /** Gives the renderers the manager of the context's kernel, which is made if there is none. */
  export function registerWidgetManager(
    context: IWidgetContext,
    rendermime: IRenderMimeRegistry,
    renderers: IterableIterator<WidgetRenderer>
  ): IDisposable;
}
