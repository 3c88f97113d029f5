import { describe, expect, it } from 'vitest';
import type { Context } from 'koa';
import { MemoryStore, RedisStore, type SessionEvent, type SessionOptions, userSessions } from './index.ts';
import { delayed } from './testing/delayed.ts';
import { useRedis } from './testing/redis-fixtures.ts';
import { hasRedisServer } from './testing/redis-server.ts';
import { bag, type Reply, setUp } from './testing/set-up.ts';

const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

/** An app with renewGrace, a visitor who has logged in, and her first cookie. */
async function start(store: SessionOptions['store'], more: SessionOptions = {}) {
  const made = setUp({ store, userOf, ...more });
  const events: string[] = [];
  for (const name of ['merged', 'gone', 'regenerated'])
    made.app.on(`session:${name}`, (_event: SessionEvent) => events.push(name));
  await made.request((ctx) => Object.assign(bag(ctx), { user: 'ann', views: 1 }));
  const cookieOf = (): string => made.browser.jar.header(Date.now()) ?? '';
  const old = cookieOf();
  /** A request with an earlier cookie. */
  const late = (handler: (ctx: Context) => unknown, cookie = old): Promise<Reply> =>
    made.request(handler, { cookie });
  return { ...made, events, old, late, cookieOf };
}

async function renew(ctx: Context): Promise<void> {
  await bag(ctx).regenerate();
}

