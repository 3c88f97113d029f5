import { describe, expect, it } from 'vitest';
import { bag } from '../testing/set-up.ts';
import {
  count,
  copyOf,
  dataOf,
  HOUR,
  type Outage,
  withOutage,
  writtenDuring,
} from '../testing/with-outage.ts';

describe('after an outage', () => {
  it('the cookie carries the id again', async () => {
    const app = withOutage();
    await writtenDuring(app);
    const back = await app.request((ctx) => bag(ctx).n);
    expect([back.result, back.setCookie.length]).toEqual([2, 1]);
    expect((await app.request((ctx) => bag(ctx).n)).setCookie).toEqual([]);
    expect(app.events).not.toContain('missed');
  });

  it('changes are applied to the session once: a copy of the cookie undoes nothing', async () => {
    const app = withOutage();
    const copy = await writtenDuring(app);
    await app.request((ctx) => (bag(ctx).n = 3));
    expect((await app.request((ctx) => bag(ctx).n, {}, copy)).result).toBe(3);
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 3 });
  });

  it('an earlier cookie of the same outage undoes nothing either', async () => {
    const app = withOutage();
    const copy = await writtenDuring(app);
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 3));
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 3 });
    expect((await app.request((ctx) => bag(ctx).n, {}, copy)).result).toBe(3);
  });

  it.each([false, true])('a copy of the cookie does not undo a logout (at once: %s)', async (isEarly) => {
    const app = withOutage();
    const copy = await writtenDuring(app);
    await app.request((ctx) => void (ctx.session = null));
    if (!isEarly) app.advance(120_000);
    const reply = await app.request((ctx) => bag(ctx).toJSON(), {}, copy);
    // It may hold the changes of the outage, under another id, if they were never applied to the session.
    expect(reply.result).not.toHaveProperty('user');
    expect(app.memory.listByUser('ann')).toEqual([]);
  });

  it('a copy of the cookie opens nothing once the session has another id and user', async () => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 2));
    const copy = copyOf(app);
    app.let('nothing');
    await app.request(async (ctx) => {
      bag(ctx).user = 'ann';
      await bag(ctx).regenerate();
    });
    for (const wait of [0, 120_000]) {
      app.advance(wait);
      expect((await app.request((ctx) => bag(ctx).toJSON(), {}, copyOf(app, copy))).result).toEqual({});
    }
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 2 });
  });

  it('a session that has ended meanwhile does not come back; its changes begin a new one', async () => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1 }));
    app.let('all');
    await app.request((ctx) => (bag(ctx).cart = 1));
    const copy = copyOf(app);
    app.let('nothing');
    app.memory.destroyByUser('ann');
    expect(await dataOf(app)).toEqual({ cart: 1 });
    expect((await app.request((ctx) => bag(ctx).toJSON(), {}, copy)).result).toEqual({ cart: 1 });
    await app.request((ctx) => void (ctx.session = null));
    expect((await app.request((ctx) => bag(ctx).toJSON(), {}, copy)).result).toEqual({});
    expect(app.memory.listByUser('ann')).toEqual([]);
  });

  it('changes older than a session may become are dropped, and the session is kept', async () => {
    const app = withOutage();
    await app.request((ctx) => {
      bag(ctx).n = 1;
      bag(ctx).maxAge = 10 * HOUR;
    });
    const id = await app.request((ctx) => bag(ctx).externalKey);
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 2));
    const copy = copyOf(app);
    app.let('nothing');
    app.advance(2 * HOUR);
    const reply = await app.request((ctx) => [bag(ctx).n, bag(ctx).externalKey], {}, copy);
    expect(reply.result).toEqual([1, id.result]);
  });

  it('a request of another tab right after a logout does not set the removed cookie again', async () => {
    const app = withOutage();
    const copy = await writtenDuring(app);
    const later = copyOf(app, copy);
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 2 });
    await app.request((ctx) => void (ctx.session = null));
    expect((await app.request((ctx) => (bag(ctx).m = 1), {}, copy)).setCookie).toEqual([]);
    app.advance(120_000);
    expect((await app.request((ctx) => (bag(ctx).m = 1), {}, later)).setCookie).toHaveLength(1);
  });

  it('another outage is survived in the same way', async () => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    for (const n of [2, 3, 4]) {
      await app.request((ctx) => {
        app.let('all');
        bag(ctx).n = n;
      });
      await app.request((ctx) => (bag(ctx)[`key${n}`] = n));
      app.let('nothing');
      expect(await dataOf(app)).toMatchObject({ n, [`key${n}`]: n });
    }
    expect(await dataOf(app)).toEqual({ n: 4, key2: 2, key3: 3, key4: 4 });
  });

  it('changes of a request that still found the store unavailable are not lost', async () => {
    const app = withOutage();
    const copy = await writtenDuring(app);
    app.let('all');
    const late = app.request((ctx) => (bag(ctx).late = 1), {}, copy);
    await late;
    app.let('nothing');
    // The other tab recovers first.
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 2 });
    expect((await app.request((ctx) => bag(ctx).toJSON(), {}, copy)).result).toEqual({
      user: 'ann',
      n: 2,
      late: 1,
    });
  });

  it('no changes are applied to a session that `valid` refuses', async () => {
    let isBanned = false;
    const app = withOutage({ valid: (_ctx, data) => !(isBanned && data.user === 'ann') });
    await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann' }));
    app.let('all');
    await app.request((ctx) => (bag(ctx).cart = 1));
    app.let('nothing');
    isBanned = true;
    expect(await dataOf(app)).toEqual({ cart: 1 });
    expect(app.memory.listByUser('ann')).toMatchObject([{ data: '{"user":"ann"}' }]);
  });

  it('parallel requests apply the changes once, and lose none of their own', async () => {
    const app = withOutage();
    await writtenDuring(app);
    const copies = Array.from({ length: 20 }, () => copyOf(app));
    const replies = await Promise.all(copies.map((copy) => app.request(count, {}, copy)));
    expect(replies.map(({ status }) => status)).toEqual(copies.map(() => 200));
    expect(app.memory.listByUser('ann')).toMatchObject([{ data: '{"user":"ann","n":22}' }]);
  });

  it('that begins again while changes are applied, nothing is lost', async () => {
    for (const failing of ['update', 'create', 'read'] as const) {
      for (const how of ['fails', 'loses its answer'] as const) {
        const app = withOutage();
        await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1 }));
        app.let('all');
        await app.request((ctx) => (bag(ctx).n = 2));
        app.let(how === 'fails' ? (method) => method === failing : 'answers');
        await app.request((ctx) => (bag(ctx).m = 3));
        app.let('nothing');
        expect(await dataOf(app), `${failing} ${how}`).toEqual({ user: 'ann', n: 2, m: 3 });
      }
    }
  });
});

