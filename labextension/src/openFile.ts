import { PageConfig, PathExt } from '@jupyterlab/coreutils';
import { ServiceManager } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';
import { CurrentKernel } from './currentKernel';
import { request } from './kernel';
import { Places } from './places';
import { Views } from './views';

/** Files that the file browser offers to open; what is in them is found out by the kernel. */
const SUFFIXES = ['.h5', '.hdf5', '.hdf', '.nxs', '.nx5', '.nx', '.tif', '.tiff', '.cbf', '.edf'];

export function isData(path: string): boolean {
  return SUFFIXES.includes(PathExt.extname(path).toLowerCase());
}

/** Where a file of the file browser lies on the server's machine. */
export function serverPath(path: string): string {
  const root = PageConfig.getOption('serverRoot');
  return root === '' ? path : `${root.replace(/\/$/, '')}/${path}`;
}

/** Makes files data objects of a kernel and shows them. */
export class FileOpener {
  constructor(
    private readonly _kernel: CurrentKernel,
    private readonly _places: Places,
    private readonly _views: Views,
    private readonly _services: ServiceManager.IManager
  ) {}

  /**
   * Open a file in the current Daisy kernel, or in a new one if there is none.
   *
   * @throws RequestRefused if the kernel finds nothing in it.
   */
  async open(path: string): Promise<void> {
    const kernel = this._kernel.connection ?? (await this._start(path));
    const { objects } = await request(kernel, 'objects.open', { path });
    const [first] = objects;
    if (first) {
      const { path: home, label } = this._kernel;
      this._views.open({ path: home, label, view: 'object', name: first.name });
    }
  }

  /** A kernel without a notebook; it is listed among the running kernels. */
  private async _start(path: string): Promise<NonNullable<CurrentKernel['connection']>> {
    const session = await this._services.sessions.startNew(
      {
        path: `daisy-${UUID.uuid4()}`,
        name: `Daisy: ${PathExt.basename(path)}`,
        type: 'daisy',
        kernel: { name: 'daisy' }
      },
      { kernelConnectionOptions: { handleComms: false } }
    );
    session.dispose(); // the connection only: the place makes its own
    await this._services.sessions.refreshRunning();
    this._places.choose(session.path);
    return this._kernel.found();
  }
}