function describeGrace(makeStore: () => SessionOptions['store']): void {
  it('a late request with the old id reads the session, and its response has no cookie', async () => {
    const { request, late } = await start(makeStore());
    await request(renew);
    const reply = await late((ctx) => ({ ...bag(ctx) }));
    expect([reply.result, reply.status, reply.setCookie]).toEqual([{ user: 'ann', views: 1 }, 200, []]);
  });

  it('its changes are merged into the session, also with rolling', async () => {
    for (const more of [{}, { rolling: true }, { renew: true }]) {
      const { request, late } = await start(makeStore(), more);
      await request(renew);
      const reply = await late(async (ctx) => {
        bag(ctx).late = true;
        await request((other) => (bag(other).views = 2));
        await bag(ctx).save();
      });
      expect([reply.status, reply.setCookie]).toEqual([200, []]);
      const now = await request((ctx) => ({ ...bag(ctx) }));
      expect(now.result).toEqual({ user: 'ann', views: 2, late: true });
    }
  });

  it('five parallel requests that renew the id get no error, and lose nothing', async () => {
    const { request, old, errors, events } = await start(makeStore());
    let arrived = 0;
    let open: (() => void) | undefined;
    const all = new Promise<void>((done) => (open = done));
    const renewAndWrite = async (ctx: Context): Promise<void> => {
      if ((arrived += 1) === 5) open?.();
      await all;
      await bag(ctx).regenerate();
      ctx.body = String(bag(ctx).user);
      bag(ctx)[ctx.get('x-name')] = true;
    };
    const names = ['one', 'two', 'three', 'four', 'five'];
    const replies = await Promise.all(
      names.map((name) => request(renewAndWrite, { cookie: old, 'x-name': name })),
    );
    expect(replies.map(({ status, body }) => [status, body])).toEqual(names.map(() => [200, 'ann']));
    expect(replies.filter(({ setCookie }) => setCookie.length > 0)).toHaveLength(1);
    expect([events.filter((name) => name === 'regenerated').length, errors]).toEqual([1, []]);
    const marks = Object.fromEntries(names.map((name) => [name, true]));
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ user: 'ann', views: 1, ...marks });
  });

  it('a late request does not renew the id again: it was renewed just now', async () => {
    const { request, late, cookieOf } = await start(makeStore());
    await request(renew);
    const renewed = cookieOf();
    const reply = await late(renew);
    expect([reply.status, reply.setCookie]).toEqual([200, []]);
    expect((await late((ctx) => bag(ctx).user, renewed)).result).toBe('ann');
  });

  it('leads through several renewals', async () => {
    const { request, late } = await start(makeStore());
    await request(renew);
    await request(renew);
    await request(renew);
    expect((await late((ctx) => bag(ctx).user)).result).toBe('ann');
  });

  it('does not apply if a handler sets it to 0 for its request, as for a new password', async () => {
    const { request, late } = await start(makeStore());
    await request(async (ctx) => {
      ctx.sessionOptions.renewGrace = 0;
      await bag(ctx).regenerate();
    });
    expect((await late((ctx) => bag(ctx).user)).result).toBeUndefined();
    expect((await request((ctx) => bag(ctx).user)).result).toBe('ann');
  });

  it('does not apply with renewGrace: 0', async () => {
    const { request, late } = await start(makeStore(), { renewGrace: 0 });
    await request(renew);
    expect((await late((ctx) => bag(ctx).user)).result).toBeUndefined();
  });

  it.each<[string, (ctx: Context) => unknown]>([
    ['another user logs in', (ctx) => (bag(ctx).user = 'bob')],
    ['she logs out, and the session stays', (ctx) => delete bag(ctx).user],
  ])('does not apply when %s with the renewal, before or after it', async (_what, change) => {
    for (const order of ['before', 'after', 'in another request'] as const) {
      const { request, late } = await start(makeStore());
      await request(async (ctx) => {
        if (order === 'before') change(ctx);
        await bag(ctx).regenerate();
        if (order === 'after') change(ctx);
      });
      if (order === 'in another request') await request(change);
      const reply = await late((ctx) => {
        bag(ctx).late = true;
        return [bag(ctx).user, bag(ctx).views];
      });
      expect([order, reply.result, reply.setCookie]).toEqual([order, [undefined, undefined], []]);
      expect((await request((ctx) => bag(ctx).late)).result).toBeUndefined();
    }
  });

  it('a login with the old id is a session with an id of its own, and the others then lead nowhere', async () => {
    const { request, late, cookieOf } = await start(makeStore());
    await request((ctx) => delete bag(ctx).user);
    await request(renew);
    const renewed = cookieOf();
    const login = await late(async (ctx) => {
      await bag(ctx).regenerate();
      bag(ctx).user = 'bob';
    });
    expect([login.status, login.cookie()?.value]).toEqual([200, expect.stringMatching(/^sid-/)]);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ user: 'bob', views: 1 });
    expect((await late((ctx) => bag(ctx).user, renewed)).result).toBeUndefined();
    expect((await late((ctx) => bag(ctx).user)).result).toBeUndefined();
  });

  it('a logout with the old id ends the session, and clears the cookie', async () => {
    const { request, late, cookieOf } = await start(makeStore());
    await request(renew);
    const renewed = cookieOf();
    const logout = await late((ctx) => void (ctx.session = null));
    expect([logout.status, logout.cookie()?.value]).toEqual([200, '']);
    for (const cookie of [renewed, undefined]) {
      expect((await late((ctx) => bag(ctx).user, cookie)).result).toBeUndefined();
    }
  });

  it('emptying it ends the session too', async () => {
    const { request, late, cookieOf } = await start(makeStore());
    await request(renew);
    const renewed = cookieOf();
    const reply = await late((ctx) => void (ctx.session = {}));
    expect([reply.status, reply.cookie()?.value]).toEqual([200, '']);
    expect((await late((ctx) => bag(ctx).isNew, renewed)).result).toBe(true);
  });

  it('null and then an object make another session', async () => {
    const { request, late, cookieOf } = await start(makeStore());
    await request(renew);
    const renewed = cookieOf();
    const reply = await late((ctx) => {
      ctx.session = null;
      ctx.session = { other: 1 };
    });
    expect(reply.cookie()?.value).toMatch(/^sid-/);
    expect((await late((ctx) => bag(ctx).isNew, renewed)).result).toBe(true);
  });

  it('update() with the old id runs on the session', async () => {
    const { request, late } = await start(makeStore());
    await request(renew);
    const reply = await late((ctx) => bag(ctx).update((data) => ((data as { views: number }).views += 10)));
    expect([reply.result, reply.setCookie]).toEqual([11, []]);
    expect((await request((ctx) => bag(ctx).views)).result).toBe(11);
  });

  it('a request that was under way when the id was renewed works on with the session', async () => {
    const { request, events } = await start(makeStore());
    const reply = await request(async (ctx) => {
      const session = bag(ctx);
      await request(renew);
      session.under = 'way';
      await session.save();
      return { ...session };
    });
    expect(reply.result).toEqual({ user: 'ann', views: 1, under: 'way' });
    expect((await request((ctx) => bag(ctx).under)).result).toBe('way');
    expect(events).toEqual(['regenerated', 'merged']);
  });

  it('a request with the old id lists its session as the current one, and can end the others', async () => {
    const { request, late, cookieOf } = await start(makeStore());
    const user = `zoe ${Math.random()}`;
    await request((ctx) => (bag(ctx).user = user));
    await request(renew);
    const renewed = cookieOf();
    await late((ctx) => (bag(ctx).user = user), 'none');
    const reply = await late(async (ctx) => {
      const sessions = userSessions(ctx);
      const before = await sessions.list();
      await sessions.endOthers();
      return [before.map(({ isCurrent }) => isCurrent), (await sessions.list()).length];
    });
    expect(reply.result).toEqual([[true, false], 1]);
    expect((await late((ctx) => bag(ctx).user, renewed)).result).toBe(user);
  });

  it('a request with the old id can end the session by its handle, which logs the browser out', async () => {
    const { request, late } = await start(makeStore());
    await request(renew);
    const reply = await late(async (ctx) => {
      const sessions = userSessions(ctx);
      const [own] = await sessions.list();
      return sessions.end(own?.handle ?? '');
    });
    expect([reply.result, reply.cookie()?.value]).toEqual([true, '']);
    expect((await late((ctx) => bag(ctx).user)).result).toBeUndefined();
  });
}