/** An app, and the ids of its sessions and of the changes of outages, in order of creation. */
function withIds(): { app: Outage; ids: string[] } {
  const ids: string[] = [];
  return { app: withOutage({ genid: () => (ids[ids.length] = `id-${ids.length}`) }), ids };
}

describe('after an outage, with foreign values in the store,', () => {
  const ANY = { createdAt: 0, idleEndsAt: undefined, maxAge: 'session', hasOwnMaxAge: false } as const;

  function plantMarker({ memory }: Outage, id: string | undefined, data: string): void {
    memory.create(`laid;${id}`, { data, life: ANY, ttl: undefined, userId: undefined });
  }

  it.each([
    '{"round":',
    'null',
    '"text"',
    '[]',
    '{}',
    '{"round":"x","at":0}',
    '{"round":0,"at":0}',
    '{"round":-1,"at":0}',
    '{"round":1e999,"at":0}',
  ])('a marker with the data %s keeps changes from being applied, with an event', async (data) => {
    const { app, ids } = withIds();
    await writtenDuring(app);
    plantMarker(app, ids.at(-1), data);
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 1 });
    expect(app.events).toContain('invalid');
    expect(app.errors).toEqual([]);
  });

  it.each(['1e999', '9e15', '-1e999', '"text"', 'null'])(
    'a marker of the time %s does not prevent a new session',
    async (at) => {
      const { app, ids } = withIds();
      app.let('all');
      await app.request((ctx) => (bag(ctx).n = 1));
      app.let('nothing');
      plantMarker(app, ids[0], `{"round":1,"at":${at}}`);
      expect((await app.request((ctx) => (bag(ctx).m = 1))).setCookie).toHaveLength(1);
      expect(await dataOf(app)).toEqual({ m: 1 });
    },
  );

  it('a session that began in the outage and cannot be read is replaced by a new one, with an event', async () => {
    const { app, ids } = withIds();
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('nothing');
    app.garble(String(ids[0]));
    expect((await app.request((ctx) => (bag(ctx).m = 1))).setCookie).toHaveLength(1);
    expect(await dataOf(app)).toEqual({ m: 1 });
    expect(app.events).toContain('invalid');
    expect(app.errors).toEqual([]);
  });

  it('changes to a session that cannot be read any more begin a new one, with an event', async () => {
    const { app, ids } = withIds();
    await writtenDuring(app);
    app.garble(String(ids[0]));
    expect(await dataOf(app)).toEqual({ n: 2 });
    expect(app.events).toContain('invalid');
  });
});
