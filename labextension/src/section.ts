import { Signal } from '@lumino/signaling';
import { element } from './element';

/** A part of the panel that can be folded. */
export class Section {
  readonly node = element('section', 'daisy-Section');
  readonly body = element('div', 'daisy-Section-body');
  /** Emitted when it was folded or unfolded. */
  readonly toggled = new Signal<this, void>(this);

  constructor(
    readonly key: string,
    title: string
  ) {
    const heading = element('h2', 'daisy-Section-heading');
    this._button.type = 'button';
    this._button.append(element('span', 'daisy-Section-title', title), this._total);
    this.body.id = `daisy-section-${key}`;
    this._button.setAttribute('aria-controls', this.body.id);
    this._button.addEventListener('click', () => {
      this.isOpen = !this.isOpen;
      this.toggled.emit();
    });
    heading.append(this._button);
    this.node.dataset.section = key;
    this.node.append(heading, this.body);
    this.isOpen = true;
  }

  get isOpen(): boolean {
    return this._button.getAttribute('aria-expanded') === 'true';
  }

  set isOpen(isOpen: boolean) {
    this._button.setAttribute('aria-expanded', String(isOpen));
    this.body.hidden = !isOpen;
  }

  /** What stands at the right of the title. */
  set total(text: string) {
    if (this._total.textContent !== text) {
      this._total.textContent = text;
    }
  }

  private readonly _button = element('button', 'daisy-Section-button');
  private readonly _total = element('span', 'daisy-Section-total');
}
