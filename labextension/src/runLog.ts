import { Kernel } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { element } from './element';
import { formatTime } from './format';
import { request } from './kernel';

/** The log of one run: all of it from the record on disk, then what comes. */
export class RunLog implements IDisposable {
  readonly node = element('div', 'daisy-Log');

  constructor(
    private readonly _kernel: Kernel.IKernelConnection,
    private readonly _run: string
  ) {
    this.node.tabIndex = 0;
    this.node.setAttribute('role', 'log');
    this.node.setAttribute('aria-label', 'Log of the run');
    this.refresh();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Fetch the lines that are new. */
  refresh(): void {
    if (!this._isAsking && !this._isDisposed) {
      this._isAsking = true;
      // What cannot be read is asked for again at the next occasion; the list of runs says why.
      this._fetch()
        .catch(() => undefined)
        .finally(() => {
          this._isAsking = false;
        });
    }
  }

  dispose(): void {
    this._isDisposed = true;
  }

  private async _fetch(): Promise<void> {
    let more = true;
    while (more && !this._isDisposed) {
      const found = await request(this._kernel, 'run.log', { run: this._run, since: this._next });
      const isAtEnd =
        this._next === 0 ||
        this.node.scrollTop + this.node.clientHeight >= this.node.scrollHeight - 4;
      for (const { time, level, message } of found.lines) {
        const line = element('div', 'daisy-Log-line');
        line.dataset.level = level;
        line.append(
          element('time', 'daisy-Log-time', formatTime(time)),
          element('span', '', message)
        );
        this.node.append(line);
      }
      if (isAtEnd && found.lines.length > 0) {
        requestAnimationFrame(() => {
          this.node.scrollTop = this.node.scrollHeight; // once it is on the page
        });
      }
      this._next = found.next;
      more = found.more;
    }
  }

  private _next = 0;
  private _isAsking = false;
  private _isDisposed = false;
}
