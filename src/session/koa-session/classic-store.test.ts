import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import type { Life, SessionRecord } from '../core/life.ts';
import { ClassicStore } from './classic-store.ts';
import { isVersioned, type SessionStore, type SessionWrite, type StoredSession } from '../core/store.ts';
import { Locks, type MaybePromise } from '../core/waiting.ts';

const CTX = { name: 'the request' } as unknown as Context;
const LIFE: Life = { createdAt: undefined, idleEndsAt: 5000, maxAge: 1000, hasOwnMaxAge: false };
const DATA = '{"n":1}';
const RECORD = { n: 1, _expire: 5000, _maxAge: 1000 };

/** A store of koa-session's kind that records its calls. */
class Recorder implements SessionStore {
  readonly kept: Record<string, unknown>;
  calls: unknown[][] = [];
  failure: Error | undefined;

  constructor(kept: Record<string, unknown> = {}) {
    this.kept = structuredClone(kept);
  }

  get(...call: unknown[]): unknown {
    this.#note('get', call);
    return structuredClone(this.kept[call[0] as string]);
  }

  set(...call: [id: string, record: SessionRecord, ttl: unknown, options: unknown]): void {
    this.#note('set', call);
    this.kept[call[0]] = structuredClone(call[1]);
  }

  destroy(...call: unknown[]): void {
    this.#note('destroy', call);
    Reflect.deleteProperty(this.kept, call[0] as string);
  }

  get methods(): unknown[] {
    return this.calls.map(([method]) => method);
  }

  #note(method: string, call: unknown[]): void {
    if (this.failure) throw this.failure;
    this.calls.push([method, ...call]);
  }
}

interface SetUp {
  kept?: Record<string, unknown>;
  maxAge?: number | undefined;
  rolling?: boolean;
}

function setUp({ kept = { id: RECORD }, rolling = false, ...more }: SetUp = {}) {
  const maxAge = 'maxAge' in more ? more.maxAge : 1000;
  const recorder = new Recorder(kept);
  const locks = new Locks();
  const request = (inner: SessionStore = recorder): ClassicStore =>
    new ClassicStore(inner, { ctx: CTX, maxAge, rolling, locks });
  return { recorder, request, store: request() };
}

function write(data: object, more: Partial<SessionWrite> = {}): SessionWrite {
  return { data: JSON.stringify(data), life: LIFE, ttl: 11_000, userId: undefined, ...more };
}

function late(inner: SessionStore): SessionStore {
  return {
    get: async (...rest) => inner.get(...rest),
    set: async (...rest) => inner.set(...rest),
    destroy: async (...rest) => inner.destroy(...rest),
  };
}

describe('a record in a store of three methods', () => {
  it('is requested with the unhashed id, the idle timeout in force and the request', () => {
    for (const maxAge of [1000, undefined]) {
      const { store, recorder } = setUp({ maxAge, rolling: true });
      expect(store.read('id')).toMatchObject({ data: DATA });
      expect(recorder.calls).toEqual([['get', 'id', maxAge, { ctx: CTX, rolling: true }]]);
    }
  });

  it.each<[string, unknown, unknown]>([
    ['undefined', undefined, undefined],
    ['null', null, undefined],
    ['a string', '{"n":1}', 'invalid'],
    ['a number', 5, 'invalid'],
    ['an array', [1], 'invalid'],
    ['more than JSON can hold', { n: 1n }, 'invalid'],
  ])('is not a session when it is %s', (_name, found, read) => {
    const { store, recorder } = setUp({ kept: { id: found } });
    expect(store.read('id')).toEqual(read);
    expect(store.update('id', DATA, write({ n: 2 }))).toEqual({ kind: 'gone' });
    expect(store.touch('id', DATA, write({}))).toEqual({ kind: 'gone' });
    expect(store.destroy('id', { version: DATA })).toEqual({ kind: 'gone' });
    expect(recorder.methods.filter((method) => method !== 'get')).toEqual([]);
  });

  it('is read as koa-session wrote it, and can be read by koa-session after an update', () => {
    const { request, recorder } = setUp({ kept: { old: { views: 1, _expire: 5000, _maxAge: 1000 } } });
    expect(request().read('old')).toEqual({ data: '{"views":1}', life: LIFE, version: '{"views":1}' });
    void request().update('old', '{"views":1}', write({ views: 2 }, { life: { ...LIFE, idleEndsAt: 6000 } }));
    expect(recorder.kept['old']).toEqual({ views: 2, _expire: 6000, _maxAge: 1000 });
  });
});

it('the data as the store returned it stands beside its JSON, and is not copied with it', () => {
  const { store } = setUp({ kept: { id: { ...RECORD, at: new Date(0) } } });
  const found = store.read('id') as StoredSession & { object: unknown };
  expect(found).toEqual({ data: '{"n":1,"at":"1970-01-01T00:00:00.000Z"}', life: LIFE, version: found.data });
  expect(found.object).toEqual({ n: 1, at: new Date(0) });
  expect({ ...found }).not.toHaveProperty('object');
});

