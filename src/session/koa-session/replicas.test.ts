import { beforeEach, describe, expect, it } from 'vitest';
import type { Context } from 'koa';
import type { SessionEvent, SessionOptions } from '../index.ts';
import { ReplicatedStore } from '../testing/classic-stores.ts';
import { bag, type Handler, setUp } from '../testing/set-up.ts';

const CLOCKS: [string, SessionOptions, step: number][] = [
  ['in one millisecond', {}, 0],
  ['milliseconds apart', {}, 1],
  ["milliseconds apart, with maxAge 'session'", { maxAge: 'session' }, 1],
];

describe.each(CLOCKS)('a store that reads from a replica, with calls %s', (_name, options, step) => {
  let time: number;
  let store: ReplicatedStore;
  let merged: unknown[];
  let app: ReturnType<typeof setUp>;

  beforeEach(() => {
    time = 1_000_000;
    store = new ReplicatedStore();
    merged = [];
    app = setUp({ ...options, store, now: () => (time += step) });
    for (const name of ['merged', 'gone'])
      app.app.on(`session:${name}`, ({ value }: SessionEvent) => merged.push([name, value]));
  });

  /** Creates a session that the replica knows, then makes a request with this handler. */
  async function after(data: object, handler: Handler) {
    await app.request((ctx) => Object.assign(bag(ctx), data));
    store.catchUp();
    const reply = await app.request(handler);
    expect([app.errors, merged]).toEqual([[], []]);
    return reply;
  }

  it('a logout that saves and then regenerates is not undone', async () => {
    await after({ user: 'ann', cart: 1 }, async (ctx) => {
      delete bag(ctx).user;
      await bag(ctx).save();
      await bag(ctx).regenerate();
    });
    expect(store.data).toEqual([{ cart: 1 }]);
  });

  it('a second save does not undo the first, nor does a third one', async () => {
    await after({ a: 0, b: 0, gone: 1 }, async (ctx) => {
      const session = bag(ctx);
      session.a = 1;
      await session.save();
      delete session.gone;
      await session.save();
      session.b = 2;
      await session.save();
      session.c = 3;
    });
    expect(store.data).toEqual([{ a: 1, b: 2, c: 3 }]);
  });

  it('a handler keeps the objects that it holds', async () => {
    await after({ cart: { items: ['x'] } }, async (ctx) => {
      const { items } = bag(ctx).cart as { items: string[] };
      items.push('y');
      await bag(ctx).save();
      items.push('z');
    });
    expect(store.data).toEqual([{ cart: { items: ['x', 'y', 'z'] } }]);
  });

  it('update() runs its function once, on what the request has written', async () => {
    let runs = 0;
    const increment = (ctx: Context) =>
      bag(ctx).update((data) => {
        runs += 1;
        Object.assign(data, { n: Number(Reflect.get(data, 'n')) + 1 });
      });
    await after({ n: 1 }, async (ctx) => {
      await increment(ctx);
      await increment(ctx);
      await increment(ctx);
    });
    expect([store.data, runs]).toEqual([[{ n: 4 }], 3]);
  });

  it.each<[string, (ctx: Context) => void]>([
    ['set to null', (ctx) => void (ctx.session = null)],
    ['emptied', (ctx) => void delete bag(ctx).a],
  ])('a session that was saved and then %s is removed', async (_how, remove) => {
    const reply = await after({ a: 1 }, async (ctx) => {
      bag(ctx).a = 2;
      await bag(ctx).save();
      remove(ctx);
    });
    expect([store.data, reply.cookie()?.value]).toEqual([[], '']);
  });

  it('an ended session does not come back by what the request does next', async () => {
    await after({ a: 1 }, async (ctx) => {
      ctx.session = null;
      await app.request((other) => expect(bag(other).a).toBe(1));
      ctx.session = { b: 1 };
      await bag(ctx).save();
      bag(ctx).c = 1;
    });
    expect(store.data).toEqual([{ b: 1, c: 1 }]);
  });

  it('a maxAge that is set twice has the second value', async () => {
    await after({ a: 1 }, async (ctx) => {
      bag(ctx).b = 2;
      bag(ctx).maxAge = 5000;
      await bag(ctx).save();
      bag(ctx).maxAge = 9000;
      await bag(ctx).save();
    });
    expect(store.data).toEqual([{ a: 1, b: 2 }]);
    expect([...store.primary.values()][0]).toContain('"_maxAge":9000');
  });

  it('a new session, and the one after regenerate(), keep what is written next', async () => {
    await after({}, async (ctx) => {
      bag(ctx).a = 1;
      await bag(ctx).save();
      await bag(ctx).regenerate();
      bag(ctx).b = 1;
      await bag(ctx).save();
      delete bag(ctx).a;
    });
    expect(store.data).toEqual([{ b: 1 }]);
  });

  it('a session can be saved twice after the headers were sent', async () => {
    await after({ a: 1 }, async (ctx) => {
      bag(ctx).a = 2;
      await bag(ctx).save();
      ctx.res.flushHeaders();
      bag(ctx).a = 3;
      await bag(ctx).save();
      bag(ctx).b = 1;
      await bag(ctx).save();
      ctx.body = 'ok';
    });
    expect(store.data).toEqual([{ a: 3, b: 1 }]);
  });

  it('a write that failed, but was stored, does not count as a change by others', async () => {
    const set = store.set.bind(store);
    await after({ a: 0 }, async (ctx) => {
      const session = bag(ctx);
      session.a = 1;
      session.b = 1;
      store.set = async (...rest) => {
        await set(...rest);
        throw new Error('no answer in time');
      };
      await expect(session.save()).rejects.toThrow('no answer in time');
      store.set = set;
      store.catchUp();
      delete session.b;
      await session.save();
    });
    expect(store.data).toEqual([{ a: 1 }]);
  });

  it('changes by others are still merged, and not undone by an outdated answer of the replica', async () => {
    await app.request((ctx) => Object.assign(bag(ctx), { a: 0, b: 0 }));
    store.catchUp();
    const early = [...store.primary];
    await app.request(async (ctx) => {
      const session = bag(ctx);
      session.a = 1;
      await session.save();
      store.catchUp();
      await app.request((other) => (bag(other).b = 1));
      store.catchUp();
      session.c = 1;
      await session.save();
      const late = [...store.primary];
      store.primary.clear();
      for (const [id, text] of early) store.primary.set(id, text);
      store.catchUp();
      for (const [id, text] of late) store.primary.set(id, text);
      session.d = 1;
      await session.save();
    });
    expect(store.data).toEqual([{ a: 1, b: 1, c: 1, d: 1 }]);
    expect(merged.length).toBe(1);
  });
});

