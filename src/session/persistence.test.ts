import Koa, { type Context } from 'koa';
import { describe, expect, it } from 'vitest';
import session, {
  MemoryStore,
  type Outcome,
  type SessionEvent,
  type SessionOptions,
  type SessionStore,
  type StoreContext,
  type StoredSession,
} from './index.ts';
import { RecordingStore } from './testing/recording-store.ts';
import { bag, serve, setUp } from './testing/set-up.ts';

function cyclic(data: Record<string, unknown>): object {
  return Object.assign(data, { self: data });
}

function withDate(key: string, value: unknown): unknown {
  return key === 'date' ? new Date(String(value)) : value;
}

describe('a store', () => {
  it('gets the record, ten seconds more than maxAge, and whether data changed', async () => {
    const store = new RecordingStore(true);
    const start = Date.now();
    const { request } = setUp({ store, maxAge: 5000, now: () => start, rolling: true });
    const id = (await request((ctx) => (bag(ctx).a = 1))).cookie()?.value;
    await request();
    // The second read is the one before the record is overwritten.
    const [first, get, , second] = store.calls;
    expect(first).toMatchObject({ method: 'set', id, maxAge: 15_000, changed: true, rolling: true });
    expect(first?.record).toEqual({ a: 1, _expire: expect.any(Number) as number, _maxAge: 5000 });
    expect(get).toMatchObject({ method: 'get', id, maxAge: 5000, rolling: true });
    expect(second).toMatchObject({ method: 'set', id, maxAge: 15_000, changed: false });
  });

  it.each<[string, SessionOptions]>([
    ["with maxAge 'session'", { maxAge: 'session' }],
    ["with maxAge 'session' and rolling", { maxAge: 'session', rolling: true }],
    ["whose maxAge a handler sets to 'session'", {}],
  ])('gets a number of ms or nothing for a session %s', async (_name, options) => {
    const store = new RecordingStore(false);
    const { request } = setUp({ ...options, store });
    await request((ctx) => Object.assign(bag(ctx), { a: 1, maxAge: 'session' }));
    await request((ctx) => (bag(ctx).a = 2));
    await request((ctx) => bag(ctx).regenerate());
    await request();
    const sets = store.calls.filter(({ method }) => method === 'set');
    expect(sets.length).toBeGreaterThan(2);
    for (const { maxAge, record } of sets) {
      expect([maxAge, record]).toMatchObject([undefined, { _session: true }]);
    }
    for (const { maxAge } of store.calls) expect(typeof maxAge).not.toBe('string');
  });

  it('gets the request with every call', async () => {
    const seen: [string, Context][] = [];
    const note = (name: string, { ctx }: StoreContext): void => void seen.push([name, ctx]);
    const memory = new MemoryStore();
    const store: SessionStore = {
      get: (id, _maxAge, options) => (note('get', options), memory.get(id)),
      set: (id, record, ttl, options) => (note('set', options), memory.set(id, record, ttl)),
      destroy: (id, options) => (note('destroy', options), memory.destroy(id)),
    };
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => {
      ctx.session = null;
      return ctx;
    });
    expect(seen.map(([name]) => name)).toEqual(['set', 'get', 'destroy']);
    expect(seen[2]?.[1]).toBe(reply.result);
  });

  it('is not asked if the request brings no cookie and the handler uses no session', async () => {
    const store = new RecordingStore(false);
    await setUp({ store }).request();
    expect(store.calls).toEqual([]);
  });

  it('never gets a write for an id that a client has made up', async () => {
    const store = new RecordingStore(false);
    const { request } = setUp({ store, signed: false });
    const reply = await request((ctx) => (bag(ctx).a = 1), { cookie: 'koa.sess=chosen-by-an-attacker' });
    expect(reply.cookie()?.value).toMatch(/^sid-/);
    expect([...store.records.keys()]).toEqual([reply.cookie()?.value]);
  });

  it.each([[null], [undefined], [''], [0], ['text'], [[1]], [5]])(
    'that returns %o causes a new session with a new id',
    async (record) => {
      const store = { get: () => record, set: () => undefined, destroy: () => undefined };
      const { request } = setUp({ store, signed: false });
      const reply = await request((ctx) => [bag(ctx).isNew, bag(ctx).externalKey], {
        cookie: 'koa.sess=old',
      });
      expect(reply.result).toEqual([true, expect.stringMatching(/^sid-/)]);
    },
  );

  it.each(['at once', 'later'])(
    'that makes a Date from its text gives it to handlers and to valid, answering %s',
    async (how) => {
      const records = new Map<string, string>();
      const store: SessionStore = {
        get: (id) => {
          const text = records.get(id);
          const found: unknown = text && JSON.parse(text, withDate);
          return how === 'later' ? Promise.resolve(found) : found;
        },
        set: (id, record) => records.set(id, JSON.stringify(record)),
        destroy: (id) => records.delete(id),
      };
      const asked: unknown[] = [];
      const { request } = setUp({ store, valid: (_ctx, { date }) => asked.push(date) });
      const date = new Date(0);
      await request((ctx) => Object.assign(bag(ctx), { date, nested: { date } }));
      const before = [...records];
      const read = await request((ctx) => [bag(ctx).date, bag(ctx).nested]);
      expect([read.result, asked]).toEqual([[date, { date }], [date]]);
      expect([...records]).toEqual(before);
      await request((ctx) => (bag(ctx).a = 1));
      expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ date, nested: { date }, a: 1 });
    },
  );

  it.each<[string, object]>([
    ['a BigInt', { a: 1n }],
    ['a cycle', cyclic({ a: 1 })],
  ])('that returns %s, which JSON cannot hold, causes a new session and a report', async (_what, record) => {
    const records = new Map<string, object>([['old', record]]);
    const store: SessionStore = {
      get: (id) => records.get(id),
      set: (id, value) => records.set(id, value),
      destroy: (id) => records.delete(id),
    };
    const { app, request, errors } = setUp({ store, signed: false });
    const invalid: unknown[] = [];
    app.on('session:invalid', ({ key }: SessionEvent) => invalid.push(key));
    const cookie = 'koa.sess=old';
    const read = await request((ctx) => [bag(ctx).isNew, bag(ctx).externalKey], { cookie });
    expect([read.status, read.result]).toEqual([200, [true, expect.stringMatching(/^sid-/)]]);
    const written = await request((ctx) => (bag(ctx).b = 2), { cookie });
    expect(written.cookie()?.value).toMatch(/^sid-/);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ b: 2 });
    expect([invalid, errors]).toEqual([['old', 'old'], []]);
  });

  it('gets parallel saves one after another', async () => {
    const running: string[] = [];
    let inFlight = 0;
    const store: SessionStore = {
      get: () => undefined,
      set: async (_id, record) => {
        inFlight += 1;
        running.push(`${inFlight} in flight, a = ${String(record.a)}`);
        await new Promise((done) => setImmediate(done));
        inFlight -= 1;
      },
      destroy: () => undefined,
    };
    const { request, errors } = setUp({ store });
    await request((ctx) => {
      for (const value of [1, 2, 3]) {
        bag(ctx).a = value;
        void bag(ctx).save();
      }
      bag(ctx).a = 'last';
    });
    expect(errors).toEqual([]);
    expect(running[0]).toBe('1 in flight, a = 1');
    expect(running.at(-1)).toBe('1 in flight, a = last');
    expect(running.filter((line) => !line.startsWith('1 in flight'))).toEqual([]);
  });

  it('has done all un-awaited saves before the response is sent', async () => {
    const memory = new MemoryStore();
    const store: SessionStore = {
      get: (id) => memory.get(id),
      set: async (id, record) => {
        await new Promise((done) => setImmediate(done));
        memory.set(id, record);
      },
      destroy: (id) => memory.destroy(id),
    };
    const { request } = setUp({ store });
    const reply = await request((ctx) => {
      bag(ctx).a = 1;
      void bag(ctx).save();
      void bag(ctx).regenerate();
    });
    expect(memory.size).toBe(1);
    expect(memory.get(reply.cookie()?.value ?? '')).toMatchObject({ a: 1 });
  });
});

