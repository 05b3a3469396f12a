/* Buttons for what the left button draws. */

import { element } from './element.js';
import { iconButton } from './icon_button.js';
import { oneTabStop } from './toolbar.js';

const PENS = {
  profile: ['M2 13V3M2 13H14M3 10L6 6L9 9L13 4', 'Profile: the values along a line'],
  distance: ['M3 13L13 3M1 11L5 15M11 1L15 5', 'Distance: how long a line is'],
  region: ['M2 4H14V12H2ZM6 8H10M8 6V10', 'Region: mean, extremes and median within a rectangle'],
  point: ['M8 2V6M8 10V14M2 8H6M10 8H14', 'Draw a point'],
  rectangle: ['M2 4H14V12H2Z', 'Draw a rectangle'],
  polygon: ['M8 2L14 7L11 14H4L2 6Z', 'Draw a polygon'],
  circle: ['M2 8A6 6 0 1 1 14 8A6 6 0 1 1 2 8Z', 'Draw a circle']
};

export class ToolButtons {
  /** The `tools` of the model have a button; the one of its `tool` is pressed. */
  constructor(model) {
    this.model = model;
    this.element = element('div', { className: 'daisy-slice-pens' });
    this.element.setAttribute('aria-label', 'Measure and draw');
    this.arrange = oneTabStop(this.element);
    this.list();
  }

  /** Other tools have a button now. */
  list() {
    const buttons = this.model.get('tools').map(tool => {
      const [path, title] = PENS[tool];
      const button = iconButton('pen', path, title, () => this.choose(tool));
      button.dataset.tool = tool;
      return button;
    });
    this.element.replaceChildren(...buttons);
    this.arrange();
    this.follow();
  }

  /** Another tool was chosen. */
  follow() {
    const tool = this.model.get('tool');
    for (const button of this.element.children)
      button.setAttribute('aria-pressed', button.dataset.tool === tool);
  }

  choose(tool) {
    this.model.set('tool', this.model.get('tool') === tool ? 'look' : tool);
    this.model.save_changes();
  }
}
