import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fractionOf, Remaining } from '../src/progress';
import { RunProgress } from '../src/protocol';

function at(item: number, done: number, blocks = 10): RunProgress {
  return { fraction: 0, title: 'reconstruct', item, items: 3, done, blocks };
}

test('the pace since somebody looks tells how long the last part goes on', () => {
  const rest = new Remaining();
  assert.equal(rest.see(at(2, 4), 100), null);
  assert.equal(rest.see(at(2, 4), 105), null);
  assert.deepEqual(rest.see(at(2, 6), 110), { seconds: 20, isAll: true });
  assert.deepEqual(rest.see(at(2, 6), 115), { seconds: 30, isAll: true });
});

test('an earlier part says nothing about the parts that follow', () => {
  const rest = new Remaining();
  rest.see(at(0, 0), 0);
  assert.deepEqual(rest.see(at(0, 5), 10), { seconds: 10, isAll: false });
  assert.equal(rest.see(at(1, 5), 20), null);
});

test('a run that is started anew is seen anew', () => {
  const rest = new Remaining();
  rest.see(at(2, 5), 0);
  assert.equal(rest.see(at(2, 1), 10), null);
  assert.deepEqual(rest.see(at(2, 2), 20), { seconds: 80, isAll: true });
});

test('nothing is said after less than a second', () => {
  const rest = new Remaining();
  rest.see(at(2, 0), 0);
  assert.equal(rest.see(at(2, 1), 0.5), null);
});

test('a share counts the parts before and the blocks of this one', () => {
  assert.equal(fractionOf({ item: 1, items: 2, title: '', done: 1, blocks: 4 }), 0.625);
  assert.equal(fractionOf({ item: 0, items: 0, title: '', done: 0, blocks: 0 }), 0);
  assert.equal(fractionOf({ item: 2, items: 2, title: '', done: 1, blocks: 1 }), 1);
});
