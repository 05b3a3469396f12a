/** Workflow documents, as far as a page must understand them. */
import { sentence } from './element';
import { Json } from './protocol';

/**
 * The text of a file as a workflow document; the kernel looks at it more closely.
 *
 * @throws Error that says what is wrong with it.
 */
export function readDocument(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`This file is no JSON (${sentence(error)}): open it with the editor.`);
  }
  const document = value as Json | null;
  if (typeof document !== 'object' || document === null || document.daisy !== 1) {
    throw new Error(
      'This file is no workflow document of version 1 ("daisy": 1): open it with the editor, or ' +
        'install a newer daisy-xray.'
    );
  }
  return document;
}

/** The JSON schema of the inputs that a workflow document declares. */
export function schemaOf(document: Json): Json {
  const inputs = (document.inputs ?? {}) as Readonly<Record<string, Json>>;
  const properties = Object.entries(inputs).map(([name, input]): [string, Json] => [
    name,
    {
      type: input.type === 'path' ? 'string' : input.type,
      ...(Array.isArray(input.choices) ? { enum: input.choices as unknown[] } : {}),
      ...(input.default === undefined ? {} : { default: input.default }),
      'x-unit': input.unit,
      description: input.help
    }
  ]);
  return {
    properties: Object.fromEntries(properties),
    required: Object.keys(inputs).filter(name => inputs[name]?.required === true)
  };
}

/** Names of the steps of a workflow document. */
export function stepsOf(document: Readonly<Record<string, unknown>> | null): string[] {
  const steps = document?.steps;
  if (!Array.isArray(steps)) {
    return [];
  }
  return (steps as Readonly<Record<string, unknown>>[]).map(({ algorithm, workflow }) =>
    typeof algorithm === 'string' ? algorithm : typeof workflow === 'string' ? workflow : '…'
  );
}
