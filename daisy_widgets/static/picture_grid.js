/* A strip or grid of small pictures, one of which is chosen. They come as binary messages; the window
   of values and the colours are applied here, so all change at once. */

import { coloursOf } from './colormaps.js';
import { element } from './element.js';
import { keepKeysOf } from './keys.js';
import { levelsOf } from './plane_painters.js';

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

class PictureGridView {
  constructor(model, el) {
    this.model = model;
    this.pictures = new Map();
    this.root = element('div', { className: 'daisy-pictures', role: 'group' });
    el.append(this.root);
    this.release = keepKeysOf(this.root);
    const drawAll = () => this.tiles.forEach((_, tile) => this.draw(tile));
    this.listeners = {
      'msg:custom': (message, buffers) => this.receive(message, buffers),
      'change:arrangement': () => this.build(),
      'change:notes': () => this.mark(),
      'change:marks': () => this.mark(),
      'change:selected': () => this.mark(),
      'change:window': drawAll,
      'change:colormap': drawAll
    };
    for (const [event, listener] of Object.entries(this.listeners)) model.on(event, listener);
    this.root.addEventListener('keydown', event => this.press(event));
    this.build();
  }

  dispose() {
    for (const [event, listener] of Object.entries(this.listeners)) this.model.off(event, listener);
    this.release();
    this.root.remove();
  }

  /** Make the tiles; those of a sheet stand in rows with a heading, those of a strip flow. */
  build() {
    const { label, captions, across, down, bands, size } = this.model.get('arrangement');
    const hadFocus = this.root.contains(document.activeElement);
    this.pictures.clear();
    this.root.setAttribute('aria-label', label);
    this.root.style.setProperty('--daisy-picture', `${size}px`);
    this.tiles = captions.map((caption, tile) => this.tile(caption, tile, down.length > 0));
    this.root.classList.toggle('daisy-pictures-strip', down.length === 0);
    if (down.length === 0) this.root.replaceChildren(...this.tiles);
    else this.root.replaceChildren(...this.sheet(across, down, bands.length ? bands : ['']));
    this.mark();
    if (hadFocus) this.focus();
    this.model.send({ type: 'pictures' });
  }

  tile(caption, tile, hasHeadings) {
    const made = element(
      'button',
      { type: 'button', className: 'daisy-picture', title: caption, 'aria-label': caption },
      element('canvas', { width: 1, height: 1 }),
      element('span', { className: 'daisy-picture-caption' }, hasHeadings ? '' : caption),
      element('span', { className: 'daisy-picture-note' })
    );
    made.onclick = () => this.select(tile);
    made.ondblclick = () => this.choose(tile);
    return made;
  }

  sheet(across, down, bands) {
    const heading = (className, text) => element('div', { className, title: text }, text);
    return bands.map((band, b) => {
      const grid = element('div', { className: 'daisy-pictures-band' });
      grid.style.gridTemplateColumns = `max-content repeat(${across.length}, max-content)`;
      grid.append(heading('daisy-pictures-corner', band));
      grid.append(...across.map(text => heading('daisy-pictures-across', text)));
      down.forEach((text, r) => {
        const first = (b * down.length + r) * across.length;
        grid.append(heading('daisy-pictures-down', text));
        grid.append(...this.tiles.slice(first, first + across.length));
      });
      return grid;
    });
  }

  /** Say which tile is chosen and what stands below each. */
  mark() {
    const [selected, notes, marks] = ['selected', 'notes', 'marks'].map(n => this.model.get(n));
    this.tiles.forEach((tile, i) => {
      tile.setAttribute('aria-pressed', i === selected);
      tile.tabIndex = i === selected || (i === 0 && !(selected in this.tiles)) ? 0 : -1;
      tile.lastChild.textContent = notes[i] ?? '';
      tile.dataset.mark = marks[i] ?? '';
    });
  }

  receive(message, buffers) {
    if (message.type !== 'picture' || !(message.tile in this.tiles)) return;
    this.pictures.set(message.tile, { ...message, levels: levelsOf(buffers[0], message.bits) });
    this.draw(message.tile);
  }

  draw(tile) {
    const picture = this.pictures.get(tile);
    if (!picture) return;
    const canvas = this.tiles[tile].querySelector('canvas');
    const [height, width] = picture.shape;
    Object.assign(canvas, { width, height });
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const colours = new Uint32Array(coloursOf(this.model.get('colormap')).buffer);
    const [low, high] = this.model.get('window');
    const scale = (picture.high - picture.low) / (2 ** picture.bits - 1) / (high - low || 1);
    const shift = (picture.low - low) / (high - low || 1);
    for (let i = 0; i < pixels.length; i++) {
      const place = picture.levels[i] * scale + shift;
      pixels[i] = colours[place <= 0 ? 0 : place >= 1 ? 255 : Math.round(255 * place)];
    }
    canvas.getContext('2d').putImageData(image, 0, 0);
    this.root.dataset.drawn = this.pictures.size;
  }

  press(event) {
    const selected = this.model.get('selected');
    const last = this.tiles.length - 1;
    // The tiles of a strip flow: how many stand beside each other is for the browser to say.
    const top = this.tiles[0]?.getBoundingClientRect().top;
    const beside = this.tiles.filter(tile => tile.getBoundingClientRect().top === top).length;
    const row = { ArrowUp: -beside, ArrowDown: beside };
    const targets = { Home: 0, End: last };
    let target = targets[event.key];
    if (event.key in STEPS) target = selected + STEPS[event.key];
    if (event.key in row) target = selected + row[event.key];
    if (event.key === 'Enter') this.choose(selected);
    else if (target === undefined) return;
    else if (target in this.tiles) {
      this.select(target);
      this.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  focus() {
    this.tiles[this.model.get('selected')]?.focus();
  }

  select(tile) {
    this.model.set('selected', tile);
    this.model.save_changes();
  }

  choose(tile) {
    if (tile in this.tiles) this.model.send({ type: 'choose', tile });
  }
}

function render({ model, el }) {
  const view = new PictureGridView(model, el);
  return () => view.dispose();
}

export default { render };
