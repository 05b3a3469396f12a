const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const LEAP = 10; // pixels that an arrow goes with Shift

/** How far a key moves something, down and to the right [pixels]; undefined: it is no arrow. */
export function arrowStep({ key, shiftKey }) {
  return ARROWS[key]?.map(at => at * (shiftKey ? LEAP : 1));
}
