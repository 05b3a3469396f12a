import { CurrentKernel } from './currentKernel';
import { element } from './element';
import { dimensions, formatBytes, formatTotal, spoken } from './format';
import { request } from './kernel';
import { Listbox } from './listbox';
import { PolledModel } from './polledModel';
import { DataObjectInfo, KernelEvent } from './protocol';
import { Section } from './section';
import { Thumbnail } from './thumbnail';

/** What to say about an object that is not simply an array in memory. */
const KIND_NOTES: Record<DataObjectInfo['kind'], string> = {
  array: '',
  reference: 'in a file, read on demand',
  recipe: 'computed when it is read'
};

/** The data objects of the kernel. */
export class ObjectsSection extends Section {
  readonly model = new PolledModel<readonly DataObjectInfo[]>();

  constructor(
    private readonly _kernel: CurrentKernel,
    open: (object: DataObjectInfo) => void
  ) {
    super('objects', 'Data objects');
    this.body.dataset.testid = 'daisy-objects';
    this._list = new Listbox(
      'daisy-object',
      'Data objects: Enter or a double-click opens a viewer',
      object => object.name,
      spoken,
      object => this._draw(object),
      open
    );
    this._list.node.classList.add('daisy-Objects');
    _kernel.event.connect(this._hear, this);
    this.model.changed.connect(this._update, this);
    this._update();
  }

  /** Ask the kernel that is current now. */
  follow(): void {
    const kernel = this._kernel.connection;
    this._list.update([]); // pictures are of the kernel before
    this.model.setSource(
      kernel && (async () => (await request(kernel, 'objects.list', {})).objects)
    );
  }

  private _hear(_: CurrentKernel, event: KernelEvent): void {
    if (event.kind === 'object') {
      this._changed.add(event.data.name);
      this.model.refresh();
      this._update(); // the list may be the same while its pictures are not
    }
  }

  private _update(): void {
    const { state } = this.model;
    this.body.dataset.state = state.kind;
    this.total = state.kind === 'known' ? formatTotal(state.value) : '';
    switch (state.kind) {
      case 'no-kernel':
      case 'waiting':
        this.body.replaceChildren();
        return;
      case 'refused':
        this.body.replaceChildren(element('p', 'daisy-Panel-error', state.message));
        return;
      case 'known':
        this._list.update(state.value, object => this._changed.delete(object.name));
        if (state.value.length === 0) {
          this.body.replaceChildren(...emptyStore());
        } else if (this.body.firstChild !== this._list.node) {
          this.body.replaceChildren(this._list.node);
        }
    }
  }

  private _draw(object: DataObjectInfo): HTMLElement[] {
    const kernel = this._kernel.connection;
    const text = element('div', 'daisy-Object');
    const drawn = kernel ? [new Thumbnail(kernel, object).node, text] : [text];
    text.append(
      element('span', 'daisy-Object-name', object.name),
      element('span', 'daisy-Object-bytes', formatBytes(object.nbytes)),
      drawShape(object),
      element('span', 'daisy-Object-dtype', object.dtype)
    );
    if (object.kind !== 'array') {
      text.append(element('span', 'daisy-Object-kind', KIND_NOTES[object.kind]));
    }
    return drawn;
  }

  private readonly _list: Listbox<DataObjectInfo>;
  private readonly _changed = new Set<string>();
}

function drawShape(object: DataObjectInfo): HTMLElement {
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
  return shape;
}

function emptyStore(): HTMLElement[] {
  return [
    element('p', 'daisy-Panel-note', 'No data objects yet.'),
    element('p', 'daisy-Panel-note', 'Run a workflow, or put an array into the session:'),
    element('code', 'daisy-Panel-code', "session['name'] = array")
  ];
}
