import { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { FileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { CommandRegistry } from '@lumino/commands';
import { flowerIcon, logoIcon } from './icons';
import { isData, serverPath } from './openFile';
import { DaisyPanel } from './panel';

const CATEGORY = 'Daisy';

export const CommandIDs = {
  newNotebook: 'daisy:new-notebook',
  showPanel: 'daisy:show-panel',
  showRuns: 'daisy:show-runs',
  showWorkflows: 'daisy:show-workflows',
  openFile: 'daisy:open-file'
};

/** What the commands do it with. */
export interface CommandTools {
  readonly panel: DaisyPanel;
  readonly show: () => void;
  readonly openFile: (path: string) => void;
  readonly browser: FileBrowser | null;
}

/** Add our commands. */
export function addCommands(commands: CommandRegistry, tools: CommandTools): void {
  const { panel, show, openFile, browser } = tools;
  const selected = (): string[] =>
    browser ? [...browser.selectedItems()].map(({ path }) => path) : [];

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
    execute: show
  });
  commands.addCommand(CommandIDs.showRuns, {
    label: 'Show Daisy runs',
    icon: flowerIcon,
    execute: () => {
      show();
      panel.reveal('runs');
    }
  });
  commands.addCommand(CommandIDs.showWorkflows, {
    label: args => (args.isPalette ? 'Show Daisy workflows' : 'Daisy workflows'),
    caption: 'Check and run a workflow of the library',
    icon: args => (args.isPalette ? flowerIcon : logoIcon),
    execute: () => {
      show();
      panel.reveal('workflows');
    }
  });
  commands.addCommand(CommandIDs.openFile, {
    label: 'Open with Daisy',
    icon: flowerIcon,
    isVisible: () => selected().length > 0 && selected().every(isData),
    execute: args => {
      const paths = typeof args.path === 'string' ? [args.path] : selected();
      for (const path of paths) {
        openFile(serverPath(path));
      }
    }
  });
}

/** Put our commands into launcher, palette and the menu of the file browser. */
export function addToPages(
  app: JupyterFrontEnd,
  launcher: ILauncher | null,
  palette: ICommandPalette | null
): void {
  launcher?.add({ command: CommandIDs.newNotebook, category: CATEGORY, rank: 0 });
  launcher?.add({ command: CommandIDs.showWorkflows, category: CATEGORY, rank: 1 });
  const { newNotebook, showPanel, showRuns, showWorkflows } = CommandIDs;
  for (const command of [newNotebook, showPanel, showRuns, showWorkflows]) {
    palette?.addItem({ command, category: CATEGORY, args: { isPalette: true } });
  }
  app.contextMenu.addItem({
    command: CommandIDs.openFile,
    selector: '.jp-DirListing-item[data-isdir="false"]',
    rank: 1.5
  });
}
