import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curve, decode, formatNumber, greys } from '../src/numbers';

function bytes(...values: number[]): DataView {
  // not at the beginning of its buffer, as it comes in a message
  const all = Uint8Array.from([99, ...values]);
  return new DataView(all.buffer, 1);
}

test('numbers are read little-endian, at any place of a buffer', () => {
  assert.deepEqual(decode(bytes(1, 2, 255, 255), '<u2'), [0x0201, 0xffff]);
  assert.deepEqual(decode(bytes(255, 255), '<i2'), [-1]);
  assert.deepEqual(decode(bytes(0, 0, 192, 63), '<f4'), [1.5]);
  assert.deepEqual(decode(bytes(0, 0, 0, 0, 0, 0, 248, 63), '<f8'), [1.5]);
  assert.deepEqual(decode(bytes(254, 255, 255, 255, 255, 255, 255, 255), '<i8'), [-2]);
  assert.deepEqual(decode(bytes(0, 1), '|b1'), [0, 1]);
});

test('what cannot be read as numbers of the page is not read', () => {
  assert.equal(decode(bytes(1, 2), '>u2'), null);
  assert.equal(decode(bytes(1, 2, 3), '<u2'), null);
  assert.equal(decode(bytes(1, 2), '<f2'), null);
  assert.equal(decode(bytes(1, 2, 3, 4, 5, 6, 7, 8), '<c8'), null);
});

test('one hot pixel leaves the rest of a picture bright', () => {
  const levels = [...Array.from({ length: 200 }, (_, n) => n), 65535];
  const drawn = greys(levels);
  assert.equal(drawn[200], 255);
  assert.ok((drawn[100] ?? 0) > 120 && (drawn[100] ?? 0) < 135);
});

test('a constant picture is grey', () => {
  assert.deepEqual([...greys([7, 7, 7])], [128, 128, 128]);
});

test('a curve fills its square, upwards, and leaves out what is no number', () => {
  assert.deepEqual(curve([0, 1], 10), [
    [0, 9],
    [10, 1]
  ]);
  assert.deepEqual(curve([0, NaN, 1], 10), [
    [0, 9],
    [10, 1]
  ]);
  assert.deepEqual(curve([3, 3, 3], 10), [
    [0, 5],
    [5, 5],
    [10, 5]
  ]);
  assert.deepEqual(curve([NaN], 10), []);
});

test('a number has four digits at most', () => {
  assert.deepEqual([3, 131.7345678, 1 / 3, 1e-9, NaN].map(formatNumber), [
    '3',
    '131.7',
    '0.3333',
    '1e-9',
    'NaN'
  ]);
});
