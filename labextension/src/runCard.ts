import { Kernel } from '@jupyterlab/services';
import { button, element, sentence, setText } from './element';
import { formatDuration, formatShare, formatWhen } from './format';
import { request } from './kernel';
import { RunProgress, RunSummary } from './protocol';
import { drawProvenance } from './provenance';
import { Remaining } from './progress';
import { RunLog } from './runLog';
import { isActive, isResumable } from './runs';

/** What a card asks of the panel. */
export interface RunActions {
  /** Look at a file that the run has written. */
  openFile(path: string): void;
  /** The state was changed from here. */
  changed(): void;
  /** The card was opened or closed. */
  toggled(): void;
}

/** One run in the list: state, progress and buttons; log and provenance when it is open. */
export class RunCard {
  readonly node = element('li', 'daisy-Run');

  constructor(
    private readonly _kernel: Kernel.IKernelConnection,
    readonly id: string,
    private readonly _actions: RunActions
  ) {
    this.node.dataset.run = id;
    this._details.hidden = true;
    this._details.id = `daisy-run-${id}`;
    this._title.type = 'button';
    this._title.setAttribute('aria-expanded', 'false');
    this._title.setAttribute('aria-controls', this._details.id);
    this._title.addEventListener('click', () => {
      this.isOpen = !this.isOpen;
      this._actions.toggled();
    });
    this._title.append(this._name, this._when, this._state);
    this._bar.setAttribute('role', 'progressbar');
    this._bar.append(this._fill);
    this._error.setAttribute('role', 'alert');
    this._footer.append(this._remaining, this._buttons);
    this.node.append(this._title, this._bar, this._error, this._footer, this._details);
  }

  get isOpen(): boolean {
    return !this._details.hidden;
  }

  set isOpen(isOpen: boolean) {
    this._details.hidden = !isOpen;
    this._title.setAttribute('aria-expanded', String(isOpen));
    this._drawDetails();
  }

  /** Show the run as it is now. */
  update(run: RunSummary, progress: RunProgress | undefined): void {
    const isNew = run.state !== this._run?.state;
    this._run = run;
    this.node.dataset.state = run.state;
    setText(this._name, run.workflow);
    const title = run.state === 'running' && progress?.title ? `: ${progress.title}` : '';
    setText(this._state, `${run.state}${title}`);
    setText(this._when, formatWhen(run.created, new Date()));
    this._showProgress(run, progress);
    this._error.hidden = run.error === '';
    setText(this._error, run.error);
    if (isNew) {
      this._drawButtons(run);
      this._drawDetails();
    } else if (isActive(run)) {
      this._log?.refresh();
    }
  }

  private _showProgress(run: RunSummary, progress: RunProgress | undefined): void {
    const fraction = progress?.fraction ?? 0;
    this._bar.hidden = !isActive(run);
    this._fill.style.width = `${String(100 * fraction)}%`;
    this._bar.setAttribute('aria-valuenow', String(Math.floor(100 * fraction)));
    this._bar.setAttribute('aria-label', `${run.workflow}: ${progress?.title ?? run.state}`);
    if (isActive(run)) {
      setText(this._remaining, run.state === 'queued' ? 'waiting' : this._pace(progress));
    } else {
      const took = run.finished === null ? '' : formatDuration(run.finished - run.created);
      setText(this._remaining, took === '' ? '' : `took ${took}`);
    }
  }

  private _pace(progress: RunProgress | undefined): string {
    const rest = progress ? this._rest.see(progress, performance.now() / 1000) : null;
    const left = rest
      ? ` · ${formatDuration(rest.seconds)} left${rest.isAll ? '' : ' in this part'}`
      : '';
    return `${formatShare(progress?.fraction ?? 0)}${left}`;
  }

  private _drawButtons(run: RunSummary): void {
    const buttons = run.outputs
      .filter(() => run.state === 'done')
      .map(path => {
        const open = button('Open', () => {
          this._actions.openFile(path);
        });
        open.title = path;
        return open;
      });
    if (isActive(run)) {
      buttons.push(this._asking('Cancel', 'run.cancel'));
    } else if (isResumable(run)) {
      buttons.push(this._asking('Resume', 'run.resume'));
    }
    this._buttons.replaceChildren(...buttons);
  }

  private _asking(text: string, operation: 'run.cancel' | 'run.resume'): HTMLButtonElement {
    const node = button(text, () => {
      node.disabled = true;
      request(this._kernel, operation, { run: this.id })
        .catch((error: unknown) => {
          node.disabled = false;
          this._error.hidden = false;
          setText(this._error, sentence(error));
        })
        .finally(() => {
          this._actions.changed();
        });
    });
    return node;
  }

  private _drawDetails(): void {
    if (!this.isOpen) {
      this._log?.dispose();
      this._log = null;
      this._details.replaceChildren();
      return;
    }
    this._log ??= new RunLog(this._kernel, this.id);
    this._log.refresh();
    const log = this._log.node;
    request(this._kernel, 'run.describe', { run: this.id }).then(
      run => {
        const provenance = element('details', 'daisy-Run-provenance');
        provenance.open = this._details.querySelector('details')?.open ?? false;
        provenance.append(element('summary', '', 'Provenance'), drawProvenance(run));
        if (this.isOpen && this._log?.node === log) {
          this._details.replaceChildren(log, provenance);
        }
      },
      () => undefined
    );
    if (this._details.firstChild !== log) {
      this._details.replaceChildren(log);
    }
  }

  private readonly _title = element('button', 'daisy-Run-title');
  private readonly _name = element('span', 'daisy-Run-name');
  private readonly _state = element('span', 'daisy-Run-state');
  private readonly _when = element('span', 'daisy-Run-when');
  private readonly _bar = element('div', 'daisy-Run-bar');
  private readonly _fill = element('div', 'daisy-Run-fill');
  private readonly _error = element('p', 'daisy-Panel-error');
  private readonly _footer = element('div', 'daisy-Run-footer');
  private readonly _remaining = element('span', 'daisy-Run-remaining');
  private readonly _buttons = element('span', 'daisy-Run-buttons');
  private readonly _details = element('div', 'daisy-Run-details');
  private readonly _rest = new Remaining();
  private _log: RunLog | null = null;
  private _run: RunSummary | null = null;
}
