import type { Context } from 'koa';
import { describe, expect, it, vi } from 'vitest';
import {
  MemoryRevocations,
  MemoryStore,
  type Revocations,
  type SessionEvent,
  type SessionOptions,
  type SessionStore,
} from './index.ts';
import { delayed } from './testing/delayed.ts';
import { bag, setUp } from './testing/set-up.ts';

// Each of these interleavings went wrong once; they were found by reading the code.

const HOUR = 3_600_000;
const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

/** A MemoryStore that answers with promises, as a store across a network does. */
function later(): { store: MemoryStore; memory: MemoryStore } {
  const memory = new MemoryStore();
  return { store: delayed(memory, () => new Promise((done) => setImmediate(done))), memory };
}

describe('a logout', () => {
  it.each<[string, (session: ReturnType<typeof bag>) => Promise<unknown>]>([
    ['save()', (session) => session.save()],
    ['update()', (session) => session.update((data) => Object.assign(data, { x: 2 }))],
    ['manuallyCommit()', (session) => session.manuallyCommit()],
    ['regenerate()', (session) => session.regenerate()],
  ])('ends the session although %s of the same request was not awaited', async (_name, act) => {
    const { store, memory } = later();
    const { request, browser } = setUp({ store, userOf });
    await request((ctx) => (bag(ctx).user = 'ann'));
    const reply = await request((ctx) => {
      bag(ctx).x = 1;
      act(bag(ctx)).catch(() => undefined);
      ctx.session = null;
    });
    expect([reply.status, memory.size, browser.jar.cookies.size]).toEqual([200, 0, 0]);
    expect(memory.listByUser('ann')).toEqual([]);
  });

  it('by beforeSave ends the session', async () => {
    const store = new MemoryStore();
    const { request, browser } = setUp({
      store,
      beforeSave: (ctx, session) => {
        if ((session as unknown as { isBanned?: boolean }).isBanned) ctx.session = null;
      },
    });
    await request((ctx) => (bag(ctx).user = 'ann'));
    await request((ctx) => (bag(ctx).isBanned = true));
    expect([store.size, browser.jar.cookies.size]).toEqual([0, 0]);
  });

  it('of a session that was renewed meanwhile ends the renewed one', async () => {
    const store = new MemoryStore();
    const { request, browser } = setUp({ store, userOf });
    await request((ctx) => (bag(ctx).user = 'ann'));
    const reply = await request(async (ctx) => {
      await request((other) => bag(other).regenerate());
      ctx.session = null;
    });
    expect([reply.status, reply.cookie()?.value, store.size]).toEqual([200, '', 0]);
    expect(browser.jar.cookies.size).toBe(0);
  });

  it('of a session that got another id meanwhile fails', async () => {
    const store = new MemoryStore();
    const { request } = setUp({ store, userOf, renewGrace: 0 });
    await request((ctx) => (bag(ctx).user = 'ann'));
    const reply = await request(async (ctx) => {
      await request((other) => bag(other).regenerate());
      ctx.session = null;
    });
    expect([reply.status, reply.setCookie, store.size]).toEqual([409, [], 1]);
    expect((await request((ctx) => bag(ctx).user)).result).toBe('ann');
  });

  it('succeeds and clears the cookie although the record is no JSON', async () => {
    const inner = new MemoryStore();
    const store = new Proxy(inner, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (name !== 'read') return typeof member === 'function' ? member.bind(target) : member;
        return (id: string) => {
          const found = target.read(id);
          return typeof found === 'object' ? { ...found, data: '{"broken' } : found;
        };
      },
    });
    const { request, browser } = setUp({ store });
    await request((ctx) => (bag(ctx).user = 'ann'));
    const reply = await request((ctx) => void (ctx.session = null));
    expect([reply.status, inner.size, browser.jar.cookies.size]).toEqual([200, 0, 0]);
  });
});

describe('after null and an object', () => {
  it('regenerate() takes nothing over from the former session', async () => {
    const store = new MemoryStore();
    const { request } = setUp({ store, userOf });
    await request((ctx) => (bag(ctx).user = 'ann'));
    await request(async (ctx) => {
      await request((other) => (bag(other).secret = 'of ann'));
      ctx.session = null;
      ctx.session = { user: 'bob' };
      await bag(ctx).regenerate();
    });
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ user: 'bob' });
    expect(store.size).toBe(1);
  });

  it('the maxAge is that of the configuration, not of the former session', async () => {
    const { request } = setUp({ store: new MemoryStore(), maxAge: HOUR });
    await request((ctx) => Object.assign(bag(ctx), { user: 'ann', maxAge: 100 * HOUR }));
    await request((ctx) => {
      ctx.session = null;
      ctx.session = { user: 'bob' };
    });
    expect((await request((ctx) => bag(ctx).maxAge)).result).toBe(HOUR);
  });
});

