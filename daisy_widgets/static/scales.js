/* Scales: a name, the place in the colours of a place in the window, and the way back; both places
   run from 0 to 1. */

// log(1 + 1000 u) / log(1 + 1000) needs no positive values, as a pure logarithm would; three decades
// of the window are told apart.
const STRETCH = 1000;

export const SCALES = {
  linear: { stretch: 0, colourOf: u => u, windowOf: t => t },
  log: {
    stretch: STRETCH,
    colourOf: u => Math.log1p(STRETCH * u) / Math.log1p(STRETCH),
    windowOf: t => Math.expm1(t * Math.log1p(STRETCH)) / STRETCH
  }
};

/** The scale of that name; a linear one for a name from a newer kernel. */
export function scaleOf(name) {
  return SCALES[name] ?? SCALES.linear;
}
