/* What a slice viewer is made of: elements, and how they are nested. */

import { element, sliceButton } from './element.js';

/** The parts by name; `root` holds all of them. */
export function sliceParts({ stage, control, pens, measures, play, following }) {
  const span = name => element('span', { className: `daisy-slice-${name}` });
  const row = (name, ...parts) => element('div', { className: `daisy-slice-${name}` }, ...parts);
  const parts = {
    title: span('title'),
    facts: span('facts'),
    whole: sliceButton(
      'whole',
      'Fit',
      'See all of it (0, or a double click). The wheel or + and - look closer; the middle button, ' +
        'or Ctrl and drag, move what is seen.'
    ),
    picture: sliceButton('picture', 'PNG', 'Save what is seen as a PNG file'),
    last: span('last'),
    cursor: span('cursor'),
    error: span('error'),
    detail: span('detail'),
    axis: element('select', { className: 'daisy-slice-axis', title: 'Axis to cut across' }),
    slider: element('input', {
      type: 'range',
      min: 0,
      className: 'daisy-slice-slider',
      'aria-label': 'Plane'
    }),
    number: element('input', {
      type: 'number',
      min: 0,
      className: 'daisy-slice-number',
      title: 'Number of the plane, from 0'
    })
  };
  parts.error.role = 'alert';
  parts.root = row(
    'viewer',
    row('header', parts.title, parts.facts, row('tools', pens.element, parts.whole, parts.picture)),
    stage.element,
    measures.element,
    row(
      'controls',
      parts.axis,
      parts.slider,
      row('count', play.button, following.button, parts.number, parts.last),
      control.colormap,
      control.range,
      control.buttons
    ),
    row('status', parts.cursor, parts.error, parts.detail)
  );
  return parts;
}
