import { CurrentKernel } from './currentKernel';
import { element, sentence } from './element';
import { FieldValue } from './formFields';
import { request } from './kernel';
import { Json } from './protocol';
import { Section } from './section';
import { WorkflowForm } from './workflowForm';

/** The workflows of the library; one that is unfolded has a form. */
export class WorkflowsSection extends Section {
  /** Name of the workflow whose form is shown. */
  opened: string | null = null;
  /** Workflow -> what somebody has typed. */
  readonly filled: Record<string, Record<string, FieldValue>> = {};

  constructor(
    private readonly _kernel: CurrentKernel,
    private readonly _started: (run: string) => void
  ) {
    super('workflows', 'Workflow library');
    this.body.dataset.testid = 'daisy-workflows';
  }

  /** Show what the kernel has that is current now. */
  follow(): void {
    const kernel = this._kernel.connection;
    this.body.replaceChildren();
    this.total = '';
    if (kernel) {
      request(kernel, 'workflows.list', {}).then(
        ({ workflows }) => {
          if (kernel === this._kernel.connection) {
            this._show(workflows);
          }
        },
        (error: unknown) => {
          if (kernel === this._kernel.connection) {
            this.body.replaceChildren(element('p', 'daisy-Panel-error', sentence(error)));
          }
        }
      );
    }
  }

  private _show(workflows: Readonly<Record<string, Json>>): void {
    const entries = Object.entries(workflows);
    this.total = String(entries.length);
    const list = element('ul', 'daisy-Workflows');
    for (const [name, document] of entries) {
      list.append(this._drawEntry(name, typeof document.help === 'string' ? document.help : ''));
    }
    this.body.replaceChildren(list);
  }

  private _drawEntry(name: string, help: string): HTMLElement {
    const item = element('li', 'daisy-Workflow');
    item.dataset.workflow = name;
    const title = element('button', 'daisy-Workflow-title');
    title.type = 'button';
    title.title = help;
    title.append(
      element('span', 'daisy-Workflow-name', name),
      element('span', 'daisy-Workflow-help', help)
    );
    const place = element('div', 'daisy-Workflow-form');
    const unfold = (isOpen: boolean): void => {
      title.setAttribute('aria-expanded', String(isOpen));
      place.replaceChildren();
      if (isOpen) {
        this._fill(place, name);
      }
    };
    title.addEventListener('click', () => {
      const isOpen = title.getAttribute('aria-expanded') !== 'true';
      this.opened = isOpen ? name : null;
      unfold(isOpen);
      this.toggled.emit();
    });
    item.append(title, place);
    unfold(this.opened === name);
    return item;
  }

  private _fill(place: HTMLElement, name: string): void {
    const kernel = this._kernel.connection;
    if (!kernel) {
      return;
    }
    request(kernel, 'workflows.describe', { name }).then(
      ({ schema }) => {
        const form = new WorkflowForm({
          workflow: name,
          schema,
          kernel: () => this._kernel.connection,
          filled: this.filled[name] ?? {},
          changed: filled => {
            this.filled[name] = filled;
            this.toggled.emit();
          },
          started: this._started
        });
        place.replaceChildren(form.node);
      },
      (error: unknown) => {
        place.replaceChildren(element('p', 'daisy-Panel-error', sentence(error)));
      }
    );
  }
}
