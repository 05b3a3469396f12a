/* Looking closer: the wheel about the cursor, the middle button or Ctrl and drag to move, + - 0 on the
   keyboard, and a double click for all of it. */

import { dragOn } from './drag.js';

const STEP = 1.25; // of a key
const WHEEL = 400; // so far [CSS pixels] the wheel turns for a factor of e
const LINE = 24; // a wheel that counts lines [CSS pixels]

/** Let `root` be zoomed by keys, and `stage` by the mouse; `changed` is called after each step. */
export function zoomOn(stage, root, changed) {
  const surface = stage.element;
  const magnify = (factor, pointer) => {
    stage.magnify(factor, pointer);
    changed();
  };
  const reset = () => {
    stage.reset();
    changed();
  };
  const wheel = event => {
    // Where nothing can be seen any farther away, the page scrolls on.
    if (event.deltaY >= 0 && stage.zoom === 1) return;
    event.preventDefault();
    magnify(Math.exp((-event.deltaY * (event.deltaMode ? LINE : 1)) / WHEEL), event);
  };
  surface.addEventListener('wheel', wheel, { passive: false });
  surface.addEventListener('dblclick', reset);
  const isOurs = ({ button, ctrlKey, altKey, shiftKey }) =>
    button === 1 || (button === 0 && (ctrlKey || altKey) && !shiftKey);
  dragOn(surface, isOurs, event => {
    let last = event;
    return moved => {
      stage.pan(moved.clientY - last.clientY, moved.clientX - last.clientX);
      last = moved;
      changed();
    };
  });
  const keys = {
    '+': () => magnify(STEP),
    '=': () => magnify(STEP), // the same key without shift
    '-': () => magnify(1 / STEP),
    0: reset
  };
  root.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    if (event.target.matches('select, input[type=number]')) return; // numbers are typed there
    event.preventDefault();
    keys[event.key]();
  });
  return reset;
}
