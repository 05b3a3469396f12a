import { element } from './element.js';
import { svgElement } from './svg_element.js';

const CORNER = 5;
const MOST_LETTERS = { title: 19, runs: 21, port: 17 };
const SAID = {
  held: 'from the data store',
  loose: 'made by no step',
  unset: 'not named yet',
  clash: 'replaced before it is read',
  unused: 'read by no step'
};

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** What a screen reader says of a step. */
function stepInWords(node, number, count) {
  const names = isOutput =>
    node.ports
      .filter(port => port.is_output === isOutput)
      .map(({ name, parameter, state }) => {
        const remark = SAID[state] ? ` (${SAID[state]})` : '';
        return `${name || parameter}${remark}`;
      })
      .join(', ');
  const problems = node.n_problems ? `; ${node.n_problems} to mend` : '';
  const takes = names(false) ? `; takes ${names(false)}` : '';
  const gives = names(true) ? `; gives ${names(true)}` : '';
  return `Step ${number + 1} of ${count}: ${node.title}, ${node.runs}${takes}${gives}${problems}`;
}

/** From a port along a lane to another one, with round corners. */
function wirePath(right, lane, from, to) {
  return [
    `M ${right + 4} ${from} H ${lane - CORNER}`,
    `Q ${lane} ${from} ${lane} ${from + CORNER}`,
    `V ${to - CORNER}`,
    `Q ${lane} ${to} ${lane - CORNER} ${to}`,
    `H ${right + 9}`
  ].join(' ');
}

/** Steps below each other and the wires between them; what is done to them is told to Python. */
class FlowView {
  constructor(model, el) {
    this.model = model;
    this.focused = 0;
    this.svg = svgElement('svg', { role: 'listbox', 'aria-label': 'Steps of the workflow' });
    this.svg.addEventListener('click', event => this.click(event));
    this.svg.addEventListener('keydown', event => this.press(event));
    this.svg.addEventListener('focusin', event => this.note(event));
    this.empty = element('p', {
      className: 'daisy-flow-empty',
      textContent: 'No step yet: choose an algorithm on the left.'
    });
    this.root = element(
      'div',
      { className: 'daisy-flow', 'data-lm-suppress-shortcuts': 'true' },
      this.empty,
      this.svg
    );
    el.append(this.root);
    this.draw = this.draw.bind(this);
    this.mark = this.mark.bind(this);
    this.news = [
      ['change:drawing', this.draw],
      ['change:selected', this.mark],
      ['change:until', this.mark]
    ];
    this.news.forEach(([name, react]) => model.on(name, react));
    this.draw();
  }

  dispose() {
    this.news.forEach(([name, react]) => this.model.off(name, react));
  }

  // ---- what is seen ----

  draw() {
    const { width, height, nodes, wires } = this.model.get('drawing');
    const hadFocus = this.svg.contains(document.activeElement);
    this.empty.hidden = nodes.length > 0;
    this.svg.setAttribute('width', width);
    this.svg.setAttribute('height', nodes.length ? height : 0);
    this.svg.toggleAttribute('hidden', nodes.length === 0);
    this.wires = wires.map(wire => this.wire(wire, nodes));
    this.nodes = nodes.map((node, number) => this.node(node, number, nodes.length));
    this.svg.replaceChildren(...this.wires, ...this.nodes);
    this.mark();
    if (hadFocus) this.nodes[this.focused]?.focus({ preventScroll: true });
  }

  wire({ name, lane, x, start, ends }, nodes) {
    const right = nodes[0].x + nodes[0].width;
    const path = ends.map(([, y]) => wirePath(right, x, start[1], y)).join(' ');
    const heads = ends.map(([, y]) => `M ${right + 10} ${y - 3.5} L ${right + 4} ${y} l 6 3.5 z`);
    const steps = [start[0], ...ends.map(([step]) => step)];
    const made = svgElement(
      'g',
      { class: `daisy-flow-wire daisy-flow-colour-${lane % 6}`, 'data-steps': steps.join(' ') },
      svgElement('title', {}, name),
      svgElement('path', { class: 'daisy-flow-line', d: path }),
      svgElement('path', { class: 'daisy-flow-head', d: heads.join(' ') })
    );
    return made;
  }

  node(node, number, count) {
    const { x, y, width, height, title, runs, ports, n_problems } = node;
    const isFaulty = n_problems > 0;
    return svgElement(
      'g',
      {
        class: `daisy-flow-step${isFaulty ? ' daisy-flow-faulty' : ''}`,
        role: 'option',
        'data-step': number,
        'aria-label': stepInWords(node, number, count)
      },
      svgElement('title', {}, `${title} (${runs})`),
      svgElement('rect', { class: 'daisy-flow-box', x, y, width, height, rx: 4 }),
      svgElement('rect', { class: 'daisy-flow-edge', x, y, width: 4, height, rx: 2 }),
      svgElement('text', { class: 'daisy-flow-number', x: x + 26, y: y + 18 }, String(number + 1)),
      svgElement(
        'text',
        { class: 'daisy-flow-title', x: x + 34, y: y + 18 },
        shortened(title, MOST_LETTERS.title)
      ),
      svgElement(
        'text',
        { class: 'daisy-flow-runs', x: x + 34, y: y + 33 },
        shortened(isFaulty ? `${n_problems} to mend` : runs, MOST_LETTERS.runs)
      ),
      ...ports.map(port => this.port(port, x + width))
    );
  }

