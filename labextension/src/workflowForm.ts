import { Kernel } from '@jupyterlab/services';
import { button, element, sentence } from './element';
import { formatBytes } from './format';
import { Field, FieldValue, formFields, inputsOf, missing } from './formFields';
import { request } from './kernel';
import { Json, PrepareRun, WorkflowPlan } from './protocol';

/** What a form starts with, and what it tells. */
export interface FormOptions {
  /** A name in the library, or a document. */
  readonly workflow: string | Json;
  readonly schema: Json;
  /** The kernel that is to do it; null: there is none. */
  readonly kernel: () => Kernel.IKernelConnection | null;
  readonly filled: Readonly<Record<string, FieldValue>>;
  /** Somebody has changed a field. */
  readonly changed: (filled: Record<string, FieldValue>) => void;
  /** A run was started. */
  readonly started: (run: string) => void;
}

/** How to run, as opposed to what; the names cannot be inputs of a workflow. */
const OVERWRITE = 'overwrite existing outputs';
const THREADS: Field = option('threads at once', 'blocks computed at once; one per core if empty');
const MEMORY: Field = option('memory for arrays', 'such as 4GB; 60 % of the machine if empty');
let count = 0;

/** Inputs of a workflow, to be checked or run. */
export class WorkflowForm {
  readonly node = element('form', 'daisy-Form');

  constructor(private readonly _options: FormOptions) {
    this._fields = formFields(_options.schema);
    this._filled = { ..._options.filled };
    const first = this._fields.filter(({ isRequired }) => isRequired);
    const further = this._fields.filter(({ isRequired }) => !isRequired);
    this.node.append(...first.map(field => this._draw(field)));
    const more = element('details', 'daisy-Form-more');
    more.append(element('summary', '', 'More parameters'));
    more.append(...[...further, THREADS, MEMORY].map(field => this._draw(field)));
    more.open = further.some(({ name }) => name in this._filled);
    this.node.append(more, this._drawTick(OVERWRITE, ''));
    const buttons = element('div', 'daisy-Form-buttons');
    const check = button('Check', () => {
      this._do(() => this._check());
    });
    this._run.type = 'submit';
    this._run.textContent = 'Run';
    buttons.append(check, this._run);
    this.node.noValidate = true;
    this.node.addEventListener('submit', event => {
      event.preventDefault();
      this._do(() => this._start());
    });
    this._said.setAttribute('role', 'status');
    this.node.append(buttons, this._said);
  }

  private _do(what: () => Promise<HTMLElement>): void {
    const absent = missing(this._fields, this._filled);
    if (absent.length > 0) {
      this._said.replaceChildren(problem(`Still needed: ${absent.join(', ')}.`));
      return;
    }
    this.node.setAttribute('aria-busy', 'true');
    void what()
      .catch((error: unknown) => problem(sentence(error)))
      .then(said => {
        this._said.replaceChildren(said);
      })
      .finally(() => {
        this.node.removeAttribute('aria-busy');
      });
  }

  private async _check(): Promise<HTMLElement> {
    return drawPlan(await request(this._kernel(), 'workflow.check', this._asked()));
  }

  private async _start(): Promise<HTMLElement> {
    const { id } = await request(this._kernel(), 'run.start', this._asked());
    this._options.started(id);
    return element('p', 'daisy-Panel-note', `Started as ${id}.`);
  }

  private _kernel(): Kernel.IKernelConnection {
    const kernel = this._options.kernel();
    if (!kernel) {
      throw new Error('There is no Daisy kernel: open a Daisy notebook, or choose a kernel.');
    }
    return kernel;
  }

  private _asked(): PrepareRun {
    return {
      workflow: this._options.workflow,
      inputs: inputsOf(this._fields, this._filled),
      options: {
        overwrite: this._filled[OVERWRITE] === true,
        threads: text(this._filled[THREADS.name]),
        memory: text(this._filled[MEMORY.name])
      }
    };
  }

