import { element } from './element.js';

const CELL = 'run this cell again';
const RESTARTED = `The kernel was restarted: ${CELL}.`;
const GONE = {
  restarting: RESTARTED,
  autorestarting: RESTARTED,
  dead: `The kernel has died: restart it and ${CELL}.`,
  disposed: `This was made by a kernel that has ended: ${CELL}.`
};
const CUT = 'The kernel cannot be reached at the moment; what it computes goes on.';

/**
 * Tell when the kernel behind a widget is gone for good, and when it cannot be reached for a while.
 *
 * `tell(sentence, isForGood)` is called on every change, with '' when it is back. Gives a function
 * that ends the watch.
 */
export function watchKernel(manager, tell) {
  const kernel = manager?.kernel;
  if (!kernel?.statusChanged) return () => {};
  let isGone = false;
  const lose = reason => {
    if (!isGone) tell(GONE[reason], true);
    isGone = true;
  };
  const see = (_, status) => {
    if (status in GONE) lose(status);
  };
  const connect = (_, status) => {
    if (!isGone) tell(status === 'connected' ? '' : CUT, false);
  };
  const end = () => lose('disposed');
  kernel.statusChanged.connect(see);
  kernel.connectionStatusChanged.connect(connect);
  kernel.disposed.connect(end);
  return () => {
    kernel.statusChanged.disconnect(see);
    kernel.connectionStatusChanged.disconnect(connect);
    kernel.disposed.disconnect(end);
  };
}

/** A list of a panel keeps its keys: JupyterLab would go to another cell with them, or insert one. */
function keepKeys(event) {
  if (event.ctrlKey || event.metaKey || ['Enter', 'Escape', 'Tab'].includes(event.key)) return;
  if (event.target.matches?.('.daisy-panel select')) event.stopPropagation();
}

/** A line that appears in a panel whose kernel is gone; what is beside it cannot be used then. */
function render({ model, el }) {
  const line = element('p', { className: 'daisy-life-line', role: 'alert', hidden: true });
  el.append(line);
  const listen = event => keepKeys(event);
  window.addEventListener('keydown', listen, { capture: true }); // before JupyterLab sees it
  const leave = watchKernel(model.widget_manager, (sentence, isForGood) => {
    const panel = el.closest('.daisy-panel');
    if (panel?.parentElement.closest('.daisy-panel')) return; // the outer one says it
    line.textContent = sentence;
    line.hidden = !sentence;
    for (const part of panel?.children ?? []) {
      if (part.contains(line)) continue;
      part.classList.toggle('daisy-lost', Boolean(sentence));
      part.inert = isForGood;
    }
  });
  return () => {
    window.removeEventListener('keydown', listen, { capture: true });
    leave();
  };
}

export default { render };
