import type { Context } from 'koa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SessionStore, MemoryStore } from '../index.ts';
import { bag, setUp } from '../testing/set-up.ts';
import { Locks } from '../core/waiting.ts';
import type { SessionWrite } from '../core/store.ts';
import { ClassicStore } from './classic-store.ts';

type Method = keyof SessionStore;

/** A store of koa-session's kind that can be told never to settle the next call of a method. */
function makeStore() {
  const memory = new MemoryStore();
  const calls: Method[] = [];
  let stuck: Method | undefined;
  let tell: () => void;
  const isStuck = new Promise<void>((resolve) => (tell = resolve));
  const answer = (method: Method, work: () => unknown): Promise<unknown> => {
    calls.push(method);
    if (method !== stuck) return Promise.resolve(work());
    stuck = undefined;
    tell();
    return new Promise(() => undefined);
  };
  const store: SessionStore = {
    get: (id) => answer('get', () => memory.get(id)),
    set: (id, record, ttl) => answer('set', () => memory.set(id, record, ttl)),
    destroy: (id) => answer('destroy', () => memory.destroy(id)),
  };
  return { store, memory, calls, isStuck, stick: (method: Method) => void (stuck = method) };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Whether `work` has ended, without letting time pass. */
async function hasEnded(work: Promise<unknown>): Promise<boolean> {
  let ended = false;
  void work.finally(() => (ended = true));
  for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
  return ended;
}

describe('a call of a store that never settles', () => {
  it.each<[Method, (ctx: Context) => unknown]>([
    ['set', (ctx) => (bag(ctx).stuck = 1)],
    ['destroy', (ctx) => void (ctx.session = null)],
  ])('holds up the writes of its session for half a minute when it is %s', async (method, handler) => {
    const { store, stick, isStuck } = makeStore();
    const { request, errors } = setUp({ store });
    await request((ctx) => (bag(ctx).n = 0));
    stick(method);
    void request(handler);
    await isStuck;
    const second = request((ctx) => (bag(ctx).n = 1));
    expect(await hasEnded(second)).toBe(false);
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await second).status).toBe(200);
    const third = request((ctx) => (bag(ctx).n = Number(bag(ctx).n) + 1));
    expect(await hasEnded(third)).toBe(true);
    expect([(await request((ctx) => bag(ctx).n)).result, errors]).toEqual([2, []]);
  });

  it('holds up no reads of its session, and no other session', async () => {
    const { store, stick, isStuck } = makeStore();
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).n = 1));
    stick('set');
    void request((ctx) => (bag(ctx).n = 2));
    await isStuck;
    expect(await hasEnded(request((ctx) => bag(ctx).n))).toBe(true);
    expect(await hasEnded(request((ctx) => (bag(ctx).n = 1), { cookie: '' }))).toBe(true);
  });

  it('holds up only the request that reads, when it is the get that loads the session', async () => {
    const { store, stick, isStuck } = makeStore();
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).n = 1));
    stick('get');
    const first = request(() => undefined);
    await isStuck;
    expect(await hasEnded(request((ctx) => (bag(ctx).n = 2)))).toBe(true);
    expect(await hasEnded(first)).toBe(false);
  });

  it('does not keep a request that saved without waiting from being answered', async () => {
    const { store, stick } = makeStore();
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).n = 1));
    stick('set');
    const reply = request((ctx) => {
      bag(ctx).n = 2;
      void bag(ctx).save();
    });
    expect(await hasEnded(reply)).toBe(false);
    // The commits of a request wait for half a minute, and the writes of a session for the rest of that time.
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await reply).status).toBe(200);
    expect((await request((ctx) => bag(ctx).n)).result).toBe(2);
  });
});

describe('a thousand requests that wait', () => {
  const LIFE = { createdAt: undefined, idleEndsAt: 5000, maxAge: 1000, hasOwnMaxAge: false };
  const write: SessionWrite = { data: '{"n":1}', life: LIFE, ttl: undefined, userId: undefined };

  it('cost another one that writes only a read and a write, and leave nothing behind', async () => {
    const { store, calls, stick } = makeStore();
    const locks = new Locks();
    const open = (): ClassicStore =>
      new ClassicStore(store, { ctx: {} as Context, maxAge: 1000, rolling: false, locks });
    const version = await open().create('id', write);
    const waiting = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const one = open();
        await one.read('id');
        return one;
      }),
    );
    expect([locks.size, vi.getTimerCount()]).toEqual([0, 0]);
    calls.length = 0;
    await waiting[500]?.update('id', version, { ...write, data: '{"n":2}' });
    expect([calls, locks.size, vi.getTimerCount()]).toEqual([['get', 'set'], 0, 0]);
    stick('set');
    void waiting[0]?.update('id', '{"n":2}', write);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(locks.size).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect([locks.size, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it.each(["of koa-session's kind", 'MemoryStore'])(
    'neither read nor write when another one writes, in a store %s',
    async (kind) => {
      const { store, memory, calls } = makeStore();
      const reads = vi.spyOn(memory, 'read');
      const writes = vi.spyOn(memory, 'update');
      const { request } = setUp({ store: kind === 'MemoryStore' ? memory : store });
      await request((ctx) => (bag(ctx).n = 0));
      let close!: () => void;
      const closed = new Promise<void>((resolve) => (close = resolve));
      const waiting: Promise<unknown>[] = [];
      for (let nth = 0; nth < 1000; nth += 1) {
        await new Promise<void>((entered) => {
          const handler = (ctx: Context) => {
            bag(ctx);
            entered();
            return closed;
          };
          waiting.push(request(handler));
        });
      }
      const before = [calls.length, reads.mock.calls.length, writes.mock.calls.length] as const;
      await request((ctx) => (bag(ctx).n = 1));
      const after = [calls.length, reads.mock.calls.length, writes.mock.calls.length] as const;
      const cost = after.map((count, at) => count - Number(before[at]));
      expect(cost).toEqual(kind === 'MemoryStore' ? [0, 1, 1] : [3, 0, 0]);
      expect(vi.getTimerCount()).toBe(0);
      close();
      await Promise.all(waiting);
      expect((await request((ctx) => bag(ctx).n)).result).toBe(1);
    },
  );
});
