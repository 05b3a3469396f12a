import { Kernel } from '@jupyterlab/services';
import { JSONObject } from '@lumino/coreutils';
import { Refusal } from './protocol';
import { RequestRefused, UnknownAnswer } from './reading';

const VIEW_TARGET = 'daisy_view';

/** A widget that the kernel is to make. */
export interface AskedView {
  /** The same for the same place on a page. */
  readonly id: string;
  /** What kind of widget; null: it is not needed any more. */
  readonly view: string | null;
  /** What to look at. */
  readonly name: string;
}

/**
 * Let the kernel make a widget, or find the one that it made for this id; gives its model's id.
 *
 * @throws RequestRefused or UnknownAnswer; Error if the kernel went away meanwhile.
 */
export async function askForView(
  kernel: Kernel.IKernelConnection,
  asked: AskedView
): Promise<string> {
  const comm = kernel.createComm(VIEW_TARGET);
  const content = await new Promise<JSONObject>((resolve, reject) => {
    comm.onMsg = ({ content: { data } }) => {
      resolve(data);
    };
    comm.onClose = () => {
      // The kernel closes it. Before it has answered: a kernel that does not know the target.
      reject(new UnknownAnswer('no views'));
    };
    kernel.disposed.connect(() => {
      reject(new Error('The kernel went away before it answered.'));
    });
    comm.open({ ...asked }).done.catch(reject);
  });
  return modelOf(content);
}

/** The model's id in the answer to a question for a view. */
export function modelOf(content: JSONObject): string {
  if (content.status === 'ok' && typeof content.model_id === 'string') {
    return content.model_id;
  }
  const { error } = content as unknown as Partial<Refusal>;
  if (content.status === 'error' && typeof error?.message === 'string') {
    throw new RequestRefused(error.kind, error.message);
  }
  throw new UnknownAnswer('an unknown form');
}