describe('in cookie mode with revocations', () => {
  const common = { encrypt: true, key: 's' };

  it('an older copy of the cookie with a later end stays invalid', async () => {
    let time = Date.parse('2030-01-01T00:00:00Z');
    const now = (): number => time;
    const revocations = new MemoryRevocations({ now });
    const { request, browser } = setUp({ ...common, revocations, maxAge: HOUR, now });
    await request((ctx) => Object.assign(bag(ctx), { user: 'ann', maxAge: 100 * HOUR }));
    const copy = browser.jar.header(time);
    await request((ctx) => (bag(ctx).maxAge = HOUR));
    await request((ctx) => void (ctx.session = null));
    time += 2 * HOUR;
    expect((await request((ctx) => bag(ctx).user, { cookie: copy })).result).toBeUndefined();
  });

  it('a regenerate() that does not fit into a cookie ends nothing', async () => {
    const { request } = setUp({ ...common, revocations: new MemoryRevocations() });
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => {
      bag(ctx).large = 'x'.repeat(4000);
      return bag(ctx).regenerate();
    });
    expect([reply.status, reply.setCookie]).toEqual([500, []]);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('a revocation that fails is reported', async () => {
    const inner = new MemoryRevocations();
    const revocations: Revocations = {
      revoke: () => {
        throw new Error('down');
      },
      revokeUser: (...rest) => inner.revokeUser(...rest),
      isRevoked: (session) => inner.isRevoked(session),
    };
    const { app, request } = setUp({ ...common, revocations });
    const reported: string[] = [];
    app.on('session:store-error', ({ value }: SessionEvent) => reported.push((value as Error).message));
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => void (ctx.session = null))).status).toBe(503);
    expect(reported).toEqual(['down']);
  });
});

describe('headers that are sent during a write', () => {
  it.each(['save', 'regenerate'] as const)(
    'make %s() fail, and leave no record that no client can reach',
    async (method) => {
      const { store, memory } = later();
      const { request, errors, browser } = setUp({ store, autoCommit: false });
      if (method === 'regenerate') {
        await request((ctx) => {
          bag(ctx).a = 1;
          return bag(ctx).save();
        });
      }
      const before = browser.jar.header(Date.now());
      let outcome: Promise<unknown> = Promise.resolve();
      await request(async (ctx) => {
        bag(ctx).b = 1;
        const done = bag(ctx)[method]();
        ctx.respond = false;
        ctx.res.end('streamed');
        outcome = done.catch((error: unknown) => error);
        await outcome;
      });
      expect(await outcome).toMatchObject({ code: 'ERR_SESSION_LATE_WRITE' });
      expect(errors).toEqual([]);
      expect(memory.size).toBe(method === 'regenerate' ? 1 : 0);
      const { result } = await request((ctx) => bag(ctx).a, { cookie: before });
      expect(result).toBe(method === 'regenerate' ? 1 : undefined);
    },
  );
});

describe('update()', () => {
  it('keeps what the handler sets while it waits', async () => {
    const { request } = setUp({ store: new MemoryStore() });
    await request((ctx) => (bag(ctx).n = 1));
    await request(async (ctx) => {
      const done = bag(ctx).update(async (data) => {
        await new Promise((go) => setImmediate(go));
        Object.assign(data, { n: 2 });
      });
      bag(ctx).flash = 'kept';
      await done;
    });
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ n: 2, flash: 'kept' });
  });

  it('removes keys whose names every object knows', async () => {
    const { request } = setUp({ store: new MemoryStore() });
    await request((ctx) => Object.assign(bag(ctx), { toString: 'mine', n: 1 }));
    await request((ctx) => bag(ctx).update((data) => Reflect.deleteProperty(data, 'toString')));
    expect((await request((ctx) => Object.keys(bag(ctx)))).result).toEqual(['n']);
  });

  it('that empties the session ends it, with and without a set maxAge', async () => {
    const store = new MemoryStore();
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).n = 1));
    await request((ctx) => {
      bag(ctx).maxAge = HOUR;
      return bag(ctx).update((data) => Reflect.deleteProperty(data, 'n'));
    });
    expect(store.size).toBe(0);
  });
});

it.each(['at once', 'later'])(
  'a store that returns other data at each read, %s, is an error and no endless loop',
  async (how) => {
    let reads = 0;
    const records = new Map<string, string>();
    const store: SessionStore = {
      get: (id) => {
        const record = records.get(id);
        const found = record && { ...(JSON.parse(record) as object), readAt: (reads += 1) };
        return how === 'later' ? Promise.resolve(found) : found;
      },
      set: (id, record) => records.set(id, JSON.stringify(record)),
      destroy: (id) => records.delete(id),
    };
    const { request, errors } = setUp({ store });
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => (bag(ctx).a = 2))).status).toBe(500);
    expect(errors[0]?.message).toMatch(/Does its read\(\) return other data at each call/);
  },
);