function named<Found>(found: Found): Found {
  return { ...found, id: 'another' };
}

/** A MemoryStore that notes what it is given to store. */
function watchedStore() {
  const memory = new MemoryStore();
  const given: [name: PropertyKey, session: unknown][] = [];
  const store = new Proxy(memory, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...rest: unknown[]) => {
        if (['create', 'update', 'touch'].includes(String(name))) given.push([name, rest.at(-1)]);
        return Reflect.apply(member, target, rest) as unknown;
      };
    },
  });
  return { store, given };
}

it('a store is given what it has to keep, without the id', async () => {
  const { store, given } = watchedStore();
  const { request } = setUp({ store, rolling: true });
  await request((ctx) => (bag(ctx).a = 1));
  await request((ctx) => (bag(ctx).a = 2));
  await request((ctx) => bag(ctx).a);
  expect(given.map(([name, session]) => [name, Object.keys(session as object)])).toEqual(
    ['create', 'update', 'touch'].map((name) => [name, ['data', 'life', 'ttl', 'userId', 'maxOfUser']]),
  );
});

it('a new maxAge is written as a change, so that no parallel touch undoes it', async () => {
  const { store, given } = watchedStore();
  const { request } = setUp({ store });
  await request((ctx) => {
    bag(ctx).a = 1;
    bag(ctx).maxAge = 5000;
  });
  await request((ctx) => (bag(ctx).maxAge = 7000));
  expect(given.map(([name]) => name)).toEqual(['create', 'update']);
});

