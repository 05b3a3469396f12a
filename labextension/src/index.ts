import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { DocumentWidget } from '@jupyterlab/docregistry';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';
import { addCommands, addToPages, CommandIDs } from './commands';
import { CurrentKernel } from './currentKernel';
import { tellError } from './notice';
import { FileOpener } from './openFile';
import { DaisyPanel } from './panel';
import { keepState } from './panelState';
import { Places } from './places';
import { Stage } from './stage';
import { StatusItem } from './status';
import { Views } from './views';
import { WORKFLOW_FACTORY, WORKFLOW_TYPE, WorkflowFactory, WorkflowView } from './workflowDocument';

const PANEL_ID = 'daisy-panel';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'daisy-labextension:plugin',
  description: 'The Daisy kernel in JupyterLab: data objects, runs, workflows and viewers.',
  autoStart: true,
  requires: [INotebookTracker, IRenderMimeRegistry],
  optional: [
    ILauncher,
    ILayoutRestorer,
    ICommandPalette,
    IStatusBar,
    IStateDB,
    IDefaultFileBrowser
  ],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null,
    stateDB: IStateDB | null,
    browser: IDefaultFileBrowser | null
  ) => {
    const places = new Places(tracker, app.serviceManager.sessions);
    const kernel = new CurrentKernel(places);
    const stage = new Stage(places, rendermime, app.serviceManager, app.restored);
    const views = new Views(app, stage, restorer);
    const opener = new FileOpener(kernel, places, views, app.serviceManager);

    const openFile = (path: string): void => {
      opener.open(path).catch(tellError);
    };
    const panel = new DaisyPanel(kernel, {
      openNotebook: () => void app.commands.execute(CommandIDs.newNotebook),
      openObject: name => {
        views.open({ path: kernel.path, label: kernel.label, view: 'object', name });
      },
      openFile
    });
    panel.id = PANEL_ID;
    app.shell.add(panel, 'left', { rank: 900 });
    restorer?.add(panel, PANEL_ID);
    if (stateDB) {
      keepState(panel, stateDB, app.restored);
    }

    const show = (): void => {
      app.shell.activateById(PANEL_ID);
    };
    statusBar?.registerStatusItem('daisy-labextension:status', {
      item: new StatusItem(kernel, show),
      align: 'left',
      rank: 100
    });

    addCommands(app.commands, { panel, show, openFile, browser });
    addToPages(app, launcher, palette);
    addWorkflowDocuments(app, restorer, kernel, show);
  }
};

/** `*.daisy.json` opens as its workflow, also again after a reload. */
function addWorkflowDocuments(
  app: JupyterFrontEnd,
  restorer: ILayoutRestorer | null,
  kernel: CurrentKernel,
  started: () => void
): void {
  const documents = new WidgetTracker<DocumentWidget<WorkflowView>>({
    namespace: 'daisy-workflows'
  });
  app.docRegistry.addFileType(WORKFLOW_TYPE);
  const factory = new WorkflowFactory(kernel, started);
  factory.widgetCreated.connect((_, widget) => {
    void documents.add(widget);
  });
  app.docRegistry.addWidgetFactory(factory);
  void restorer?.restore(documents, {
    command: 'docmanager:open',
    args: ({ context }) => ({ path: context.path, factory: WORKFLOW_FACTORY }),
    name: ({ context }) => context.path
  });
}

export default plugin;
