import { Notification } from '@jupyterlab/apputils';
import { sentence } from './element';

/** Tell what went wrong where no other place of the page belongs to it. */
export function tellError(error: unknown): void {
  Notification.error(sentence(error), { autoClose: false });
}
