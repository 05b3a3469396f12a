import { ABCWidgetFactory, DocumentRegistry, DocumentWidget } from '@jupyterlab/docregistry';
import { Widget } from '@lumino/widgets';
import { readDocument, schemaOf, stepsOf } from './documents';
import { CurrentKernel } from './currentKernel';
import { element, sentence } from './element';
import { flowerIcon } from './icons';
import { Json } from './protocol';
import { WorkflowForm } from './workflowForm';

export const WORKFLOW_TYPE: Partial<DocumentRegistry.IFileType> = {
  name: 'daisy-workflow',
  displayName: 'Daisy workflow',
  extensions: ['.daisy.json'],
  mimeTypes: ['application/json'],
  fileFormat: 'text',
  icon: flowerIcon
};

export const WORKFLOW_FACTORY = 'Daisy workflow';

/** A workflow document as what it does and what it needs, to be checked or run. */
export class WorkflowView extends Widget {
  constructor(
    private readonly _context: DocumentRegistry.Context,
    private readonly _kernel: CurrentKernel,
    private readonly _started: (run: string) => void
  ) {
    super();
    this.addClass('daisy-WorkflowDocument');
    this.node.tabIndex = 0;
    void _context.ready.then(() => {
      _context.model.contentChanged.connect(this._draw, this);
      this._draw();
    });
  }

  private _draw(): void {
    let workflow: Json;
    try {
      workflow = readDocument(this._context.model.toString());
    } catch (error) {
      this.node.replaceChildren(element('p', 'daisy-Panel-error', sentence(error)));
      return;
    }
    const steps = element('ol', 'daisy-WorkflowDocument-steps');
    steps.append(...stepsOf(workflow).map(step => element('li', '', step)));
    const form = new WorkflowForm({
      workflow,
      schema: schemaOf(workflow),
      kernel: () => this._kernel.connection,
      filled: {},
      changed: () => undefined,
      started: this._started
    });
    const help = typeof workflow.help === 'string' ? workflow.help : '';
    this.node.replaceChildren(
      element('h1', '', String(workflow.name)),
      element('p', 'daisy-Panel-note', help),
      element('h2', '', 'Steps'),
      steps,
      element('h2', '', 'Inputs'),
      form.node
    );
  }
}

/** Opens `*.daisy.json` as its workflow. */
export class WorkflowFactory extends ABCWidgetFactory<DocumentWidget<WorkflowView>> {
  constructor(
    private readonly _kernel: CurrentKernel,
    private readonly _started: (run: string) => void
  ) {
    super({
      name: WORKFLOW_FACTORY,
      label: WORKFLOW_FACTORY,
      fileTypes: ['daisy-workflow'],
      defaultFor: ['daisy-workflow'],
      modelName: 'text',
      readOnly: true
    });
  }

  protected createNewWidget(context: DocumentRegistry.Context): DocumentWidget<WorkflowView> {
    const content = new WorkflowView(context, this._kernel, this._started);
    const widget = new DocumentWidget({ content, context });
    widget.title.icon = flowerIcon;
    widget.toolbar.hide();
    return widget;
  }
}
