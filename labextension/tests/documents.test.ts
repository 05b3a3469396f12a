import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readDocument, schemaOf, stepsOf } from '../src/documents';
import { Field, formFields, inputsOf, missing } from '../src/formFields';
import { Json } from '../src/protocol';

// As seen from lib/tests/tests, where the compiled test lies.
const GOLDEN = join(__dirname, '..', '..', '..', '..', 'tests', 'protocol');
const described = JSON.parse(readFileSync(join(GOLDEN, 'workflows.describe.json'), 'utf8')) as {
  reply: { result: { document: Json; schema: Json } };
};
const { document, schema } = described.reply.result;

const FIELDS = formFields({
  required: ['scan'],
  properties: {
    scan: { type: 'string', description: 'the file' },
    centre: { type: 'number', 'x-unit': 'pixel' },
    bits: { type: 'integer', enum: [32, 16], default: 32 },
    tiff: { type: 'boolean', default: true }
  }
});

test('a form has the right field for every kind of input', () => {
  const shown = (field: Field): unknown[] => [field.name, field.kind, field.usual, field.unit];
  assert.deepEqual(FIELDS.map(shown), [
    ['scan', 'text', '', ''],
    ['centre', 'number', '', 'pixel'],
    ['bits', 'choice', '32', ''],
    ['tiff', 'tick', true, '']
  ]);
  assert.deepEqual(FIELDS[2]?.choices, ['32', '16']);
  assert.deepEqual(
    FIELDS.map(field => field.isRequired),
    [true, false, false, false]
  );
});

test('only what differs from the default is sent, with its type', () => {
  const filled = { scan: 'a.h5', centre: '131.5', bits: '16', tiff: false };
  assert.deepEqual(inputsOf(FIELDS, filled), {
    scan: 'a.h5',
    centre: 131.5,
    bits: 16,
    tiff: false
  });
  assert.deepEqual(inputsOf(FIELDS, { scan: 'a.h5', centre: '', bits: '32', tiff: true }), {
    scan: 'a.h5'
  });
});

test('a yes or no without a default can be left alone, and answered with no', () => {
  const fields = formFields({ properties: { solid_angle: { type: 'boolean' } } });
  assert.deepEqual(fields[0]?.choices, ['true', 'false']);
  assert.deepEqual(inputsOf(fields, {}), {});
  assert.deepEqual(inputsOf(fields, { solid_angle: 'false' }), { solid_angle: false });
});

test('a number that is none goes as it was typed, for the kernel to refuse', () => {
  assert.deepEqual(inputsOf(FIELDS, { centre: 'left' }), { centre: 'left' });
});

test('a required field must be filled', () => {
  assert.deepEqual(missing(FIELDS, {}), ['scan']);
  assert.deepEqual(missing(FIELDS, { scan: 'a.h5' }), []);
});

test("a document gives the same form as the kernel's schema of it", () => {
  assert.ok(formFields(schema).length > 0);
  assert.deepEqual(formFields(schemaOf(document)), formFields(schema));
});

test('the steps of a document are named in order', () => {
  assert.deepEqual(stepsOf(document), ['load', 'twice', 'peek', 'slow', 'save']);
  assert.deepEqual(stepsOf({ steps: [{ workflow: 'center' }] }), ['center']);
  assert.deepEqual(stepsOf(null), []);
});

test('a file that is no document says so, and what to do', () => {
  assert.deepEqual(readDocument(JSON.stringify(document)), document);
  for (const text of ['{', '[]', 'null', '{"daisy": 2}']) {
    assert.throws(() => readDocument(text), /editor/, text);
  }
});