it('a cookie is not sent again for an id that was replaced during the request', async () => {
  const { app, request, browser } = setUp({ store: new MemoryStore(), encrypt: true });
  await request((ctx) => (bag(ctx).a = 1));
  app.keys = ['another key of thirty-two characters', ...(app.keys as string[])];
  const cookie = browser.jar.header(Date.now());
  const slow = await request(
    async (ctx) => {
      void bag(ctx).a;
      await request((other) => bag(other).regenerate());
    },
    { cookie },
  );
  expect(slow.setCookie).toEqual([]);
  expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
});

it('a cookie set on the response is removed when the session has ended meanwhile', async () => {
  const { request } = setUp({ store: new MemoryStore() });
  await request((ctx) => (bag(ctx).a = 1));
  const reply = await request(async (ctx) => {
    ctx.cookies.set('mine', '1');
    bag(ctx).a = 2;
    await bag(ctx).save();
    await request((other) => bag(other).regenerate());
    bag(ctx).a = 3;
  });
  expect(reply.setCookie.map(({ name }) => name)).toEqual(['mine']);
});

it('the loss of a second session of a request is reported too', async () => {
  const { app, request } = setUp({ store: new MemoryStore() });
  const lost: unknown[] = [];
  app.on('session:gone', ({ value }: SessionEvent) => lost.push(value));
  await request((ctx) => (bag(ctx).user = 'ann'));
  await request(async (ctx: Context) => {
    await request((other) => void (other.session = null));
    await bag(ctx)
      .save()
      .catch(() => undefined);
    ctx.session = null;
    ctx.session = { user: 'bob' };
  });
  expect(lost).toEqual([{ user: 'ann' }, { user: 'bob' }]);
});

it('maxAge that is set while a save is under way is saved as well', async () => {
  const { store } = later();
  const { request } = setUp({ store, maxAge: HOUR });
  await request((ctx) => (bag(ctx).a = 1));
  await request((ctx) => {
    bag(ctx).a = 2;
    void bag(ctx).save();
    bag(ctx).maxAge = 5 * HOUR;
  });
  expect((await request((ctx) => bag(ctx).maxAge)).result).toBe(5 * HOUR);
});

it('a save() that failed after the store had written can be tried again', async () => {
  const memory = new MemoryStore();
  let isBad = true;
  const store = new Proxy(memory, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name !== 'create') return typeof member === 'function' ? member.bind(target) : member;
      return (...rest: Parameters<MemoryStore['create']>) => {
        const version = target.create(...rest);
        if (!isBad) return version;
        isBad = false;
        throw new Error('timed out');
      };
    },
  });
  const { request } = setUp({ store });
  await request(async (ctx) => {
    bag(ctx).a = 1;
    await bag(ctx)
      .save()
      .catch(() => bag(ctx).save());
  });
  expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
});

/** Changes the session as another request would. */
function beat(store: MemoryStore, id: string): void {
  const found = store.read(id);
  if (typeof found !== 'object') throw new Error('there is no session');
  const data = JSON.stringify({ ...(JSON.parse(found.data) as object), beaten: true });
  store.update(id, found.version, { ...found, data, ttl: HOUR, userId: undefined });
}

describe('a request with a conflict', () => {
  it('waits for others with a conflict, but not for ever for one that does not end', async () => {
    const { store, memory } = later();
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).n = 0));
    const { result: id } = await request((ctx) => bag(ctx).externalKey);
    let attempts = 0;
    const endless = request((ctx) =>
      bag(ctx).update(() => {
        attempts += 1;
        if (attempts === 1) return beat(memory, String(id));
        return new Promise<void>(() => undefined);
      }),
    );
    await vi.waitFor(() => expect(attempts).toBe(2), 60_000);
    let isFirst = true;
    const reply = await request((ctx) =>
      bag(ctx).update((data) => {
        if (isFirst) beat(memory, String(id));
        isFirst = false;
        return ((data as { n: number }).n += 1);
      }),
    );
    expect([reply.status, reply.result]).toEqual([200, 1]);
    void endless;
  });

  it('may make a request that waits for it: neither hangs', async () => {
    const { store, memory } = later();
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).n = 0));
    const { result: id } = await request((ctx) => bag(ctx).externalKey);
    let attempts = 0;
    const reply = await request((ctx) =>
      bag(ctx).update(async (data) => {
        attempts += 1;
        if (attempts === 1) beat(memory, String(id));
        if (attempts !== 2) return ((data as { n: number }).n += 1);
        // In its turn it sends a request to the app itself, and that has a conflict too.
        let isFirst = true;
        await request((other) =>
          bag(other).update((theirs) => {
            if (isFirst) beat(memory, String(id));
            isFirst = false;
            return ((theirs as { n: number }).n += 1);
          }),
        );
        return ((data as { n: number }).n += 1);
      }),
    );
    expect(reply.status).toBe(200);
    expect((await request((ctx) => bag(ctx).n)).result).toBe(2);
  });
});
