import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ERROR_KINDS, EventKind, Operation, OPERATIONS, SCHEMAS } from '../src/protocol';
import { readArguments, readEvent, readReply, RequestRefused, UnknownAnswer } from '../src/reading';

/** Messages that pytest compares with what the kernel's service says. */
interface Golden {
  readonly request?: { readonly operation: string; readonly arguments: unknown };
  readonly request_buffers?: readonly unknown[];
  readonly reply?: {
    readonly status: string;
    readonly result?: unknown;
    readonly error?: { readonly kind: string; readonly message: string };
  };
  readonly reply_buffers?: readonly unknown[];
  readonly event?: { readonly kind: string };
}

// As seen from lib/tests/tests, where the compiled test lies.
const FOLDER = join(__dirname, '..', '..', '..', '..', 'tests', 'protocol');
const MESSAGES = new Map<string, Golden>(
  readdirSync(FOLDER)
    .filter(name => name.endsWith('.json'))
    .map(name => [name, JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Golden])
);

function isOperation(name: string): name is Operation {
  return name in OPERATIONS;
}

test('every operation and every kind of event has a golden message', () => {
  const answered = new Set<string>();
  const told = new Set<string>();
  for (const { request, reply, event } of MESSAGES.values()) {
    if (request && reply?.status === 'ok') {
      answered.add(request.operation);
    }
    if (event) {
      told.add(event.kind);
    }
  }
  assert.deepEqual([...answered].sort(), Object.keys(OPERATIONS).sort());
  const kinds: Record<EventKind, true> = {
    state: true,
    plan: true,
    progress: true,
    log: true,
    value: true,
    output: true,
    object: true
  };
  assert.deepEqual([...told].sort(), Object.keys(kinds).sort());
});

for (const [name, { request, request_buffers, reply, reply_buffers, event }] of MESSAGES) {
  if (event) {
    test(`${name}: an event is read without loss`, () => {
      assert.deepEqual(readEvent(event), event);
    });
  }
  if (!request || !reply) {
    continue;
  }
  const { operation } = request;
  if (reply.status === 'ok' && isOperation(operation)) {
    test(`${name}: arguments and result are read without loss`, () => {
      assert.deepEqual(readArguments(operation, request.arguments), request.arguments);
      assert.deepEqual(readReply(operation, reply), reply.result);
      const declared = OPERATIONS[operation];
      assert.equal(request_buffers?.length ?? 0, declared.buffersIn);
      assert.equal(reply_buffers?.length ?? 0, declared.buffersOut);
    });
    test(`${name}: without one of its fields the result is refused`, () => {
      const fields = SCHEMAS[OPERATIONS[operation].result]?.required ?? [];
      for (const field of fields) {
        const result = { ...(reply.result as Record<string, unknown>) };
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
        delete result[field];
        assert.throws(() => readReply(operation, { status: 'ok', result }), UnknownAnswer);
      }
    });
  } else {
    test(`${name}: a refusal is told in the kernel's words`, () => {
      const { error } = reply;
      assert.ok(error);
      assert.ok(ERROR_KINDS.some(kind => kind === error.kind));
      assert.throws(
        () => readReply('objects.list', reply),
        new RequestRefused(error.kind, error.message)
      );
    });
  }
}
