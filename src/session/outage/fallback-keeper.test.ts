import Koa, { type Context } from 'koa';
import { describe, expect, it } from 'vitest';
import session, { MemoryStore, type SessionEvent, userSessions } from '../index.ts';
import { Browser, bag, setUp } from '../testing/set-up.ts';
import {
  copyOf,
  dataOf,
  type Failing,
  HOUR,
  messagesOf,
  MINUTE,
  stored,
  withOutage,
  writtenDuring,
} from '../testing/with-outage.ts';

// Each of these went wrong once.
describe('an outage', () => {
  it('loses no changes of a request that does not count as activity', async () => {
    const app = withOutage({ isActivity: () => false });
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('writes');
    await app.request((ctx) => (bag(ctx).n = 2));
    app.let('all');
    await app.request((ctx) => (bag(ctx).m = 3));
    app.let('nothing');
    const back = await app.request((ctx) => (bag(ctx).k = 4));
    expect(back.setCookie).toHaveLength(1);
    expect(await dataOf(app)).toEqual({ n: 2, m: 3, k: 4 });
  });

  it.each<[string, Failing]>([
    ['fails', (method) => method === 'destroy'],
    ['loses its answer', 'lost destroy'],
  ])('logs no user out when the removal of the old id %s', async (_how, failing) => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let(failing);
    const reply = await app.request(async (ctx) => {
      bag(ctx).user = 'ann';
      await bag(ctx).regenerate();
    });
    expect([reply.status, reply.body]).toEqual([
      503,
      expect.stringMatching(/has a new id, but we could not end the old one/),
    ]);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ n: 1, user: 'ann' });
    expect(app.memory.listByUser('ann')).toHaveLength(1);
  });

  it('lets the cookie of a session that cannot be read last as long as the session may', async () => {
    const app = withOutage();
    await app.request((ctx) => {
      bag(ctx).n = 1;
      bag(ctx).maxAge = 30 * 24 * HOUR;
    });
    app.let('all');
    await app.request((ctx) => (bag(ctx).m = 2));
    app.let('nothing');
    app.advance(2 * HOUR);
    // Changes last no longer than a new session.
    expect(await dataOf(app)).toEqual({ n: 1 });
    app.advance(20 * 24 * HOUR);
    expect(await dataOf(app)).toEqual({ n: 1 });
  });

  it('counts a write during it as activity', async () => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1 }));
    app.advance(50 * MINUTE);
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 2));
    app.advance(5 * MINUTE);
    app.let('nothing');
    await dataOf(app);
    app.advance(30 * MINUTE);
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 2 });
  });

  it('keeps the maxAge that is set during it', async () => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('all');
    await app.request((ctx) => (bag(ctx).maxAge = 30 * 24 * HOUR));
    app.let('nothing');
    await dataOf(app);
    app.advance(2 * HOUR);
    const { result } = await app.request((ctx) => [bag(ctx).n, bag(ctx).maxAge]);
    expect(result).toEqual([1, 30 * 24 * HOUR]);
  });

  it('keeps a value that is changed and changed back, and a key that is removed and set again', async () => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { n: 1, old: 1 }));
    await app.request(async (ctx) => {
      app.let('answers');
      bag(ctx).n = 2;
      delete bag(ctx).old;
      await bag(ctx).save();
      bag(ctx).n = 1;
      bag(ctx).old = 1;
    });
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ n: 1, old: 1 });
  });

  it('undoes nothing that was written after it: of a late tab, only its own changes are applied', async () => {
    const app = withOutage();
    const early = await writtenDuring(app);
    app.let('all');
    await app.request((ctx) => (bag(ctx).late = 1), {}, early);
    app.let('nothing');
    await dataOf(app);
    await app.request((ctx) => (bag(ctx).n = 5));
    const { result } = await app.request((ctx) => bag(ctx).toJSON(), {}, early);
    expect(result).toEqual({ user: 'ann', n: 5, late: 1 });
  });

  it('in which the marker cannot be read applies no changes again', async () => {
    const app = withOutage();
    const copy = await writtenDuring(app);
    await dataOf(app);
    await app.request((ctx) => (bag(ctx).n = 7));
    let reads = 0;
    app.let((method) => method === 'read' && (reads += 1) > 1);
    await app.request((ctx) => (bag(ctx).m = 1), {}, copy);
    app.let('nothing');
    expect((await app.request((ctx) => bag(ctx).toJSON(), {}, copy)).result).toEqual({
      user: 'ann',
      n: 7,
      m: 1,
    });
  });

  it('does not hide errors of the app: they fail the request as usual', async () => {
    let isBroken = false;
    const app = withOutage({
      valid: () => {
        if (isBroken) throw new Error('valid is broken');
        return true;
      },
    });
    const copy = await writtenDuring(app);
    isBroken = true;
    expect((await app.request((ctx) => bag(ctx).n, {}, copy)).status).toBe(500);
    expect(messagesOf(app)).toEqual(['valid is broken']);
  });

  it('is reported on every request that it affects', async () => {
    const app = withOutage();
    let reported = 0;
    app.app.on('session:store-error', () => (reported += 1));
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('all');
    for (let nth = 1; nth <= 3; nth += 1) {
      await app.request((ctx) => (bag(ctx).n = nth));
      expect(reported).toBe(nth);
    }
  });

  it('does not begin when the store refuses a session that is too large', async () => {
    const memory = new MemoryStore({ maxBytes: 1000 });
    const { request, errors } = setUp({ store: memory, onStoreError: 'cookie', encrypt: true });
    const reply = await request((ctx) => (bag(ctx).text = 'x'.repeat(2000)));
    expect([reply.status, reply.setCookie]).toEqual([500, []]);
    expect(errors).toMatchObject([{ name: 'RangeError' }]);
  });

  it('does not call `valid` with half a session', async () => {
    const app = withOutage({ valid: (_ctx, data) => (data.device as { id: number }).id === 1 });
    await app.request((ctx) => (bag(ctx).device = { id: 1 }));
    app.let('all');
    await app.request((ctx) => (bag(ctx).cart = 1));
    expect((await app.request((ctx) => (bag(ctx).theme = 'dark'))).status).toBe(200);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ device: { id: 1 }, cart: 1, theme: 'dark' });
  });

  it.each<[string, (ctx: Context) => unknown]>([
    ['is set to an empty object', (ctx) => void (ctx.session = {})],
    ['loses its user', (ctx) => void delete bag(ctx).user],
    ['is set to one without its user', (ctx) => void (ctx.session = { n: 1 })],
  ])('also refuses a logout for which a session %s', async (_how, act) => {
    for (const failing of ['writes', 'all'] as const) {
      const app = withOutage();
      await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1 }));
      app.let(failing);
      const reply = await app.request(act);
      // The removal of a key that could not be read goes unnoticed.
      const isSeen = failing === 'writes' || _how.includes('empty');
      expect([failing, reply.status]).toEqual([failing, isSeen ? 503 : 200]);
    }
  });

  it('refuses a login by a key that completes stored data', async () => {
    const app = withOutage({
      userOf: (data) => {
        const { name, code } = data as { name?: string; code?: boolean };
        return code ? name : undefined;
      },
    });
    await app.request((ctx) => (bag(ctx).name = 'ann'));
    const reply = await app.request((ctx) => {
      app.let('all');
      bag(ctx).code = true;
    });
    expect([reply.status, reply.body]).toEqual([503, expect.stringMatching(/Login is unavailable/)]);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ name: 'ann' });
  });

  it('makes an earlier write that is still under way fail', async () => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    const before = await stored(app);
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('nothing');
    await dataOf(app);
    expect((await stored(app)).version).not.toBe(before.version);
  });

  it('ends although `valid` refuses a session that it began, or its marker is unreadable', async () => {
    let isBanned = false;
    const app = withOutage({ valid: () => !isBanned });
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 1));
    const copies = [copyOf(app), copyOf(app)];
    app.let((method) => method === 'update');
    await dataOf(app);
    app.let('nothing');
    isBanned = true;
    expect((await app.request((ctx) => bag(ctx).toJSON(), {}, copies[0])).result).toEqual({});
    isBanned = false;
    app.garble('laid;');
    expect((await app.request((ctx) => bag(ctx).toJSON(), {}, copies[1])).result).toEqual({ n: 1 });
  });

  it('leaves no marker that a client could open as a session', async () => {
    const app = withOutage({ encrypt: false, signed: false });
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('nothing');
    const { result: id } = await app.request((ctx) => bag(ctx).externalKey);
    for (const cookie of [
      `koa.sess=laid;${String(id)}`,
      `koa.sess=laid%3B${String(id)}`,
      `koa.sess="laid;${String(id)}"`,
    ]) {
      expect((await app.request((ctx) => bag(ctx).toJSON(), { cookie })).result).toEqual({});
    }
  });

  it('lets update() empty the session, like any other change', async () => {
    const app = withOutage();
    app.let('all');
    await app.request((ctx) => (bag(ctx).a = 1));
    const reply = await app.request((ctx) => bag(ctx).update((data) => void delete (data as { a?: 1 }).a));
    expect(reply.status).toBe(200);
    expect(await dataOf(app)).toEqual({});
  });

  it('does not fail a request that only extends the session, however full the cookie is', async () => {
    const app = withOutage({ rolling: true });
    app.let('all');
    let size = 2900;
    while ((await app.request((ctx) => (bag(ctx).text = 'x'.repeat(size)))).status !== 200) size -= 1;
    app.errors.length = 0;
    for (let nth = 0; nth < 12; nth += 1) expect((await app.request(() => 'page')).status).toBe(200);
    const streamed = await app.request((ctx) => {
      ctx.respond = false;
      ctx.res.end('streamed');
    });
    expect([streamed.body, app.errors]).toEqual(['streamed', []]);
  });

  it('does not let data that was assigned before the middleware replace the session', async () => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1 }));
    const koa = new Koa();
    koa.keys = app.app.keys ?? [];
    koa.use(async (ctx, next) => {
      ctx.session = { early: 1 };
      await next();
    });
    koa.use(session(app.options, koa));
    koa.use((ctx) => {
      bag(ctx).m = 2;
      ctx.body = 'ok';
    });
    app.let('all');
    const other = new Browser(koa);
    for (const [name, value] of app.browser.jar.cookies) other.jar.cookies.set(name, value);
    await other.get();
    app.let('nothing');
    for (const [name, value] of other.jar.cookies) app.browser.jar.cookies.set(name, value);
    expect(await dataOf(app)).toMatchObject({ user: 'ann', n: 1, m: 2 });
  });

  it('accepts keys of any name', async () => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('all');
    await app.request((ctx) => Object.assign(bag(ctx), { '': 1, 10: 2, 'set-cookie': 3 }));
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ n: 1, '': 1, 10: 2, 'set-cookie': 3 });
  });

  it.each([false, true])(
    'of writes only lets a user whose session can be read log out (something was written: %s)',
    async (isWritten) => {
      const app = withOutage();
      await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1 }));
      app.let((method) => ['create', 'update', 'touch'].includes(method));
      if (isWritten) await app.request((ctx) => (bag(ctx).n = 2));
      const copy = copyOf(app);
      const reply = await app.request((ctx) => void (ctx.session = null));
      expect([reply.status, app.memory.size, app.browser.jar.cookies.size]).toEqual([200, 0, 0]);
      app.let('nothing');
      const { result } = await app.request((ctx) => bag(ctx).toJSON(), {}, copy);
      expect(result).toEqual(isWritten ? { n: 2 } : {});
    },
  );

  it('of writes only carries nothing of an ended session into the one that replaces it', async () => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1 }));
    app.let((method) => ['create', 'update', 'touch'].includes(method));
    await app.request((ctx) => (bag(ctx).n = 2));
    const reply = await app.request((ctx) => {
      ctx.session = null;
      ctx.session = { m: 1 };
    });
    expect(reply.status).toBe(200);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ m: 1 });
    expect(app.memory.listByUser('ann')).toEqual([]);
  });

  it('logs no user in by the changes that are applied after it', async () => {
    const app = withOutage({
      userOf: (data) => {
        const { name, code } = data as { name?: string; code?: boolean };
        return code ? name : undefined;
      },
    });
    await app.request((ctx) => Object.assign(bag(ctx), { name: 'ann', code: true }));
    app.let('all');
    expect((await app.request((ctx) => (bag(ctx).name = 'bob'))).status).toBe(200);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ name: 'ann', code: true });
    expect(app.memory.listByUser('bob')).toEqual([]);
  });

  it.each(['writes', 'all'] as const)(
    'changes maxAge back to the configured one when a handler sets that during it (%s)',
    async (what) => {
      const app = withOutage();
      await app.request((ctx) => {
        bag(ctx).n = 1;
        bag(ctx).maxAge = 30 * 24 * HOUR;
      });
      app.let(what);
      await app.request((ctx) => (bag(ctx).maxAge = HOUR));
      app.let('nothing');
      expect(await dataOf(app)).toEqual({ n: 1 });
      app.advance(2 * HOUR);
      expect(await dataOf(app)).toEqual({});
    },
  );

  it.each<[string, object, number]>([
    ['the data that could be read', { n: 2 }, 200],
    ['an empty object', {}, 503],
  ])(
    'counts a session that is set to %s as replaced, although it seemed to have that data already',
    async (_what, value, status) => {
      const app = withOutage();
      await app.request((ctx) => Object.assign(bag(ctx), { secret: 1, n: 1 }));
      app.let('all');
      await app.request((ctx) => (bag(ctx).n = 2));
      if (status === 503) await app.request((ctx) => void delete bag(ctx).n);
      expect((await app.request((ctx) => void (ctx.session = value))).status).toBe(status);
      app.let('nothing');
      expect(await dataOf(app)).toEqual(status === 200 ? { n: 2 } : { secret: 1 });
    },
  );

  it.each<[string, (ctx: Context) => unknown]>([
    ['the handler', (ctx) => void delete bag(ctx).a],
    ['update()', (ctx) => bag(ctx).update((data) => void delete (data as { a?: 1 }).a)],
  ])('that shows only when %s empties the session is survived, too', async (_who, act) => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).a = 1));
    app.let('writes');
    expect((await app.request(act)).status).toBe(200);
    expect(await dataOf(app)).toEqual({});
    app.let('nothing');
    expect(await dataOf(app)).toEqual({});
  });

  it('gives the cookie of a new visitor the usual expiry', async () => {
    const app = withOutage();
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 1));
    const reply = await app.request((ctx) => (bag(ctx).n = 2));
    const { expires = '' } = reply.cookie()?.attributes ?? {};
    expect(Date.parse(expires)).toBeLessThan((app.options.now?.() ?? 0) + 2 * HOUR);
  });

  it('shows nothing of a session that has just ended', async () => {
    const app = withOutage();
    const copy = await writtenDuring(app);
    let reads = 0;
    app.let((method) => {
      // The session ends between the read and the write, and then the store is unavailable again.
      if (method === 'update') app.memory.destroyByUser('ann');
      return method === 'read' && (reads += 1) > 2;
    });
    const { result } = await app.request((ctx) => bag(ctx).toJSON(), {}, copy);
    expect(result).toEqual({ n: 2 });
  });

  it('remembers applied changes for as long as a cookie lasts that was only extended later', async () => {
    const app = withOutage({ rolling: true });
    const early = await writtenDuring(app);
    app.let('all');
    app.advance(55 * MINUTE);
    const late = copyOf(app, early);
    await app.request(() => 'page', {}, late);
    app.let('nothing');
    await app.request((ctx) => (bag(ctx).n = 4), {}, early);
    app.advance(50 * MINUTE);
    await app.request((ctx) => bag(ctx).n, {}, early);
    const { result } = await app.request((ctx) => bag(ctx).n, {}, late);
    expect(result).toBe(4);
  });

  it('is answered with 503 to a request for all sessions of a user, and reported', async () => {
    const app = withOutage();
    const reported: unknown[] = [];
    app.app.on('session:store-error', ({ value }: SessionEvent) => reported.push(value));
    await app.request((ctx) => (bag(ctx).user = 'ann'));
    const reply = await app.request(async (ctx) => {
      const all = userSessions(ctx);
      app.let('all');
      await expect(all.list()).rejects.toThrow(/could not list your sessions/);
      await all.endOthers();
    });
    expect([reply.status, reply.body]).toEqual([503, expect.stringMatching(/may still be active/)]);
    expect(reported).toHaveLength(2);
  });
});
