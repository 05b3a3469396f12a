import { IStateDB } from '@jupyterlab/statedb';
import { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import { DaisyPanel, PanelState } from './panel';

const KEY = 'daisy-labextension:panel';

/** Save what is folded, chosen and typed in the panel, and bring it back after a reload. */
export function keepState(panel: DaisyPanel, states: IStateDB, restored: Promise<unknown>): void {
  void Promise.all([states.fetch(KEY), restored]).then(([saved]) => {
    if (typeof saved === 'object' && saved !== null && !Array.isArray(saved)) {
      panel.restore(saved as unknown as Partial<PanelState>);
    }
    panel.stateChanged.connect(() => {
      void states.save(KEY, panel.state as unknown as ReadonlyPartialJSONValue);
    });
  });
}
