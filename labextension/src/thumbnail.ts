import { Kernel } from '@jupyterlab/services';
import { element } from './element';
import { requestBuffers } from './kernel';
import { curve, decode, formatNumber, greys } from './numbers';
import { DataObjectInfo } from './protocol';

/** Of the picture [px]; twice as many as it takes of the page. */
const SIDE = 80;
const POINTS = 64;

/**
 * A small picture of a data object: its middle plane, its curve, or its number.
 *
 * It is asked for when it comes into view, so a long list costs no more than what one sees of it.
 */
export class Thumbnail {
  readonly node = element('span', 'daisy-Thumbnail');

  constructor(
    private readonly _kernel: Kernel.IKernelConnection,
    private readonly _object: DataObjectInfo
  ) {
    this.node.setAttribute('aria-hidden', 'true');
    this.node.dataset.state = 'empty';
    const watcher = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) {
        watcher.disconnect();
        this._fetch().catch(() => undefined); // no picture, then: the list itself says what is wrong
      }
    });
    // A recipe would be computed for it, and there is nothing to see of nothing.
    if (_object.kind !== 'recipe' && !_object.shape.includes(0) && _object.shape.length <= 3) {
      watcher.observe(this.node);
    }
  }

  private async _fetch(): Promise<void> {
    const { shape } = this._object;
    const canvas = element('canvas', '');
    if (shape.length >= 2) {
      await this._drawPlane(canvas);
    } else if (shape.length === 1) {
      await this._drawCurve(canvas);
    } else {
      const [value] = await this._read([]);
      this.node.textContent = value === undefined ? '' : formatNumber(value);
      this.node.dataset.state = 'number';
      return;
    }
    this.node.replaceChildren(canvas);
    this.node.dataset.state = 'drawn';
  }

  private async _drawPlane(canvas: HTMLCanvasElement): Promise<void> {
    const { name, shape } = this._object;
    const index = shape.length === 3 ? Math.floor((shape[0] ?? 0) / 2) : 0;
    const { result, buffers } = await requestBuffers(this._kernel, 'objects.image', {
      name,
      index,
      max_size: SIDE,
      bits: 16
    });
    const [height = 0, width = 0] = result.shape;
    const levels = buffers[0] && decode(buffers[0], '<u2');
    const context = canvas.getContext('2d');
    if (!levels || !context) {
      return;
    }
    canvas.width = width;
    canvas.height = height;
    const picture = context.createImageData(width, height);
    greys(levels).forEach((grey, pixel) => {
      picture.data.set([grey, grey, grey, 255], 4 * pixel);
    });
    context.putImageData(picture, 0, 0);
  }

  private async _drawCurve(canvas: HTMLCanvasElement): Promise<void> {
    const length = this._object.shape[0] ?? 0;
    const values = await this._read([[0, length, Math.ceil(length / POINTS)]]);
    const context = canvas.getContext('2d');
    canvas.width = canvas.height = SIDE;
    if (context) {
      context.strokeStyle = getComputedStyle(this.node).color;
      context.lineWidth = 3;
      context.beginPath();
      for (const [x, y] of curve(values, SIDE)) {
        context.lineTo(x, y);
      }
      context.stroke();
    }
  }

  private async _read(selection: readonly (readonly number[])[]): Promise<number[]> {
    const { name } = this._object;
    const { result, buffers } = await requestBuffers(this._kernel, 'objects.read', {
      name,
      selection
    });
    return (buffers[0] && decode(buffers[0], result.dtype)) ?? [];
  }
}