describe('create', () => {
  it('sets without a read, since the id may be that of another session', () => {
    const { store, recorder } = setUp({ rolling: true });
    expect(store.create('id', write({ n: 2 }))).toBe('{"n":2}');
    const options = { changed: true, ctx: CTX, rolling: true };
    expect(recorder.calls).toEqual([['set', 'id', { ...RECORD, n: 2 }, 11_000, options]]);
  });

  it('passes no time to live when the session has no end of its own', () => {
    const { store, recorder } = setUp();
    const life: Life = { ...LIFE, idleEndsAt: undefined, maxAge: 'session' };
    void store.create('id', write({ n: 2 }, { life, ttl: undefined }));
    expect(recorder.calls[0]?.slice(1, 4)).toEqual(['id', { n: 2, _session: true }, undefined]);
  });
});

describe('update', () => {
  it('reads before it sets, and tells the store that the data has changed', () => {
    const { store, recorder } = setUp();
    expect(store.update('id', DATA, write({ n: 2 }))).toEqual({ kind: 'done', version: '{"n":2}' });
    expect(recorder.calls).toEqual([
      ['get', 'id', 1000, { ctx: CTX, rolling: false }],
      ['set', 'id', { ...RECORD, n: 2 }, 11_000, { changed: true, ctx: CTX, rolling: false }],
    ]);
  });

  it('with the same data sets it, and tells the store that nothing has changed', () => {
    const { store, recorder } = setUp();
    void store.update('id', DATA, write({ n: 1 }, { life: { ...LIFE, maxAge: 2000 } }));
    expect(recorder.calls[1]).toEqual([
      'set',
      'id',
      { ...RECORD, _maxAge: 2000 },
      11_000,
      { changed: false, ctx: CTX, rolling: false },
    ]);
  });

  it('sets nothing when another request has changed the data', () => {
    const { store, recorder } = setUp();
    const current = { data: DATA, life: LIFE, version: DATA };
    expect(store.update('id', '{"n":0}', write({ n: 2 }))).toEqual({ kind: 'changed', current });
    expect(recorder.methods).toEqual(['get']);
  });

  it('keeps a stored life that ends later, and adds the difference to the time to live', () => {
    const { store, recorder } = setUp();
    void store.update('id', DATA, write({ n: 2 }, { life: { ...LIFE, idleEndsAt: 4400 }, ttl: 10_400 }));
    expect(recorder.calls[1]?.slice(2, 4)).toEqual([{ ...RECORD, n: 2 }, 11_000]);
  });
});

describe('touch', () => {
  it('sets the stored data with the new life, and tells the store that nothing has changed', () => {
    const { store, recorder } = setUp();
    const session = write({ n: 'not to be written' }, { life: { ...LIFE, idleEndsAt: 6000 } });
    expect(store.touch('id', DATA, session)).toEqual({ kind: 'done', version: DATA });
    expect(recorder.calls).toEqual([
      ['get', 'id', 1000, { ctx: CTX, rolling: false }],
      ['set', 'id', { ...RECORD, _expire: 6000 }, 11_000, { changed: false, ctx: CTX, rolling: false }],
    ]);
  });

  it('sets nothing when the stored life ends later', () => {
    const { store, recorder } = setUp();
    const life = { ...LIFE, idleEndsAt: 4999 };
    expect(store.touch('id', DATA, { life, ttl: 9 })).toEqual({ kind: 'done', version: DATA });
    expect(recorder.methods).toEqual(['get']);
  });

  it('succeeds on a session that was only touched meanwhile', () => {
    const { request, recorder } = setUp();
    void request().touch('id', DATA, { life: { ...LIFE, idleEndsAt: 6000 }, ttl: 9 });
    expect(request().touch('id', DATA, { life: { ...LIFE, idleEndsAt: 7000 }, ttl: 9 })).toMatchObject({
      kind: 'done',
    });
    expect(recorder.kept['id']).toMatchObject({ _expire: 7000 });
  });
});

describe('destroy', () => {
  it('reads nothing, whether there is a record or not', () => {
    const { store, recorder } = setUp();
    expect(store.destroy('id')).toMatchObject({ kind: 'done' });
    expect(store.destroy('never', { replaced: true })).toMatchObject({ kind: 'done' });
    expect(recorder.calls).toEqual([
      ['destroy', 'id', { ctx: CTX }],
      ['destroy', 'never', { ctx: CTX }],
    ]);
  });

  it('with a version reads before', () => {
    const { store, recorder } = setUp();
    expect(store.destroy('id', { version: '{"n":0}' })).toMatchObject({ kind: 'changed' });
    expect(store.destroy('id', { version: DATA })).toMatchObject({ kind: 'done' });
    expect(recorder.methods).toEqual(['get', 'get', 'destroy']);
  });
});

