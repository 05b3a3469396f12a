import { Widget } from '@lumino/widgets';
import { CurrentKernel } from './currentKernel';
import { element, setText } from './element';
import { formatShare } from './format';
import { flowerIcon } from './icons';
import { fractionOf } from './progress';
import { KernelEvent } from './protocol';
import { askForRuns, runningRun } from './runs';

/** In the status bar: the kernel, and the run that is at work. */
export class StatusItem extends Widget {
  constructor(
    private readonly _kernel: CurrentKernel,
    showPanel: () => void
  ) {
    super({ node: element('button', 'daisy-Status jp-StatusBar-TextItem') });
    flowerIcon.element({ container: this._flower, elementSize: 'small' });
    this.node.append(this._flower, this._text);
    this.node.title = 'Show the Daisy panel';
    this.node.addEventListener('click', showPanel);
    _kernel.changed.connect(this._follow, this);
    _kernel.event.connect(this._hear, this);
    this._follow();
  }

  private _follow(): void {
    const kernel = this._kernel.connection;
    if (kernel !== this._followed) {
      this._followed = kernel;
      this._run = null;
      this._ask();
    }
    this._draw();
  }

  private _hear(_: CurrentKernel, event: KernelEvent): void {
    if (event.kind === 'state') {
      this._ask();
    } else if (event.kind === 'progress' && event.run === this._run?.id) {
      this._run.fraction = fractionOf(event.data);
      this._draw();
    }
  }

  private _ask(): void {
    const kernel = this._kernel.connection;
    if (kernel) {
      askForRuns(kernel).then(
        runs => {
          if (kernel === this._kernel.connection) {
            const found = runningRun(runs);
            this._run = found && { id: found[0].id, name: found[0].workflow, fraction: found[1] };
            this._draw();
          }
        },
        () => undefined // the panel says what is wrong
      );
    }
  }

  private _draw(): void {
    this.setHidden(this._kernel.connection === null);
    const run = this._run;
    setText(
      this._text,
      run
        ? `${run.name} ${formatShare(run.fraction)}`
        : `${this._kernel.label}: ${this._kernel.activity}`
    );
  }

  private readonly _flower = element('span', 'daisy-Status-flower');
  private readonly _text = element('span', '');
  private _followed: unknown = undefined;
  private _run: { readonly id: string; readonly name: string; fraction: number } | null = null;
}
