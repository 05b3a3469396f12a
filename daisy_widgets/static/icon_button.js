import { sliceButton } from './element.js';
import { svgElement } from './svg_element.js';

/** A small button with a picture, a path in a square of 16 x 16. */
export function iconButton(name, path, title, onclick) {
  const button = sliceButton(name, '', title, onclick);
  button.classList.add('daisy-slice-icon');
  button.setAttribute('aria-label', title);
  drawIcon(button, path);
  return button;
}

/** Give a button another picture. */
export function drawIcon(button, path) {
  const icon = svgElement('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' });
  icon.append(svgElement('path', { d: path }));
  button.replaceChildren(icon);
}
