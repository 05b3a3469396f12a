import { Json } from './protocol';

/** What stands in one field of a form, as text or as a tick. */
export type FieldValue = string | boolean;

/** One input of a workflow, as a form shows it. */
export interface Field {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'tick' | 'choice';
  readonly unit: string;
  readonly help: string;
  readonly isRequired: boolean;
  /** What the workflow takes if the field is left alone. */
  readonly usual: FieldValue;
  readonly choices: readonly string[];
  /** Values that the choices stand for. */
  readonly values: readonly unknown[];
}

/** The fields of a form for the inputs that a JSON schema declares, as the kernel writes it. */
export function formFields(schema: Json): Field[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Json>>;
  const required = new Set((schema.required ?? []) as string[]);
  return Object.entries(properties).map(([name, input]) => {
    // A tick cannot say "left alone": without a default there are three answers.
    const isOpen = input.type === 'boolean' && (input.default ?? null) === null;
    const values = (input.enum ?? (isOpen ? [true, false] : [])) as unknown[];
    const kind =
      values.length > 0
        ? 'choice'
        : input.type === 'boolean'
          ? 'tick'
          : input.type === 'number' || input.type === 'integer'
            ? 'number'
            : 'text';
    return {
      name,
      kind,
      unit: text(input['x-unit']),
      help: text(input.description),
      isRequired: required.has(name),
      usual: kind === 'tick' ? input.default === true : text(input.default),
      choices: values.map(text),
      values
    };
  });
}

/** The inputs that differ from what the workflow takes anyway, as the kernel wants them. */
export function inputsOf(
  fields: readonly Field[],
  filled: Readonly<Record<string, FieldValue>>
): Record<string, unknown> {
  const inputs: Record<string, unknown> = {};
  for (const field of fields) {
    const value = filled[field.name] ?? field.usual;
    if (value !== field.usual && value !== '') {
      inputs[field.name] = parsed(field, value);
    }
  }
  return inputs;
}

/** Names of the fields that must be filled and are not. */
export function missing(
  fields: readonly Field[],
  filled: Readonly<Record<string, FieldValue>>
): string[] {
  return fields
    .filter(({ name, isRequired, usual }) => isRequired && (filled[name] ?? usual) === '')
    .map(({ name }) => name);
}

function parsed(field: Field, value: FieldValue): unknown {
  if (field.kind === 'choice') {
    return field.values[field.choices.indexOf(String(value))];
  }
  // A number that is none goes as it was typed: the kernel says what is wrong with it.
  const number = field.kind === 'number' ? Number(value) : NaN;
  return Number.isFinite(number) ? number : value;
}

function text(value: unknown): string {
  return value === undefined || value === null
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
}
