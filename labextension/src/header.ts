import { CurrentKernel } from './currentKernel';
import { element, setText } from './element';
import { flowerIcon } from './icons';

const FOLLOW = '';

/** First line of the panel: which kernel, and what it does. */
export class Header {
  readonly node = element('header', 'daisy-Header');

  constructor(private readonly _kernel: CurrentKernel) {
    this._activity.setAttribute('role', 'status');
    flowerIcon.element({ container: this._flower, elementSize: 'normal' });
    this._chooser.setAttribute('aria-label', 'Kernel that is looked at');
    this._chooser.addEventListener('change', () => {
      _kernel.places.choose(this._chooser.value === FOLLOW ? null : this._chooser.value);
    });
    this.node.append(this._flower, this._chooser, this._activity);
  }

  /** Show the kernel; `isLate`: it owes an answer. */
  draw(isLate: boolean): void {
    const { places } = this._kernel;
    const isOurs = this._kernel.connection !== null;
    const followed = isOurs ? this._kernel.label : 'Daisy';
    const options = [
      { path: FOLLOW, label: places.chosen === null ? followed : 'Follow the notebook' },
      ...places.choices.filter(({ path }) => path !== this._kernel.path || places.chosen !== null)
    ];
    const text = JSON.stringify(options);
    if (text !== this._shown) {
      this._shown = text;
      this._chooser.replaceChildren(...options.map(({ path, label }) => new Option(label, path)));
    }
    this._chooser.value = places.chosen ?? FOLLOW;
    this._chooser.disabled = options.length === 1;
    const activity = isOurs ? (isLate ? 'not answering' : this._kernel.activity) : '';
    setText(this._activity, activity);
    this._activity.dataset.activity = activity;
  }

  private readonly _flower = element('span', 'daisy-Header-flower');
  private readonly _chooser = element('select', 'daisy-Header-chooser');
  private readonly _activity = element('span', 'daisy-Header-activity');
  private _shown = '';
}
