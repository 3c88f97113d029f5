import { describe, expect, it } from 'vitest';
import { MemoryRevocations, MemoryStore, type SessionOptions, type SessionStore } from './index.ts';
import { query } from './testing/classic-stores.ts';
import { bag, setUp } from './testing/set-up.ts';

/** Every method returns a query, which runs when its `then` is called; the store counts how often each ran. */
function querying<Inner extends object>(inner: Inner) {
  const runs: number[] = [];
  let failure: Error | undefined;
  const store = new Proxy(inner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const at = runs.push(0) - 1;
        return query(() => {
          runs[at] = (runs[at] ?? 0) + 1;
          if (failure) throw failure;
          return Reflect.apply(member, target, args) as unknown;
        });
      };
    },
  });
  return { store, runs, fail: (error: Error | undefined) => void (failure = error) };
}

function classic(): SessionStore {
  const memory = new MemoryStore();
  return {
    get: (id) => memory.get(id),
    set: (id, record, ttl) => memory.set(id, record, ttl),
    destroy: (id) => memory.destroy(id),
  };
}

const KINDS: [string, () => SessionStore | MemoryStore, SessionOptions][] = [
  ["of koa-session's kind", classic, {}],
  ['with versions', () => new MemoryStore(), {}],
  ["with onStoreError: 'cookie'", () => new MemoryStore(), { encrypt: true, onStoreError: 'cookie' }],
];

describe.each(KINDS)(
  'a store %s that returns queries, with a then and nothing else',
  (_kind, make, options) => {
    it('works: sessions are read, written, extended, regenerated and ended, and each query runs once', async () => {
      const { store, runs } = querying(make());
      const { request, errors, browser } = setUp({ ...options, store, rolling: true });
      await request((ctx) => (bag(ctx).n = 1));
      await request((ctx) => (bag(ctx).n = 2));
      await request();
      await request(async (ctx) => {
        await bag(ctx).update((data) => void Object.assign(data, { m: 1 }));
        bag(ctx).n = 3;
        await bag(ctx).save();
        await bag(ctx).regenerate();
        bag(ctx).k = 1;
      });
      expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ n: 3, m: 1, k: 1 });
      await request((ctx) => void (ctx.session = null));
      expect([errors, browser.jar.cookies.size]).toEqual([[], 0]);
      expect(runs.length).toBeGreaterThan(10);
      expect(new Set(runs)).toEqual(new Set([1]));
    });

    it('merges what two requests have changed', async () => {
      const { store } = querying(make());
      const { request } = setUp({ ...options, store });
      await request((ctx) => (bag(ctx).n = 1));
      await request(async (ctx) => {
        bag(ctx).a = 1;
        await request((other) => (bag(other).b = 1));
      });
      expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ n: 1, a: 1, b: 1 });
    });
  },
);

it('a query that fails is the error of the request', async () => {
  const { store, fail } = querying(classic());
  const { request, errors } = setUp({ store });
  await request((ctx) => (bag(ctx).n = 1));
  fail(new Error('no connection'));
  expect((await request((ctx) => bag(ctx).n)).status).toBe(500);
  expect(errors.map(({ message }) => message)).toEqual(['no connection']);
  fail(undefined);
  expect((await request((ctx) => bag(ctx).n)).result).toBe(1);
});

it('revocations, valid, beforeSave and the function of update() may return queries', async () => {
  const { store: revocations, runs } = querying(new MemoryRevocations());
  const { request, errors, browser } = setUp({
    encrypt: true,
    revocations,
    valid: (_ctx, data) => query(() => data['n'] !== 5),
    beforeSave: (_ctx, session) => query(() => void Object.assign(session, { saved: true })),
  });
  await request((ctx) => (bag(ctx).n = 1));
  const copy = browser.jar.header(Date.now());
  const updated = await request((ctx) =>
    bag(ctx).update((data) => query(() => Object.assign(data, { n: 2 }) && 'done') as Promise<string>),
  );
  expect(updated.result).toBe('done');
  expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ n: 2, saved: true });
  await request((ctx) => (bag(ctx).n = 5));
  expect((await request((ctx) => bag(ctx).isNew)).result).toBe(true);
  await request((ctx) => void (ctx.session = null), { cookie: copy });
  expect((await request((ctx) => bag(ctx).isNew, { cookie: copy })).result).toBe(true);
  expect([errors, new Set(runs)]).toEqual([[], new Set([1])]);
});
