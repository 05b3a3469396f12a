import { Kernel } from '@jupyterlab/services';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { CurrentKernel } from './currentKernel';
import { button, element } from './element';
import { FieldValue } from './formFields';
import { Header } from './header';
import { flowerIcon } from './icons';
import { ObjectsSection } from './objectsSection';
import { RunsSection } from './runsSection';
import { WorkflowsSection } from './workflowsSection';

/** What the panel asks of the application. */
export interface PanelActions {
  openNotebook(): void;
  /** Show a data object of the current kernel. */
  openObject(name: string): void;
  /** Make a file of the current kernel's machine a data object, and show it. */
  openFile(path: string): void;
}

/** What is the same again after a reload. */
export interface PanelState {
  readonly chosen: string | null;
  readonly folded: readonly string[];
  readonly openedRuns: readonly string[];
  readonly workflow: string | null;
  readonly filled: Readonly<Record<string, Record<string, FieldValue>>>;
}

/** Side panel: the current Daisy kernel, its data objects, its runs and what can be run. */
export class DaisyPanel extends Widget {
  constructor(
    private readonly _kernel: CurrentKernel,
    private readonly _actions: PanelActions
  ) {
    super();
    this.addClass('daisy-Panel');
    this.title.icon = flowerIcon;
    this.title.caption = 'Daisy: data objects, runs, workflows';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Daisy');
    this.node.tabIndex = -1;

    this._header = new Header(_kernel);
    this._objects = new ObjectsSection(_kernel, ({ name }) => {
      _actions.openObject(name);
    });
    this._runs = new RunsSection(_kernel, path => {
      _actions.openFile(path);
    });
    this._workflows = new WorkflowsSection(_kernel, run => {
      this._runs.isOpen = true;
      this._runs.opened.add(run);
      this._runs.model.refresh();
      this._stateChanged.emit();
    });
    for (const section of this._sections) {
      section.toggled.connect(() => {
        this._stateChanged.emit();
      });
    }
    this.node.append(this._header.node, this._body);

    _kernel.changed.connect(this._follow, this);
    this._objects.model.changed.connect(this._drawHeader, this);
    this._follow();
  }

  /** Emitted when something has changed that a reload must not lose. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get state(): PanelState {
    return {
      chosen: this._kernel.places.chosen,
      folded: this._sections.filter(({ isOpen }) => !isOpen).map(({ key }) => key),
      openedRuns: [...this._runs.opened],
      workflow: this._workflows.opened,
      filled: this._workflows.filled
    };
  }

  /** Be again as before a reload. */
  restore(state: Partial<PanelState>): void {
    for (const section of this._sections) {
      section.isOpen = !(state.folded ?? []).includes(section.key);
    }
    for (const run of state.openedRuns ?? []) {
      this._runs.opened.add(run);
    }
    this._workflows.opened = state.workflow ?? null;
    Object.assign(this._workflows.filled, state.filled);
    this._kernel.places.choose(state.chosen ?? null);
    this._followed = undefined;
    this._follow();
  }

  /** Unfold a section and go there. */
  reveal(key: string): void {
    const section = this._sections.find(found => found.key === key);
    if (section) {
      section.isOpen = true;
      section.node.scrollIntoView({ block: 'start' });
      section.node.querySelector('button')?.focus();
    }
  }

  override dispose(): void {
    this._objects.model.dispose();
    this._runs.model.dispose();
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._look(this.isVisible);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._look(true);
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this._look(false);
  }

  protected override onBeforeDetach(message: Message): void {
    super.onBeforeDetach(message);
    this._look(false);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    (this.node.querySelector<HTMLElement>('[role=listbox]') ?? this.node).focus();
  }

  private get _sections(): readonly [ObjectsSection, RunsSection, WorkflowsSection] {
    return [this._objects, this._runs, this._workflows];
  }

  private _look(isVisible: boolean): void {
    this._objects.model.setVisible(isVisible);
    this._runs.model.setVisible(isVisible);
  }

  private _follow(): void {
    const connection = this._kernel.connection;
    if (connection !== this._followed) {
      this._followed = connection;
      for (const section of this._sections) {
        section.follow();
      }
      if (connection) {
        this._body.replaceChildren(...this._sections.map(({ node }) => node));
      } else {
        this._body.replaceChildren(
          element('p', 'daisy-Panel-note', 'No Daisy kernel in the current notebook.'),
          button('Open a Daisy notebook', this._actions.openNotebook, 'jp-mod-accept')
        );
      }
    }
    this._drawHeader();
  }

  private _drawHeader(): void {
    this._header.draw(this._objects.model.isLate);
  }

  private readonly _stateChanged = new Signal<this, void>(this);
  private readonly _header: Header;
  private readonly _body = element('div', 'daisy-Panel-body');
  private readonly _objects: ObjectsSection;
  private readonly _runs: RunsSection;
  private readonly _workflows: WorkflowsSection;
  private _followed: Kernel.IKernelConnection | null | undefined = undefined;
}
