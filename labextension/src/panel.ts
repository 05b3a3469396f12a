import { Kernel } from '@jupyterlab/services';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { CurrentKernel } from './currentKernel';
import { dimensions, formatBytes, formatTotal, spoken } from './format';
import { flowerIcon } from './icons';
import { request } from './kernel';
import { ObjectsModel } from './model';
import { DataObjectInfo } from './protocol';

/** What to say about an object that is not simply an array in memory. */
const KIND_NOTES: Record<DataObjectInfo['kind'], string> = {
  array: '',
  reference: 'in a file, read on demand',
  recipe: 'computed when it is read'
};

/** Side panel: the current Daisy kernel and its data objects. Owns the two models it shows. */
export class DaisyPanel extends Widget {
  constructor(
    private readonly _kernel: CurrentKernel,
    private readonly _model: ObjectsModel,
    private readonly _openNotebook: () => void
  ) {
    super();
    this.addClass('daisy-Panel');
    this.title.icon = flowerIcon;
    this.title.caption = 'Daisy data objects';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Daisy data objects');

    this.node.tabIndex = 0; // a long list is scrolled with the keyboard

    const heading = element('div', 'daisy-Panel-heading');
    heading.append(element('h2', '', 'Data objects'), this._total);
    const top = element('div', 'daisy-Panel-top');
    top.append(this._header.node, heading);
    this._body.dataset.testid = 'daisy-objects';
    this.node.append(top, this._body);

    _kernel.changed.connect(this._followKernel, this);
    _model.changed.connect(this._draw, this);
    this._followKernel();
    this._draw();
  }

  override dispose(): void {
    this._model.dispose();
    this._kernel.dispose();
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._model.setVisible(this.isVisible);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._model.setVisible(true);
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this._model.setVisible(false);
  }

  protected override onBeforeDetach(message: Message): void {
    super.onBeforeDetach(message);
    this._model.setVisible(false);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.focus();
  }

  private _followKernel(): void {
    const connection = this._kernel.connection;
    if (connection !== this._listed) {
      this._listed = connection;
      this._model.setSource(
        connection && {
          list: async () => (await request(connection, 'objects.list', {})).objects
        }
      );
    }
    this._drawHeader();
  }

  private _draw(): void {
    this._drawHeader();
    const state = this._model.state;
    this._total.textContent = '';
    this._body.dataset.state = state.kind;
    switch (state.kind) {
      case 'no-kernel': {
        const button = element('button', 'jp-mod-styled jp-mod-accept', 'Open a Daisy notebook');
        button.addEventListener('click', this._openNotebook);
        this._body.replaceChildren(
          element('p', 'daisy-Panel-note', 'No Daisy kernel in the current notebook.'),
          button
        );
        break;
      }
      case 'waiting':
        this._body.replaceChildren(element('p', 'daisy-Panel-note', 'Asking the kernel…'));
        break;
      case 'refused':
        this._body.replaceChildren(element('p', 'daisy-Panel-error', state.message));
        break;
      case 'listed':
        if (state.objects.length === 0) {
          this._body.replaceChildren(...emptyStore());
        } else {
          this._total.textContent = formatTotal(state.objects);
          const list = element('ul', 'daisy-Objects');
          list.append(...state.objects.map(drawObject));
          this._body.replaceChildren(list);
        }
    }
  }

  private _drawHeader(): void {
    const isOurs = this._kernel.connection !== null;
    const isLate = isOurs && this._model.isLate;
    this._header.draw(
      isOurs ? this._kernel.notebook : 'Daisy',
      isOurs ? (isLate ? 'not answering' : this._kernel.activity) : ''
    );
  }

  private readonly _header = new Header();
  private readonly _total = element('span', 'daisy-Panel-total');
  private readonly _body = element('div', 'daisy-Panel-body');
  private _listed: Kernel.IKernelConnection | null = null;
}

/** First line of the panel: which notebook, and what its kernel does. */
class Header {
  readonly node = element('header', 'daisy-Header');

  constructor() {
    this._activity.setAttribute('role', 'status');
    flowerIcon.element({ container: this._flower, elementSize: 'normal' });
    this.node.append(this._flower, this._notebook, this._activity);
  }

  draw(notebook: string, activity: string): void {
    // Unchanged text stays untouched: screen readers would announce it again.
    if (this._notebook.textContent !== notebook) {
      this._notebook.textContent = notebook;
    }
    if (this._activity.textContent !== activity) {
      this._activity.textContent = activity;
      this._activity.dataset.activity = activity;
    }
  }

  private readonly _flower = element('span', 'daisy-Header-flower');
  private readonly _notebook = element('span', 'daisy-Header-notebook');
  private readonly _activity = element('span', 'daisy-Header-activity');
}

function drawObject(object: DataObjectInfo): HTMLElement {
  const shape = element('div', 'daisy-Object-shape');
  dimensions(object).forEach(({ length, axis }, index) => {
    if (index > 0) {
      shape.append(element('span', 'daisy-Object-times', '×'));
    }
    const dimension = element('span', 'daisy-Object-dimension');
    dimension.append(element('span', '', length));
    if (axis !== null) {
      dimension.append(element('span', 'daisy-Object-axis', axis));
    }
    shape.append(dimension);
  });
  if (object.shape.length === 0) {
    shape.append('scalar');
  } else if (object.axes === null) {
    // as high as the names that will stand here: the object does not grow when it gets them
    shape.append(element('span', 'daisy-Object-axis daisy-mod-unnamed', 'axes not named yet'));
  }

  const item = element('li', 'daisy-Object');
  item.dataset.name = object.name;
  item.setAttribute('aria-label', spoken(object));
  item.append(
    element('span', 'daisy-Object-name', object.name),
    element('span', 'daisy-Object-bytes', formatBytes(object.nbytes)),
    shape,
    element('span', 'daisy-Object-dtype', object.dtype)
  );
  if (object.kind !== 'array') {
    const kind = element('span', 'daisy-Object-kind', `${object.kind}: ${KIND_NOTES[object.kind]}`);
    item.append(kind);
  }
  return item;
}

function emptyStore(): HTMLElement[] {
  const advice = element(
    'p',
    'daisy-Panel-note',
    'Run a workflow, or put an array into the session:'
  );
  return [
    element('p', 'daisy-Panel-note', 'No data objects yet.'),
    advice,
    element('code', 'daisy-Panel-code', "session['name'] = array")
  ];
}

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text?: string
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) {
    node.textContent = text;
  }
  return node;
}