  port({ name, parameter, is_output, state, y }, right) {
    const said = SAID[state] ? `${name || parameter}: ${SAID[state]}` : `${parameter}: ${name}`;
    const made = svgElement('g', { class: `daisy-flow-port daisy-flow-${state}` });
    made.append(
      svgElement('title', {}, said),
      svgElement('circle', { cx: right, cy: y, r: is_output ? 3.5 : 2.5 }),
      svgElement(
        'text',
        { x: right - 9, y: y + 3.5 },
        `${shortened(name || parameter, MOST_LETTERS.port)}${is_output ? ' →' : ' ←'}`
      )
    );
    if (state === 'loose' || state === 'held' || state === 'unset')
      made.append(svgElement('path', { class: 'daisy-flow-stub', d: `M ${right + 4} ${y} h 9` }));
    return made;
  }

  /** Show what is chosen, and which step the Tab key leads to. */
  mark() {
    const [from, until] = ['selected', 'until'].map(name => this.model.get(name));
    const isIn = step => from <= step && step <= Math.max(from, until) && from >= 0;
    if (from >= 0 && from !== this.marked) this.focused = from;
    const hasMoved = from !== this.marked;
    this.marked = from;
    this.focused = Math.max(0, Math.min(this.focused, this.nodes.length - 1));
    this.nodes.forEach((node, step) => {
      node.setAttribute('aria-selected', isIn(step));
      node.setAttribute('tabindex', step === this.focused ? 0 : -1);
    });
    for (const wire of this.wires) {
      const isNear = wire.dataset.steps.split(' ').some(step => isIn(Number(step)));
      wire.classList.toggle('daisy-flow-near', isNear);
    }
    this.svg.classList.toggle('daisy-flow-chosen', from >= 0);
    if (!hasMoved || from < 0) return;
    if (this.svg.contains(document.activeElement)) this.nodes[from]?.focus({ preventScroll: true });
    this.bringIntoView(this.nodes[from]);
  }

  /** Scroll the drawing, never the notebook. */
  bringIntoView(node) {
    if (!node) return;
    const [box, frame] = [node, this.root].map(part => part.getBoundingClientRect());
    if (box.top < frame.top) this.root.scrollTop -= frame.top - box.top + 8;
    if (box.bottom > frame.bottom) this.root.scrollTop += box.bottom - frame.bottom + 8;
  }

  // ---- what is done ----

  stepOf(event) {
    const node = event.target.closest('[data-step]');
    return node ? Number(node.dataset.step) : -1;
  }

  note(event) {
    const step = this.stepOf(event);
    if (step < 0 || step === this.focused) return;
    this.nodes[this.focused]?.setAttribute('tabindex', -1);
    this.focused = step;
    this.nodes[step].setAttribute('tabindex', 0);
  }

  choose(step, isMore) {
    const from = this.model.get('selected');
    const [first, last] =
      isMore && from >= 0 ? [Math.min(from, step), Math.max(from, step)] : [step, step];
    this.model.set({ selected: first, until: last });
    this.model.save_changes();
  }

  click(event) {
    const step = this.stepOf(event);
    if (step >= 0) this.nodes[step].focus({ preventScroll: true });
    this.choose(step, event.shiftKey);
  }

  press(event) {
    const step = this.focused;
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const isCommand = event.ctrlKey || event.metaKey;
    if (by && event.altKey) this.model.send({ type: 'move', step, to: step + by });
    else if (by) this.go(step + by, event.shiftKey);
    else if (event.key === 'Home') this.go(0, false);
    else if (event.key === 'End') this.go(this.nodes.length - 1, false);
    else if (event.key === 'Enter' || event.key === ' ') this.choose(step, event.shiftKey);
    else if (event.key === 'Escape') this.choose(-1, false);
    else if (event.key === 'Delete') this.model.send({ type: 'remove', step });
    else if (isCommand && event.key.toLowerCase() === 'd')
      this.model.send({ type: 'duplicate', step });
    else if (isCommand && event.key.toLowerCase() === 'z')
      this.model.send({ type: event.shiftKey ? 'redo' : 'undo' });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  go(step, isMore) {
    const node = this.nodes[step];
    if (!node) return;
    node.focus({ preventScroll: true });
    this.bringIntoView(node);
    if (isMore) this.choose(step, true);
  }
}

function renderFlow({ model, el }) {
  const view = new FlowView(model, el);
  return () => view.dispose();
}

export default { render: renderFlow };
