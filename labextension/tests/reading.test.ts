import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReply, RequestRefused, UnknownAnswer } from '../src/reading';

const CENTRE = {
  name: 'centre',
  shape: [],
  dtype: 'float64',
  axes: null,
  nbytes: 8,
  kind: 'array',
  unit: '',
  steps_m: []
};

function listReply(...objects: unknown[]): unknown {
  return { status: 'ok', result: { objects } };
}

test('the objects of a reply are read as they were sent', () => {
  const volume = { ...CENTRE, name: 'reco', shape: [2, 3], axes: ['y', 'x'], kind: 'recipe' };
  assert.deepEqual(readReply('objects.list', listReply(CENTRE, volume)), {
    objects: [CENTRE, volume]
  });
  assert.deepEqual(readReply('objects.list', listReply()), { objects: [] });
});

test('what a newer kernel says beside the known fields is left out', () => {
  assert.deepEqual(readReply('objects.list', listReply({ ...CENTRE, colour: 'red' })), {
    objects: [CENTRE]
  });
});

test("a refusal carries the kernel's own words", () => {
  const content = {
    status: 'error',
    error: { kind: 'UnknownName', message: "No operation is called 'objects.lsit'." }
  };
  assert.throws(
    () => readReply('objects.list', content),
    new RequestRefused('UnknownName', "No operation is called 'objects.lsit'.")
  );
});

for (const [what, content] of Object.entries({
  'no content': null,
  'an unknown status': { status: 'aborted' },
  'no result': { status: 'ok' },
  'no list': { status: 'ok', result: { objects: {} } },
  'an error without words': { status: 'error' },
  'an error that is no text': { status: 'error', error: { kind: 'UnknownName', message: 3 } },
  'an object without a name': listReply({ ...CENTRE, name: undefined }),
  'a shape of texts': listReply({ ...CENTRE, shape: ['2'] }),
  'axes that are no list': listReply({ ...CENTRE, axes: 'row' }),
  'a length that is no whole number': listReply({ ...CENTRE, shape: [2.5] }),
  'a length below nothing': listReply({ ...CENTRE, shape: [-2] }),
  'an unknown kind': listReply({ ...CENTRE, kind: 'stream' })
})) {
  test(`an answer with ${what} is refused, and the user is told what to do`, () => {
    assert.throws(
      () => readReply('objects.list', content),
      (error: unknown) =>
        error instanceof UnknownAnswer && error.message.includes('Install the same daisy-xray')
    );
  });
}
