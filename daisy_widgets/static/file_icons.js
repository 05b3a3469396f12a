import { svgElement } from './svg_element.js';

// Outlines on a grid of 16 × 16.
const PATHS = {
  folder: 'M1.5 4a1 1 0 0 1 1-1h3.6l1.6 1.8h5.8a1 1 0 0 1 1 1v6.7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1z',
  hdf5: 'M8 1.8 13.6 5v6L8 14.2 2.4 11V5zM2.4 5 8 8.2 13.6 5M8 8.2v6',
  image: 'M2 3h12v10H2zM2 11l3.5-3.5 3 3 2-2 3.5 3.5M10.4 6.2h.2',
  stack: 'M4.5 2.5h9v8M2.5 5h8.5v8.5H2.5z',
  other: 'M3.5 1.5h6L12.5 4.5v10h-9zM9.5 1.5v3h3',
  special: 'M8 2a6 6 0 1 0 .01 0M4 12 12 4',
  group: 'M1.5 4a1 1 0 0 1 1-1h3.6l1.6 1.8h5.8a1 1 0 0 1 1 1v6.7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1z',
  dataset: 'M2.5 2.5h11v11h-11zM2.5 6.2h11M2.5 9.8h11M6.2 2.5v11M9.8 2.5v11',
  broken: 'M8 2.5 14 13.5H2zM8 6.5v3.5M8 11.8v.2'
};

/** An outline in the colour of the text, for a kind of file or of node. */
export function fileIcon(kind) {
  const path = svgElement('path', { d: PATHS[kind] ?? PATHS.other });
  const className = `daisy-opener-icon daisy-opener-${kind}`;
  return svgElement('svg', { viewBox: '0 0 16 16', 'aria-hidden': true, class: className }, path);
}
