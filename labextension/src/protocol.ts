/**
 * Messages between JupyterLab and the Daisy kernel: a `daisy_request` on the control channel is
 * answered by one `daisy_reply`, also while a cell or a run is busy.
 *
 * What arrives was written by another program, perhaps of another version: it is checked here,
 * once, and typed from then on.
 */

export const REQUEST_TYPE = 'daisy_request';
export const REPLY_TYPE = 'daisy_reply';

/** An array, a dataset in a file that is read on demand, or a result that is not computed yet. */
export const OBJECT_KINDS = ['array', 'reference', 'recipe'] as const;
export type ObjectKind = (typeof OBJECT_KINDS)[number];

/** One entry of the data store, without its numbers. */
export interface DataObject {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** One name per dimension; null until an algorithm has named them. */
  readonly axes: readonly string[] | null;
  readonly nbytes: number;
  readonly kind: ObjectKind;
}

/** What the panel may ask: arguments and result of each operation. */
export interface Operations {
  'objects.list': { arguments: Record<string, never>; result: readonly DataObject[] };
}
export type Operation = keyof Operations;
export type Arguments<O extends Operation> = Operations[O]['arguments'];
export type Result<O extends Operation> = Operations[O]['result'];

/** Content of a `daisy_request`. */
export interface Request<O extends Operation> {
  readonly operation: O;
  readonly arguments: Arguments<O>;
}

/** The kernel understood the request and says why it cannot be done. */
export class RequestRefused extends Error {
  constructor(
    readonly kind: string,
    message: string
  ) {
    super(message);
    this.name = 'RequestRefused';
  }
}

/** The kernel's answer does not have the form that this panel knows. */
export class UnknownAnswer extends Error {
  constructor(met: string) {
    super(
      `The kernel's answer has ${met}: the panel and the kernel are of different versions. ` +
        'Install the same daisy-xray for JupyterLab and for the kernel, then reload this page.'
    );
    this.name = 'UnknownAnswer';
  }
}

/**
 * The result inside the content of a `daisy_reply`.
 *
 * @throws RequestRefused if the kernel refused, UnknownAnswer if the form is not known.
 */
export function readReply<O extends Operation>(operation: O, content: unknown): Result<O> {
  const reply = asRecord(content, 'a content');
  if (reply.status === 'ok') {
    return READERS[operation](reply.result);
  }
  if (reply.status === 'error') {
    const error = asRecord(reply.error, 'an "error"');
    throw new RequestRefused(String(error.kind), String(error.message));
  }
  throw new UnknownAnswer(`the status ${JSON.stringify(reply.status)}`);
}

const READERS: { [O in Operation]: (result: unknown) => Result<O> } = {
  'objects.list': result => {
    const objects = asRecord(result, 'a result').objects;
    if (!Array.isArray(objects)) {
      throw new UnknownAnswer('no list of "objects"');
    }
    return objects.map(readDataObject);
  }
};

function readDataObject(value: unknown): DataObject {
  const { name, shape, dtype, axes, nbytes, kind } = asRecord(value, 'a data object');
  if (
    typeof name === 'string' &&
    isListOf(shape, 'number') &&
    typeof dtype === 'string' &&
    (axes === null || isListOf(axes, 'string')) &&
    typeof nbytes === 'number' &&
    isObjectKind(kind)
  ) {
    return { name, shape, dtype, axes, nbytes, kind };
  }
  throw new UnknownAnswer(`a data object of unknown form, ${JSON.stringify(value)}`);
}

function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnknownAnswer(`${what} that is not a mapping`);
  }
  return value as Record<string, unknown>;
}

function isObjectKind(value: unknown): value is ObjectKind {
  return OBJECT_KINDS.some(kind => kind === value);
}

interface ItemTypes {
  number: number;
  string: string;
}

function isListOf<T extends keyof ItemTypes>(value: unknown, type: T): value is ItemTypes[T][] {
  return Array.isArray(value) && value.every(item => typeof item === type);
}