  private _draw(field: Field): HTMLElement {
    if (field.kind === 'tick') {
      return this._drawTick(field.name, field.help, field.usual);
    }
    const input = field.kind === 'choice' ? this._drawChoice(field) : this._drawInput(field);
    return labelled(field.name, input, field.unit, field.help);
  }

  private _drawInput(field: Field): HTMLInputElement {
    const input = element('input', 'jp-mod-styled');
    input.spellcheck = false;
    input.inputMode = field.kind === 'number' ? 'decimal' : 'text';
    input.value = String(this._filled[field.name] ?? field.usual);
    input.required = field.isRequired;
    input.addEventListener('input', () => {
      this._note(field.name, input.value);
    });
    return input;
  }

  private _drawChoice(field: Field): HTMLSelectElement {
    const select = element('select', 'jp-mod-styled');
    for (const choice of field.usual === '' ? ['', ...field.choices] : field.choices) {
      select.append(new Option(choice, choice));
    }
    select.value = String(this._filled[field.name] ?? field.usual);
    select.addEventListener('change', () => {
      this._note(field.name, select.value);
    });
    return select;
  }

  private _drawTick(name: string, help: string, usual: FieldValue = false): HTMLElement {
    const label = element('label', 'daisy-Form-tick');
    const input = element('input', '');
    input.type = 'checkbox';
    input.checked = (this._filled[name] ?? usual) === true;
    input.addEventListener('change', () => {
      this._note(name, input.checked);
    });
    label.title = help;
    label.append(input, element('span', '', spaced(name)));
    return label;
  }

  private _note(name: string, value: FieldValue): void {
    this._filled[name] = value;
    this._options.changed({ ...this._filled });
  }

  private readonly _fields: readonly Field[];
  private readonly _filled: Record<string, FieldValue>;
  private readonly _run = element('button', 'jp-mod-styled jp-mod-accept daisy-Button');
  private readonly _said = element('div', 'daisy-Form-said');
}

function labelled(name: string, input: HTMLElement, unit: string, help: string): HTMLElement {
  const row = element('div', 'daisy-Form-field');
  const label = element('label', '', unit === '' ? spaced(name) : `${spaced(name)} [${unit}]`);
  input.id = label.htmlFor = `daisy-field-${String((count += 1))}`;
  input.setAttribute('name', name);
  row.append(label, input);
  if (help !== '') {
    row.title = help;
    const words = element('small', 'daisy-Form-help', help);
    words.id = `${input.id}-help`;
    input.setAttribute('aria-describedby', words.id);
    row.append(words);
  }
  return row;
}

function drawPlan(plan: WorkflowPlan): HTMLElement {
  const drawn = element('div', 'daisy-Plan');
  const list = element('ol', '');
  list.append(...plan.items.map(({ text }) => element('li', '', text)));
  const needs = `Memory ${formatBytes(plan.memory)} of ${formatBytes(plan.budget)}`;
  const disk = plan.disk > 0 ? `, disk ${formatBytes(plan.disk)}` : '';
  drawn.append(list, element('p', 'daisy-Panel-note', `${needs}${disk}.`));
  for (const { path, dataset, shape, dtype } of plan.outputs) {
    const size = shape.length > 0 ? `${shape.join(' × ')} ` : '';
    drawn.append(element('p', 'daisy-Panel-note', `Writes ${path} ${dataset}: ${size}${dtype}.`));
  }
  return drawn;
}

function problem(text: string): HTMLElement {
  const said = element('p', 'daisy-Panel-error', text);
  said.setAttribute('role', 'alert');
  return said;
}

function spaced(name: string): string {
  return name.replaceAll('_', ' ');
}

function option(name: string, help: string): Field {
  return {
    name,
    kind: 'text',
    unit: '',
    help,
    isRequired: false,
    usual: '',
    choices: [],
    values: []
  };
}

/** What was typed; null: nothing. */
function text(value: FieldValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
