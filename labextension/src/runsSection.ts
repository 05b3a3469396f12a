import { CurrentKernel } from './currentKernel';
import { element } from './element';
import { PolledModel } from './polledModel';
import { KernelEvent } from './protocol';
import { RunActions, RunCard } from './runCard';
import { askForRuns, isActive, Runs } from './runs';
import { Section } from './section';

/** The runs that are recorded, newest first. */
export class RunsSection extends Section {
  readonly model = new PolledModel<Runs>();
  /** Ids of the runs whose log is shown. */
  readonly opened = new Set<string>();

  constructor(
    private readonly _kernel: CurrentKernel,
    private readonly _openFile: (path: string) => void
  ) {
    super('runs', 'Runs');
    this.body.dataset.testid = 'daisy-runs';
    _kernel.event.connect(this._hear, this);
    this.model.changed.connect(this._update, this);
    this._update();
  }

  /** Ask the kernel that is current now. */
  follow(): void {
    const kernel = this._kernel.connection;
    for (const card of this._cards.values()) {
      card.isOpen = false;
    }
    this._cards.clear();
    this._list.replaceChildren();
    this.model.setSource(kernel && (() => askForRuns(kernel)));
  }

  private _hear(_: CurrentKernel, event: KernelEvent): void {
    if (event.kind === 'state') {
      this.model.refresh();
    }
  }

  private _update(): void {
    const { state } = this.model;
    this.body.dataset.state = state.kind;
    this.total = state.kind === 'known' ? total(state.value) : '';
    switch (state.kind) {
      case 'no-kernel':
      case 'waiting':
        this.body.replaceChildren();
        return;
      case 'refused':
        this.body.replaceChildren(element('p', 'daisy-Panel-error', state.message));
        return;
      case 'known':
        this._show(state.value);
        if (state.value.runs.length === 0) {
          this.body.replaceChildren(element('p', 'daisy-Panel-note', 'Nothing was run yet.'));
        } else if (this.body.firstChild !== this._list) {
          this.body.replaceChildren(this._list);
        }
    }
  }

  private _show({ runs, progress }: Runs): void {
    const kernel = this._kernel.connection;
    if (!kernel) {
      return;
    }
    const known = new Set(runs.map(({ id }) => id));
    for (const [id, card] of this._cards) {
      if (!known.has(id)) {
        card.node.remove();
        this._cards.delete(id);
      }
    }
    runs.forEach((run, place) => {
      let card = this._cards.get(run.id);
      if (!card) {
        card = new RunCard(kernel, run.id, this._actions(run.id));
        this._cards.set(run.id, card);
        card.update(run, progress[run.id]);
        card.isOpen = this.opened.has(run.id);
      } else {
        card.update(run, progress[run.id]);
      }
      if (this._list.children[place] !== card.node) {
        this._list.insertBefore(card.node, this._list.children[place] ?? null);
      }
    });
  }

  private _actions(id: string): RunActions {
    return {
      openFile: this._openFile,
      changed: () => {
        this.model.refresh();
      },
      toggled: () => {
        if (this._cards.get(id)?.isOpen) {
          this.opened.add(id);
        } else {
          this.opened.delete(id);
        }
        this.toggled.emit();
      }
    };
  }

  private readonly _list = element('ul', 'daisy-Runs');
  private readonly _cards = new Map<string, RunCard>();
}

function total({ runs }: Runs): string {
  const active = runs.filter(isActive).length;
  return active === 0 ? String(runs.length) : `${String(active)} of ${String(runs.length)} active`;
}
