import { describe, expect, it } from 'vitest';
import type { SessionEvent, SessionStore } from '../index.ts';
import { ReorderingStore, ReplicatedStore } from '../testing/classic-stores.ts';
import { bag, setUp } from '../testing/set-up.ts';

interface Cart {
  total: number;
  at: { street: string; no: number };
  items: { sku: string; n: number }[];
}

const CART: Cart = { total: 0, at: { street: 'x', no: 1 }, items: [{ sku: 'x', n: 1 }] };

function reordering(store: ReorderingStore & SessionStore = new ReorderingStore()) {
  const made = setUp({ store });
  const events: string[] = [];
  for (const name of ['merged', 'saved', 'renewed', 'gone'])
    made.app.on(`session:${name}`, () => events.push(name));
  const read = async () => (await made.request((ctx) => ({ ...bag(ctx) }))).result;
  return { ...made, store, events, read };
}

describe('a store that returns keys in another order', () => {
  it('causes no conflict: a handler that saves twice keeps the objects that it holds', async () => {
    const { request, events, read } = reordering();
    await request((ctx) => Object.assign(bag(ctx), { user: 'ann', cart: structuredClone(CART) }));
    events.length = 0;
    await request(async (ctx) => {
      const session = bag(ctx);
      const cart = session.cart as Cart;
      // Keys in an order that the store does not return.
      session.last = { when: 1, by: 2 };
      await session.save();
      cart.total = 1;
      cart.at.no = 2;
      await session.save();
      cart.total = 2;
      cart.items[0]!.n = 2;
      expect(session.cart).toBe(cart);
    });
    expect(events).toEqual(['saved', 'saved', 'saved']);
    const cart = { total: 2, at: { street: 'x', no: 2 }, items: [{ sku: 'x', n: 2 }] };
    expect(await read()).toEqual({ user: 'ann', last: { when: 1, by: 2 }, cart });
  });

  it('causes no conflict for regenerate(), null and a new end after a save either', async () => {
    const { request, events, store, read } = reordering();
    await request((ctx) => (bag(ctx).cart = structuredClone(CART)));
    events.length = 0;
    await request(async (ctx) => {
      bag(ctx).last = { when: 1, by: 2 };
      await bag(ctx).save();
      bag(ctx).maxAge = 5000;
      await bag(ctx).save();
      await bag(ctx).regenerate();
    });
    expect([events, store.texts.size]).toEqual([['saved', 'renewed'], 1]);
    expect(await read()).toEqual({ cart: CART, last: { when: 1, by: 2 } });
    await request(async (ctx) => {
      bag(ctx).next = { when: 2, by: 3 };
      await bag(ctx).save();
      for (const key of Object.keys(bag(ctx))) delete bag(ctx)[key];
    });
    expect(store.texts.size).toBe(0);
  });

  it('is told that nothing has changed when only the end moves after a save', async () => {
    const store = new ReorderingStore();
    const told: boolean[] = [];
    const { request } = setUp({
      store: {
        get: (id: string) => store.get(id),
        destroy: (id: string) => store.destroy(id),
        set: (id, record, _ttl, { changed }) => (told.push(changed), store.set(id, record)),
      },
    });
    await request(async (ctx) => {
      bag(ctx).last = { when: 1, by: 2 };
      await bag(ctx).save();
      ctx.res.flushHeaders();
      bag(ctx).maxAge = 5000;
      await bag(ctx).save();
      ctx.body = 'ok';
    });
    expect(told).toEqual([true, false]);
  });

  it('lets a handler keep its objects when others change another key, and merges that key', async () => {
    const { request, events, read } = reordering();
    await request((ctx) => Object.assign(bag(ctx), { cart: structuredClone(CART), views: 1 }));
    events.length = 0;
    await request(async (ctx) => {
      const cart = bag(ctx).cart as Cart;
      bag(ctx).last = { when: 1, by: 2 };
      await bag(ctx).save();
      await request((other) => (bag(other).views = 2));
      cart.total = 1;
      await bag(ctx).save();
      cart.total = 2;
      expect([bag(ctx).cart, bag(ctx).views]).toEqual([cart, 2]);
      expect(bag(ctx).cart).toBe(cart);
    });
    expect(events.filter((name) => name === 'merged')).toHaveLength(1);
    expect(await read()).toEqual({ cart: { ...CART, total: 2 }, views: 2, last: { when: 1, by: 2 } });
  });

  it('counts another order of array items as a change, and another value of the same length', async () => {
    const { request, events, read } = reordering();
    await request((ctx) => Object.assign(bag(ctx), { list: [1, 2], n: 1 }));
    events.length = 0;
    await request(async (ctx) => {
      bag(ctx).mine = 1;
      await request((other) => Object.assign(bag(other), { list: [2, 1], n: 2 }));
    });
    expect(await read()).toEqual({ list: [2, 1], n: 2, mine: 1 });
    expect(events).toEqual(['saved', 'merged', 'saved']);
  });
});

it('a store that returns another order each time, and lags behind, causes no conflict', async () => {
  const store = new ReplicatedStore();
  const { app, request } = setUp({
    store: {
      get: async (id: string) => turned(await store.get(id)),
      set: (id, record) => store.set(id, record),
      destroy: (id: string) => store.destroy(id),
    },
  });
  let reads = 0;
  function turned(found: unknown): unknown {
    reads += 1;
    return found && reads % 2 === 0 ? Object.fromEntries(Object.entries(found).toReversed()) : found;
  }
  const merged: SessionEvent[] = [];
  app.on('session:merged', (event: SessionEvent) => merged.push(event));
  await request((ctx) => Object.assign(bag(ctx), { a: 0, b: { c: 0 } }));
  store.catchUp();
  await request(async (ctx) => {
    const { b } = bag(ctx) as unknown as { b: { c: number } };
    for (let n = 1; n < 5; n += 1) {
      bag(ctx).a = n;
      await bag(ctx).save();
      b.c = n;
      await bag(ctx).save();
    }
  });
  expect([store.data, merged]).toEqual([[{ a: 4, b: { c: 4 } }], []]);
});

function deep(n: number): object {
  let inner: object = { n };
  for (let depth = 0; depth < 1700; depth += 1) inner = { inner };
  return inner;
}

it('data nested too deep to be compared counts as changed by others when its text differs', async () => {
  const store = new ReplicatedStore();
  const { request, errors } = setUp({
    store: {
      get: (id: string) => (store.catchUp(), store.get(id)),
      set: (id, record) => store.set(id, record),
      destroy: (id: string) => store.destroy(id),
    },
  });
  await request((ctx) => (bag(ctx).deep = deep(1)));
  await request(async (ctx) => {
    bag(ctx).mine = 1;
    await request((other) => (bag(other).deep = deep(2)));
  });
  const found = await request((ctx) => [bag(ctx).mine, JSON.stringify(bag(ctx).deep).includes('2')]);
  expect([errors, found.result]).toEqual([[], [1, true]]);
});
