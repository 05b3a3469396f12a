import { Kernel } from '@jupyterlab/services';
import { request } from './kernel';
import { RunProgress, RunSummary } from './protocol';

const MOST_RUNS = 30;

/** The latest runs, and how far those are that have not ended. */
export interface Runs {
  readonly runs: readonly RunSummary[];
  readonly progress: Readonly<Record<string, RunProgress>>;
}

/** Whether a run has not ended. */
export function isActive({ state }: Pick<RunSummary, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}

/** Whether there is something to go on with. */
export function isResumable({ state }: Pick<RunSummary, 'state'>): boolean {
  return state === 'failed' || state === 'cancelled' || state === 'interrupted';
}

/** Ask a kernel for its runs. */
export async function askForRuns(kernel: Kernel.IKernelConnection): Promise<Runs> {
  const { runs } = await request(kernel, 'runs.list', { limit: MOST_RUNS });
  const active = runs.filter(({ state }) => state === 'running');
  const described = await Promise.all(
    active.map(({ id }) => request(kernel, 'run.describe', { run: id }))
  );
  return { runs, progress: Object.fromEntries(described.map(run => [run.id, run.progress])) };
}

/** The run that is at work, if any, and how far it is. */
export function runningRun({ runs, progress }: Runs): [RunSummary, number] | null {
  const run = runs.find(({ state }) => state === 'running');
  return run ? [run, progress[run.id]?.fraction ?? 0] : null;
}
