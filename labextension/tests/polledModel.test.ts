import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ModelState, PolledModel } from '../src/polledModel';
import { DataObjectInfo } from '../src/protocol';
import { RequestRefused } from '../src/reading';

const CENTRE: DataObjectInfo = {
  name: 'centre',
  shape: [],
  dtype: 'float64',
  axes: null,
  nbytes: 8,
  kind: 'array',
  unit: '',
  steps_m: []
};
type Objects = readonly DataObjectInfo[];

const TIMING = { interval: 10, patience: 50 };
const models: PolledModel<Objects>[] = [];

afterEach(() => {
  for (const model of models.splice(0)) {
    model.dispose();
  }
});

/** A model that somebody looks at, with every state that it announced. */
function visibleModel(timing = TIMING): {
  model: PolledModel<Objects>;
  shown: ModelState<Objects>[];
} {
  const model = new PolledModel<Objects>(timing);
  models.push(model);
  const shown: ModelState<Objects>[] = [];
  model.changed.connect(() => shown.push(model.state));
  model.setVisible(true);
  return { model, shown };
}

/** A kernel that answers from a list which the test may change, and counts the questions. */
class FakeKernel {
  objects: readonly DataObjectInfo[] = [CENTRE];
  failure: Error | null = null;
  asked = 0;

  readonly list = (): Promise<Objects> => {
    this.asked += 1;
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(this.objects);
  };
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 2000;
  while (!condition()) {
    assert.ok(Date.now() < end, 'the condition was not met within 2 s');
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

test('without a kernel nothing is asked', () => {
  const { model, shown } = visibleModel();
  assert.deepEqual(model.state, { kind: 'no-kernel' });
  assert.deepEqual(shown, []);
});

test('a new kernel is waited for and then listed', async () => {
  const { model, shown } = visibleModel();
  model.setSource(new FakeKernel().list);
  await until(() => model.state.kind === 'known');
  assert.deepEqual(shown, [{ kind: 'waiting' }, { kind: 'known', value: [CENTRE] }]);
});

test('the same answer again is not announced, a new object is', async () => {
  const { model, shown } = visibleModel();
  const kernel = new FakeKernel();
  model.setSource(kernel.list);
  await until(() => kernel.asked >= 4);
  assert.equal(shown.length, 2);
  kernel.objects = [CENTRE, { ...CENTRE, name: 'tilt' }];
  await until(() => shown.length === 3);
  assert.deepEqual(shown[2], { kind: 'known', value: kernel.objects });
});

test('a hidden panel does not ask, and asks again when it is shown', async () => {
  const { model } = visibleModel();
  const kernel = new FakeKernel();
  model.setSource(kernel.list);
  await until(() => kernel.asked >= 2);
  model.setVisible(false);
  const asked = kernel.asked;
  await pause(8 * TIMING.interval);
  assert.equal(kernel.asked, asked);
  model.setVisible(true);
  await until(() => kernel.asked > asked);
});

test('a disposed model does not ask', async () => {
  const { model } = visibleModel();
  const kernel = new FakeKernel();
  model.setSource(kernel.list);
  await until(() => kernel.asked >= 1);
  model.dispose();
  const asked = kernel.asked;
  await pause(8 * TIMING.interval);
  assert.equal(kernel.asked, asked);
});

test('the answer of a kernel that is not current any more is dropped', async () => {
  const { model } = visibleModel();
  let answerLate: (objects: readonly DataObjectInfo[]) => void = () => undefined;
  let isAsked = false;
  model.setSource(() => {
    isAsked = true;
    return new Promise(resolve => (answerLate = resolve));
  });
  await until(() => isAsked);
  const current = new FakeKernel();
  current.objects = [];
  model.setSource(current.list);
  answerLate([CENTRE]);
  await until(() => current.asked >= 3);
  assert.deepEqual(model.state, { kind: 'known', value: [] });
});

test('a kernel that hangs is asked once and then called late, until it answers', async () => {
  const { model, shown } = visibleModel();
  let answerLate: (objects: readonly DataObjectInfo[]) => void = () => undefined;
  let asked = 0;
  model.setSource(() => {
    asked += 1;
    return new Promise(resolve => (answerLate = resolve));
  });
  await until(() => model.isLate);
  await pause(5 * TIMING.interval);
  assert.equal(asked, 1);
  assert.deepEqual(shown, [{ kind: 'waiting' }, { kind: 'waiting' }]);
  answerLate([]);
  await until(() => !model.isLate);
  assert.deepEqual(model.state, { kind: 'known', value: [] });
});

test("a refusal is shown in the kernel's words, and the next answer replaces it", async () => {
  const { model } = visibleModel();
  const kernel = new FakeKernel();
  kernel.failure = new RequestRefused('UnknownName', 'No such operation.');
  model.setSource(kernel.list);
  await until(() => model.state.kind === 'refused');
  assert.deepEqual(model.state, { kind: 'refused', message: 'No such operation.' });
  kernel.failure = null;
  await until(() => model.state.kind === 'known');
});

test('a connection that breaks is waited for, not reported as a refusal', async () => {
  const { model } = visibleModel();
  const kernel = new FakeKernel();
  model.setSource(kernel.list);
  await until(() => model.state.kind === 'known');
  kernel.failure = new Error('Canceled future for daisy_request message');
  await until(() => model.state.kind === 'waiting');
  kernel.failure = null;
  await until(() => model.state.kind === 'known');
});