describe('renewGrace with MemoryStore', () => {
  describeGrace(() => new MemoryStore());
});

describe('renewGrace with a store that answers later', () => {
  describeGrace(() => delayed(new MemoryStore(), () => new Promise((done) => setImmediate(done))));
});

describe.runIf(hasRedisServer)('renewGrace with RedisStore', () => {
  const redis = useRedis();
  describeGrace(() => new RedisStore({ client: redis.client }));
});

it('ends when the time is over: a later request changes nothing', async () => {
  let time = 0;
  const { request, late } = await start(new MemoryStore({ now: () => time }), { renewGrace: 30 });
  await request(renew);
  time += 29;
  expect((await late((ctx) => bag(ctx).user)).result).toBe('ann');
  time += 1;
  const reply = await late((ctx) => {
    bag(ctx).late = true;
    return bag(ctx).user;
  });
  expect([reply.result, reply.status, reply.setCookie]).toEqual([undefined, 200, []]);
  expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ user: 'ann', views: 1 });
});

it('without userOf there is no grace, since a login in between could not be recognized', async () => {
  const { request, late } = await start(new MemoryStore(), { userOf: undefined, renewGrace: 60_000 });
  await request(renew);
  expect((await late((ctx) => bag(ctx).user)).result).toBeUndefined();
});

it('without userOf no handler can set it either', async () => {
  const { request, late } = await start(new MemoryStore(), { userOf: undefined });
  await request((ctx) => {
    ctx.sessionOptions.renewGrace = 60_000;
    return renew(ctx);
  });
  expect((await late((ctx) => bag(ctx).user)).result).toBeUndefined();
});

it.each([-1, NaN, '10 s', Infinity])('renewGrace %s is refused at set-up', (renewGrace) => {
  expect(() => setUp({ userOf, renewGrace: renewGrace as number })).toThrow(
    /session: option renewGrace must be a number of ms from 0 up to/,
  );
});
