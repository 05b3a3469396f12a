import { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { UUID } from '@lumino/coreutils';
import { Stage } from './stage';
import { View, ViewArguments } from './view';

/** What is looked at, and in which kernel. */
export interface Wanted {
  readonly path: string;
  readonly label: string;
  readonly view: string;
  readonly name: string;
}

export const OPEN_VIEW = 'daisy:open-view';

/** The tabs with widgets of kernels; they come back when the page is reloaded. */
export class Views {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _stage: Stage,
    restorer: ILayoutRestorer | null
  ) {
    _app.commands.addCommand(OPEN_VIEW, {
      label: 'Open a data object',
      execute: args => {
        this._add(args as unknown as ViewArguments);
      }
    });
    void restorer?.restore(this._tracker, {
      command: OPEN_VIEW,
      args: view => view.asked,
      name: view => view.asked.id
    });
  }

  /** Show it in the main area; if a tab shows it already, that one. */
  open(wanted: Wanted): void {
    const { path, view, name } = wanted;
    const shown = this._tracker.find(
      ({ asked }) => asked.path === path && asked.view === view && asked.name === name
    );
    if (shown) {
      this._app.shell.activateById(shown.id);
    } else {
      this._add({ path, label: wanted.label, view, name, id: UUID.uuid4() });
    }
  }

  private _add(asked: ViewArguments): void {
    const view = new View(asked, this._stage);
    this._app.shell.add(view, 'main', { mode: 'tab-after' });
    void this._tracker.add(view);
    this._app.shell.activateById(view.id);
  }

  private readonly _tracker = new WidgetTracker<View>({ namespace: 'daisy-views' });
}
