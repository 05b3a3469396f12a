import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSONObject } from '@lumino/coreutils';
import { RequestRefused, UnknownAnswer } from '../src/reading';
import { modelOf } from '../src/viewComm';

test('an answer names the model of the widget', () => {
  assert.equal(modelOf({ status: 'ok', model_id: 'abc' }), 'abc');
});

test("a refusal carries the kernel's own words", () => {
  const error = { kind: 'UnknownName', message: "No data object is called 'rec'." };
  assert.throws(
    () => modelOf({ status: 'error', error }),
    new RequestRefused('UnknownName', "No data object is called 'rec'.")
  );
});

test('an answer of another form is not understood', () => {
  const others: JSONObject[] = [
    {},
    { status: 'ok' },
    { status: 'error' },
    { status: 'ok', model_id: 3 }
  ];
  for (const content of others) {
    assert.throws(() => modelOf(content), UnknownAnswer);
  }
});
