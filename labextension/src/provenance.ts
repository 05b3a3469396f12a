import { element } from './element';
import { stepsOf } from './documents';
import { formatBytes } from './format';
import { RunInfo } from './protocol';

/** How a result came about: what went in, what was found, how it was run. */
export function drawProvenance(run: RunInfo): HTMLElement {
  const list = element('dl', 'daisy-Facts');
  const add = (name: string, value: string): void => {
    list.append(element('dt', '', name), element('dd', '', value));
  };
  for (const [name, value] of Object.entries(run.inputs)) {
    if (value !== null) {
      add(name, shown(value));
    }
  }
  for (const [name, value] of Object.entries(run.values)) {
    add(`found: ${name}`, shown(value));
  }
  const steps = stepsOf(run.document);
  if (steps.length > 0) {
    add('steps', steps.join(' → '));
  }
  const { memory_bytes: memory, threads } = run.options;
  add('memory', memory === null ? '60 % of the machine' : formatBytes(memory));
  add('threads', threads === null ? 'one per core' : String(threads));
  add('run', run.id);
  return list;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
