/**
 * What arrives was written by another program, perhaps of another version: it is checked here,
 * once, and typed from then on. What a newer kernel says beside the known fields is left out.
 */
import {
  Arguments,
  KernelEvent,
  Operation,
  OPERATIONS,
  Refusal,
  Result,
  Schema,
  SCHEMAS
} from './protocol';

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
  const { status, result } = asRecord(content, 'a content');
  if (status === 'ok') {
    return fit({ $ref: OPERATIONS[operation].result }, result, 'a result') as Result<O>;
  }
  if (status === 'error') {
    const { error } = fit({ $ref: 'Refusal' }, content, 'a refusal') as Refusal;
    throw new RequestRefused(error.kind, error.message);
  }
  throw new UnknownAnswer(`the status ${JSON.stringify(status)}`);
}

/**
 * The content of a `daisy_event`.
 *
 * @throws UnknownAnswer if the form is not known.
 */
export function readEvent(content: unknown): KernelEvent {
  return fit({ $ref: 'KernelEvent' }, content, 'an event') as KernelEvent;
}

/**
 * The arguments of an operation, as the kernel will see them.
 *
 * @throws UnknownAnswer if they do not have the form that it takes.
 */
export function readArguments<O extends Operation>(operation: O, value: unknown): Arguments<O> {
  return fit({ $ref: OPERATIONS[operation].arguments }, value, 'arguments') as Arguments<O>;
}

/** The known part of a value that has the form of a schema. */
function fit(schema: Schema, value: unknown, place: string): unknown {
  if (schema.$ref !== undefined) {
    return fit(SCHEMAS[schema.$ref] ?? {}, value, place);
  }
  if (schema.anyOf !== undefined) {
    return fitOne(schema.anyOf, value, place);
  }
  if ('const' in schema && value !== schema.const) {
    throw new UnknownAnswer(`${place} that is not ${JSON.stringify(schema.const)}`);
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    throw new UnknownAnswer(`${place} that is ${JSON.stringify(value)}`);
  }
  switch (schema.type) {
    case undefined:
      return value;
    case 'object':
      return fitRecord(schema, asRecord(value, place), place);
    case 'array':
      return fitList(schema, value, place);
    case 'string':
      return typeof value === 'string' && isWithin(value.length, schema.minLength, schema.maxLength)
        ? value
        : refuse(schema, value, place);
    case 'integer':
    case 'number':
      return typeof value === 'number' &&
        (schema.type === 'number' || Number.isInteger(value)) &&
        isWithin(value, schema.minimum, schema.maximum)
        ? value
        : refuse(schema, value, place);
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse(schema, value, place);
    case 'null':
      return value === null ? value : refuse(schema, value, place);
    default:
      throw new UnknownAnswer(`${place} of the unheard-of type ${schema.type}`);
  }
}

/** The first of several forms that a value has; the last one tells what is wrong. */
function fitOne(options: readonly Schema[], value: unknown, place: string): unknown {
  let trouble: unknown = null;
  for (const option of options) {
    try {
      return fit(option, value, place);
    } catch (error) {
      trouble = error;
    }
  }
  throw trouble;
}

function fitRecord(
  schema: Schema,
  value: Record<string, unknown>,
  place: string
): Record<string, unknown> {
  const known: Record<string, unknown> = {};
  for (const name of schema.required ?? []) {
    if (!(name in value)) {
      throw new UnknownAnswer(`${place} without "${name}"`);
    }
  }
  for (const [name, item] of Object.entries(value)) {
    const further = schema.additionalProperties;
    const declared = schema.properties?.[name] ?? (further === true ? {} : further);
    if (declared !== undefined && declared !== false) {
      known[name] = fit(declared, item, `${place} with "${name}"`);
    }
  }
  return known;
}

function fitList(schema: Schema, value: unknown, place: string): unknown[] {
  if (!Array.isArray(value) || !isWithin(value.length, schema.minItems, schema.maxItems)) {
    return refuse(schema, value, place);
  }
  return value.map(item => fit(schema.items ?? {}, item, place));
}

function isWithin(value: number, least = -Infinity, most = Infinity): boolean {
  return value >= least && value <= most;
}

function refuse(schema: Schema, value: unknown, place: string): never {
  const met = JSON.stringify(value) as string | undefined;
  throw new UnknownAnswer(
    `${place} that is ${(met ?? 'missing').slice(0, 200)} and no ${String(schema.type)}`
  );
}

function asRecord(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnknownAnswer(`${place} that is not a mapping`);
  }
  return value as Record<string, unknown>;
}
