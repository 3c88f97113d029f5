import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionOptions } from '../index.ts';
import { RecordingStore } from '../testing/recording-store.ts';
import { bag, type LooseSession, setUp } from '../testing/set-up.ts';

const STORES: [string, () => SessionOptions][] = [
  ['a versioned store', () => ({ store: new MemoryStore() })],
  ["a store of koa-session's kind", () => ({ store: new RecordingStore(true) })],
];

const WAYS: [string, (session: LooseSession) => unknown][] = [
  ['Object.freeze', Object.freeze],
  ['Object.seal', Object.seal],
  ['Object.preventExtensions', Object.preventExtensions],
];

const ENDS: [string, (session: LooseSession) => unknown][] = [
  ['at the end of the request', () => undefined],
  ['by save()', (session) => session.save()],
  ['by regenerate()', (session) => session.regenerate()],
  ['by manuallyCommit()', (session) => session.manuallyCommit()],
  ['by update()', (session) => session.update(() => undefined)],
];

function addOne(data: object): void {
  Reflect.deleteProperty(data, 'removed');
  Object.assign(data, { n: Number(Reflect.get(data, 'n')) + 1, added: 1 });
}

describe.each(STORES)('in %s, a session', (_store, options) => {
  describe.each(WAYS)('on which a handler has called %s', (_way, freeze) => {
    it.each(ENDS)('keeps its changes and those of another request when it is saved %s', async (_end, end) => {
      const { errors, request } = setUp(options());
      await request((ctx) =>
        Object.assign(bag(ctx), { a: 1, changed: 1, removed: 1, user: { name: 'Ada' } }),
      );
      const reply = await request(async (ctx) => {
        bag(ctx).mine = 1;
        bag(ctx).user = Object.freeze({ name: 'Grace' });
        freeze(bag(ctx));
        await request((other) => {
          Object.assign(bag(other), { added: 1, changed: 2, update: 'data', createdAt: 'data' });
          delete bag(other).removed;
        });
        await end(bag(ctx));
      });
      expect([reply.status, errors]).toEqual([200, []]);
      const stored = { a: 1, changed: 2, added: 1, mine: 1, user: { name: 'Grace' } };
      expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({
        ...stored,
        update: 'data',
        createdAt: 'data',
      });
    });

    it('gets what update() changes', async () => {
      const { errors, request } = setUp(options());
      await request((ctx) => Object.assign(bag(ctx), { n: 1, removed: 1 }));
      const reply = await request(async (ctx) => {
        freeze(bag(ctx));
        await request((other) => (bag(other).n = 10));
        await bag(ctx).update(addOne);
        return JSON.stringify(ctx.session);
      });
      expect([reply.status, errors]).toEqual([200, []]);
      expect(JSON.parse(String(reply.result))).toEqual({ n: 11, added: 1 });
      expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ n: 11, added: 1 });
    });

    it('stays as it was if no other request has changed it, and freezing alone writes nothing', async () => {
      const { errors, request } = setUp({ ...options(), signed: false });
      await request((ctx) => (bag(ctx).a = 1));
      const reply = await request((ctx) => void freeze(bag(ctx)));
      expect([reply.status, reply.setCookie, errors]).toEqual([200, [], []]);
      expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1 });
    });

    it('can still be ended or replaced', async () => {
      const { request } = setUp(options());
      await request((ctx) => (bag(ctx).a = 1));
      await request((ctx) => {
        freeze(bag(ctx));
        ctx.session = Object.freeze({ b: 2 });
        bag(ctx).c = 3;
      });
      expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ b: 2, c: 3 });
      await request((ctx) => {
        freeze(bag(ctx));
        ctx.session = null;
      });
      expect((await request((ctx) => ctx.session.isNew)).result).toBe(true);
    });
  });

  it('that is sealed keeps what the handler changes after other requests', async () => {
    const { request } = setUp(options());
    await request((ctx) => Object.assign(bag(ctx), { a: 1, removed: 1 }));
    await request(async (ctx) => {
      const session = Object.seal(bag(ctx));
      session.a = 2;
      await request((other) => {
        bag(other).b = 1;
        delete bag(other).removed;
      });
      await session.save();
      session.a = 3;
      session.removed = 'back';
    });
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 3, b: 1, removed: 'back' });
  });

  it('that is frozen and empty is kept if other requests have put data into it', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    await request(async (ctx) => {
      delete bag(ctx).a;
      Object.freeze(bag(ctx));
      await request((other) => (bag(other).b = 2));
    });
    expect((await request((ctx) => [{ ...bag(ctx) }, bag(ctx).populated])).result).toEqual([{ b: 2 }, true]);
  });

  it('with a read-only key gets the value that other requests have set', async () => {
    const { request } = setUp(options());
    await request((ctx) => Object.assign(bag(ctx), { a: 1, b: 1 }));
    await request(async (ctx) => {
      Object.defineProperty(bag(ctx), 'a', { get: () => 1, enumerable: true });
      bag(ctx).b = 2;
      await request((other) => (bag(other).a = 5));
    });
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 5, b: 2 });
  });

  it('names the key of a value that JSON cannot hold, also if a handler sets it while others write', async () => {
    const { errors, request } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request(async (ctx) => {
      bag(ctx).b = 1;
      await request((other) => (bag(other).a = 2));
      const saving = bag(ctx).save();
      bag(ctx).a = 1n;
      return saving.catch((error: Error) => error.message);
    });
    const messages = [reply.result, ...errors.map((error) => error.message)].filter(Boolean);
    expect(messages.length).toBeGreaterThan(0);
    for (const message of messages) expect(message).toContain('ctx.session.a cannot be saved: ');
    expect((await request((ctx) => bag(ctx).a)).result).toBe(2);
  });
});
