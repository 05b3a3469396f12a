import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dimensions,
  formatBytes,
  formatDuration,
  formatShare,
  formatTotal,
  formatWhen,
  spoken
} from '../src/format';
import { DataObjectInfo } from '../src/protocol';

const PROJECTIONS: DataObjectInfo = {
  name: 'projections',
  shape: [180, 64, 96],
  dtype: 'uint16',
  axes: ['angle', 'row', 'col'],
  nbytes: 2211840,
  kind: 'reference',
  unit: 'counts',
  steps_m: []
};

test('a size has three digits and a decimal unit', () => {
  const shown = [0, 999, 1000, 9990, 12345, 99949, 123456, 999499, 1.26e9, 4e15, 4e18].map(
    formatBytes
  );
  assert.deepEqual(shown, [
    '0 B',
    '999 B',
    '1.00 kB',
    '9.99 kB',
    '12.3 kB',
    '99.9 kB',
    '123 kB',
    '999 kB',
    '1.26 GB',
    '4.00 PB',
    '4000 PB'
  ]);
});

test('a size that rounds up to a thousand takes the next unit', () => {
  assert.deepEqual([999499, 999500, 999999].map(formatBytes), ['999 kB', '1.00 MB', '1.00 MB']);
  assert.deepEqual([9994, 9995, 99949, 99950].map(formatBytes), [
    '9.99 kB',
    '10.0 kB',
    '99.9 kB',
    '100 kB'
  ]);
});

test('the total counts the objects and adds their sizes', () => {
  assert.equal(formatTotal([PROJECTIONS, { ...PROJECTIONS, nbytes: 1000 }]), '2 · 2.21 MB');
});

test('every dimension has its length, and its axis once an algorithm has named it', () => {
  assert.deepEqual(dimensions(PROJECTIONS), [
    { length: '180', axis: 'angle' },
    { length: '64', axis: 'row' },
    { length: '96', axis: 'col' }
  ]);
  assert.deepEqual(dimensions({ ...PROJECTIONS, shape: [3], axes: null }), [
    { length: '3', axis: null }
  ]);
  assert.deepEqual(dimensions({ ...PROJECTIONS, shape: [], axes: [] }), []);
});

test('an object is read out in one sentence', () => {
  assert.equal(
    spoken(PROJECTIONS),
    'projections, reference, angle 180 by row 64 by col 96, uint16, 2.21 MB'
  );
  assert.equal(
    spoken({
      ...PROJECTIONS,
      name: 'centre',
      shape: [],
      dtype: 'float64',
      axes: [],
      nbytes: 8,
      kind: 'array'
    }),
    'centre, array, scalar, float64, 8 B'
  );
});

test('a length of time has its two largest units', () => {
  assert.deepEqual([0, 59.4, 60, 125, 3600, 7325, 90000].map(formatDuration), [
    '0 s',
    '59 s',
    '1 min 0 s',
    '2 min 5 s',
    '1 h 0 min',
    '2 h 2 min',
    '1 d 1 h'
  ]);
});

test('what happened today has no date', () => {
  const noon = new Date(2026, 10, 25, 12, 30);
  const seconds = noon.getTime() / 1000;
  assert.equal(formatWhen(seconds, noon), '12:30');
  assert.equal(formatWhen(seconds, new Date(2026, 10, 26)), '25 Nov 12:30');
});

test('only what is done is a hundred percent', () => {
  assert.deepEqual([0, 0.666, 0.9999, 1].map(formatShare), ['0 %', '66 %', '99 %', '100 %']);
});
