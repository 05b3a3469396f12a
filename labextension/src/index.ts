import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { CurrentKernel } from './currentKernel';
import { flowerIcon, logoIcon } from './icons';
import { ObjectsModel } from './model';
import { DaisyPanel } from './panel';

const CATEGORY = 'Daisy';
const PANEL_ID = 'daisy-panel';

const CommandIDs = {
  newNotebook: 'daisy:new-notebook',
  showPanel: 'daisy:show-panel'
};

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'daisy-labextension:plugin',
  description: "A panel with the Daisy kernel's data objects, and a launcher tile.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ILauncher, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ) => {
    const { commands, shell } = app;
    commands.addCommand(CommandIDs.newNotebook, {
      label: 'Daisy notebook',
      caption: 'Open a new notebook with the Daisy kernel',
      icon: args => (args.isPalette ? flowerIcon : logoIcon),
      execute: args =>
        commands.execute('notebook:create-new', { kernelName: 'daisy', cwd: args.cwd ?? '' })
    });
    commands.addCommand(CommandIDs.showPanel, {
      label: 'Show Daisy data objects',
      icon: flowerIcon,
      execute: () => {
        shell.activateById(PANEL_ID);
      }
    });

    const openNotebook = () => void commands.execute(CommandIDs.newNotebook);
    const panel = new DaisyPanel(new CurrentKernel(tracker), new ObjectsModel(), openNotebook);
    panel.id = PANEL_ID;
    shell.add(panel, 'left', { rank: 900 });

    restorer?.add(panel, PANEL_ID);
    launcher?.add({ command: CommandIDs.newNotebook, category: CATEGORY, rank: 0 });
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: CATEGORY, args: { isPalette: true } });
    }
  }
};

export default plugin;
