import { MainAreaWidget } from '@jupyterlab/apputils';
import { Kernel } from '@jupyterlab/services';
import { Message } from '@lumino/messaging';
import { BoxLayout, BoxPanel, Widget } from '@lumino/widgets';
import { button, element, sentence } from './element';
import { flowerIcon } from './icons';
import { Stage } from './stage';
import { askForView } from './viewComm';

/** All that is needed to show the same again after a reload. */
export interface ViewArguments {
  readonly [name: string]: string;
  /** Of the kernel's session. */
  readonly path: string;
  /** What people call the kernel. */
  readonly label: string;
  /** Entry point of the widget. */
  readonly view: string;
  /** What is looked at. */
  readonly name: string;
  readonly id: string;
}

/** A tab with a widget that the kernel has made; finds it again after a reload or a restart. */
export class View extends MainAreaWidget<BoxPanel> {
  constructor(
    readonly asked: ViewArguments,
    private readonly _stage: Stage
  ) {
    super({ content: new BoxPanel() });
    this.id = `daisy-view-${asked.id}`;
    this.title.label = asked.name;
    this.title.caption = `${asked.name} · ${asked.label}`;
    this.title.icon = flowerIcon;
    this.title.closable = true;
    this.toolbar.hide();
    this.addClass('daisy-View');
    this.content.node.setAttribute('aria-label', this.title.caption);
    this._open();
  }

  override dispose(): void {
    this._follow(null);
    super.dispose();
  }

  protected override onCloseRequest(message: Message): void {
    const kernel = this._kernel;
    if (kernel && !kernel.isDisposed) {
      // Nobody waits for it: a kernel that is gone has no widget either.
      askForView(kernel, { id: this.asked.id, view: null, name: '' }).catch(() => undefined);
    }
    super.onCloseRequest(message);
  }

  private _open(): void {
    this._place(note(`Opening ${this.asked.name}…`));
    this._find().then(
      widget => {
        this._place(widget);
      },
      (error: unknown) => {
        this._fail(sentence(error));
      }
    );
  }

  private async _find(): Promise<Widget> {
    const kernel = await this._stage.connect(this.asked.path);
    await kernel.info; // a comm that is opened before is lost
    this._follow(kernel);
    const { id, view, name } = this.asked;
    const model = await askForView(kernel, { id, view, name });
    return this._stage.show(this.asked.path, model);
  }

  private _place(widget: Widget): void {
    if (this.isDisposed) {
      widget.dispose();
      return;
    }
    for (const old of [...this.content.widgets]) {
      old.dispose();
    }
    BoxLayout.setStretch(widget, 1);
    widget.addClass('daisy-View-content');
    this.content.addWidget(widget);
  }

  private _fail(message: string): void {
    const again = button('Try again', () => {
      this._open();
    });
    this._place(note(message, again));
  }

  /** Show the widget again when the kernel was restarted, or when its notebook was closed. */
  private _follow(kernel: Kernel.IKernelConnection | null): void {
    this._kernel?.statusChanged.disconnect(this._look, this);
    this._kernel?.disposed.disconnect(this._open, this);
    this._kernel = kernel;
    kernel?.statusChanged.connect(this._look, this);
    kernel?.disposed.connect(this._open, this);
  }

  private _look(_: Kernel.IKernelConnection, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this._isLost = true;
      this._place(note(status === 'dead' ? 'The kernel is dead.' : 'The kernel restarts…'));
    } else if (this._isLost && (status === 'idle' || status === 'busy')) {
      this._isLost = false;
      this._open();
    }
  }

  private _kernel: Kernel.IKernelConnection | null = null;
  private _isLost = false;
}

function note(text: string, ...further: HTMLElement[]): Widget {
  const widget = new Widget();
  widget.addClass('daisy-View-note');
  const words = element('p', 'daisy-Panel-note', text);
  words.setAttribute('role', 'status');
  widget.node.append(words, ...further);
  return widget;
}