it('a replica may lag behind by all saves of a request that saves in a loop', async () => {
  const store = new ReplicatedStore();
  const { request, errors } = setUp({ store });
  await request((ctx) => (bag(ctx).n = 0));
  store.catchUp();
  await request(async (ctx) => {
    for (let n = 1; n <= 30; n += 1) {
      bag(ctx).n = n;
      await bag(ctx).save();
      if (n === 10) store.catchUp();
    }
  });
  expect([store.data, errors]).toEqual([[{ n: 30 }], []]);
});

describe('a change by others is distinguished from an outdated answer of a replica', () => {
  it('by its end: a logout that changes the data back holds, whatever this request saves next', async () => {
    let time = 1_000_000;
    const store = new ReplicatedStore();
    const { request } = setUp({ store, now: () => (time += 1) });
    await request((ctx) => (bag(ctx).cart = 1));
    store.catchUp();
    await request(async (ctx) => {
      bag(ctx).user = 'ann';
      await bag(ctx).save();
      store.catchUp();
      await request((other) => delete bag(other).user);
      store.catchUp();
      bag(ctx).seen = 1;
    });
    expect(store.data).toEqual([{ cart: 1, seen: 1 }]);
  });

  it('if the session is gone: it stays ended', async () => {
    const store = new ReplicatedStore();
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).cart = 1));
    store.catchUp();
    const reply = await request(async (ctx) => {
      bag(ctx).a = 1;
      await bag(ctx).save();
      store.catchUp();
      await request((other) => void (other.session = null));
      store.catchUp();
      bag(ctx).b = 1;
      await bag(ctx).save();
    });
    expect([reply.status, store.data]).toEqual([409, []]);
  });
});