describe('a session that the request itself has created', () => {
  it('is written without another read', () => {
    const { store, recorder } = setUp({ kept: {} });
    void store.create('id', write({ n: 1 }));
    expect(store.update('id', DATA, write({ n: 2 }))).toEqual({ kind: 'done', version: '{"n":2}' });
    expect(store.touch('id', '{"n":2}', write({}))).toMatchObject({ kind: 'done' });
    expect(store.update('id', DATA, write({ n: 3 }))).toMatchObject({ kind: 'changed' });
    expect(recorder.methods).toEqual(['set', 'set', 'set']);
  });

  it('does not come back once the request has destroyed it', () => {
    const { store, recorder } = setUp({ kept: {} });
    void store.create('id', write({ n: 1 }));
    void store.destroy('id');
    expect(store.update('id', DATA, write({ n: 2 }))).toEqual({ kind: 'gone' });
    expect(store.read('id')).toBeUndefined();
    expect(recorder.methods).toEqual(['set', 'destroy']);
  });
});

it('a read never returns an older state than the request itself has written', () => {
  const { store, recorder } = setUp();
  void store.update('id', DATA, write({ n: 2 }));
  recorder.kept['id'] = RECORD;
  expect(store.read('id')).toMatchObject({ data: '{"n":2}', version: '{"n":2}' });
  void store.destroy('id', { version: '{"n":2}' });
  recorder.kept['id'] = RECORD;
  expect(store.read('id')).toBeUndefined();
  void store.create('new', write({ n: 3 }));
  delete recorder.kept['new'];
  expect(store.read('new')).toMatchObject({ data: '{"n":3}' });
});

it('a change by others of only the end is seen, since it ends later', () => {
  const { store, recorder } = setUp();
  void store.update('id', DATA, write({ n: 2 }));
  recorder.kept['id'] = { n: 2, _expire: 9000, _maxAge: 1000 };
  expect(store.read('id')).toMatchObject({ data: '{"n":2}', life: { idleEndsAt: 9000 } });
});

describe('a synchronous store', () => {
  it('has done its work when the call returns', () => {
    const { store, recorder } = setUp();
    const answers: unknown[] = [
      store.read('id'),
      store.create('new', write({})),
      store.update('id', DATA, write({ n: 2 })),
      store.touch('id', '{"n":2}', write({})),
      store.destroy('id', { version: '{"n":2}' }),
      store.destroy('new'),
    ];
    expect(answers.filter((answer) => answer instanceof Promise)).toEqual([]);
    expect(recorder.kept).toEqual({});
  });

  it('throws its own error, and keeps working', () => {
    const { store, recorder } = setUp();
    recorder.failure = new Error('disk full');
    expect(() => store.update('id', DATA, write({ n: 2 }))).toThrow('disk full');
    recorder.failure = undefined;
    expect(store.update('id', DATA, write({ n: 2 }))).toMatchObject({ kind: 'done' });
  });
});

describe('an asynchronous store', () => {
  it('finishes one write on an id before the next one reads', async () => {
    const { request, recorder } = setUp();
    const inner = late(recorder);
    const outcomes = await Promise.all([
      request(inner).update('id', DATA, write({ n: 2 })),
      request(inner).update('id', DATA, write({ n: 3 })),
      request(inner).destroy('id'),
      request(inner).touch('id', DATA, write({})),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'changed', 'done', 'gone']);
    expect(recorder.methods).toEqual(['get', 'set', 'get', 'destroy', 'get']);
  });

  it('is read without waiting for a write that is under way', async () => {
    const { request, recorder } = setUp();
    const never: SessionStore = {
      get: (...rest) => recorder.get(...rest),
      set: () => new Promise(() => undefined),
      destroy: (...rest) => recorder.destroy(...rest),
    };
    void request(never).create('id', write({ n: 2 }));
    expect(request(never).read('id')).toMatchObject({ data: DATA });
  });

  it('rejects with its own error, and the next write succeeds', async () => {
    const { request, recorder } = setUp();
    const inner = late(recorder);
    recorder.failure = new Error('no connection');
    const failing = request(inner).update('id', DATA, write({ n: 2 }));
    const next = (async (): Promise<unknown> => request(inner).update('id', DATA, write({ n: 3 })))();
    await expect(failing).rejects.toThrow('no connection');
    recorder.failure = undefined;
    await next.catch(() => undefined);
    expect(await request(inner).update('id', DATA, write({ n: 4 }))).toMatchObject({ kind: 'done' });
  });
});

describe('the sessions of a user', () => {
  it('can be neither listed nor ended, and the error says which store can', () => {
    const { store } = setUp();
    const message =
      'session: a store of three methods (get, set, destroy) cannot list sessions by user; MemoryStore can, and so ' +
      'can any VersionedStore';
    const calls: (() => MaybePromise<unknown>)[] = [() => store.listByUser(), () => store.destroyByUser()];
    for (const call of calls) expect(call).toThrow(new Error(message));
  });
});

it('a classic store counts as versioned, and the store that it wraps does not', () => {
  const { store, recorder } = setUp();
  expect([isVersioned(store), isVersioned(recorder)]).toEqual([true, false]);
});