it.each(['read', 'update'])(
  'a store whose %s() returns an id does not change that of the session',
  async (method) => {
    const memory = new MemoryStore();
    const store = new Proxy(memory, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...rest: unknown[]) => {
          const answer = Reflect.apply(member, target, rest) as StoredSession | Outcome;
          if (name !== method) return answer;
          if ('kind' in answer)
            return answer.kind === 'changed' ? { ...answer, current: named(answer.current) } : answer;
          return named(answer);
        };
      },
    });
    const { request } = setUp({ store });
    const id = (await request((ctx) => (bag(ctx).a = 1))).cookie()?.value;
    const reply = await request(async (ctx) => {
      const session = bag(ctx);
      await request((other) => (bag(other).b = 2));
      session.a = 3;
      await session.save();
      session.a = 4;
      return session.externalKey;
    });
    expect([reply.status, reply.result, memory.size]).toEqual([200, id, 1]);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 4, b: 2 });
    await request((ctx) => void (ctx.session = null));
    expect(memory.size).toBe(0);
  },
);

describe('ContextStore', () => {
  it('is made for each request, with its context, and replaces store', async () => {
    const memory = new MemoryStore();
    const made: Context[] = [];
    class ContextStore implements SessionStore {
      constructor(ctx: Context) {
        made.push(ctx);
      }
      get(id: string): unknown {
        return memory.get(id);
      }
      set(...[id, record, ttl]: Parameters<SessionStore['set']>): void {
        memory.set(id, record, ttl);
      }
      destroy(id: string): void {
        memory.destroy(id);
      }
    }
    const store = new RecordingStore(false);
    const { request } = setUp({ ContextStore, store });
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => [ctx, bag(ctx).a]);
    expect(reply.result).toEqual([made[1], 1]);
    expect(made).toHaveLength(2);
    expect(made[0]).not.toBe(made[1]);
    expect(store.calls).toEqual([]);
  });
});

describe('externalKey', () => {
  const externalKey = {
    get: (ctx: Context): string => ctx.get('x-session'),
    set: (ctx: Context, id: string): void => ctx.set('x-session', id),
  };

  it('carries the id instead of the cookie', async () => {
    const { request } = setUp({ store: new MemoryStore(), externalKey });
    const first = await request((ctx) => (bag(ctx).a = 1));
    expect(first.setCookie).toEqual([]);
    const id = String(first.headers['x-session']);
    expect(id).toMatch(/^sid-/);
    const second = await request((ctx) => [bag(ctx).a, bag(ctx).externalKey], { 'x-session': id });
    expect(second.result).toEqual([1, id]);
  });

  it('needs no keys', async () => {
    const { app, request } = setUp({ store: new MemoryStore(), externalKey });
    app.keys = undefined as unknown as string[];
    expect((await request((ctx) => (bag(ctx).a = 1))).headers['x-session']).toMatch(/^sid-/);
  });

  it('gets the new id by regenerate(), and the old one ends', async () => {
    const store = new MemoryStore();
    const { request } = setUp({ store, externalKey });
    const old = String((await request((ctx) => (bag(ctx).a = 1))).headers['x-session']);
    const reply = await request((ctx) => bag(ctx).regenerate(), { 'x-session': old });
    expect(reply.headers['x-session']).not.toBe(old);
    expect(store.get(old)).toBeUndefined();
    expect(store.get(String(reply.headers['x-session']))).toMatchObject({ a: 1 });
  });

  it.each([[''], [null], [undefined]])('that returns %o causes a new session', async (nothing) => {
    const store = new RecordingStore(false);
    const { request } = setUp({ store, externalKey: { ...externalKey, get: () => nothing } });
    expect((await request((ctx) => bag(ctx).isNew)).result).toBe(true);
    expect(store.calls).toEqual([]);
  });
});

it('with externalKey and no keys a session can be ended, and no cookie is sent', async () => {
  const app = new Koa();
  app.silent = true;
  const store = { get: () => ({ a: 1 }), set: () => undefined, destroy: () => undefined };
  app.use(session({ store, externalKey: { get: () => 'x', set: () => undefined } }, app));
  const reply = await serve(app).request((ctx) => void (ctx.session = null));
  expect([reply.status, reply.setCookie]).toEqual([200, []]);
});
