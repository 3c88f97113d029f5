import { describe, expect, it } from 'vitest';
import { userSessions } from '../../index.ts';
import { useRedis, watchWarnings } from '../redis-fixtures.ts';
import { hasRedisServer } from '../redis-server.ts';
import { bag } from '../set-up.ts';
import { type Client, look, openApp, openWritten } from './open-app.ts';
import { byName, named, needsRedis, readWritten, type Written } from './written.ts';

const { sessions, standIns, marks } = readWritten();
const SECOND = 1000;

describe('data of the first edition:', () => {
  describeAll(false);
});

describe.skipIf(!hasRedisServer())('data of the first edition in Redis:', () => {
  const redis = useRedis();
  describeAll(true, redis);

  it.each(byName(marks))('%s: a request finds the right data', async (_name, one) => {
    // An unreadable mark would cause a warning.
    const warnings = watchWarnings();
    const app = await openWritten(one, redis.client);
    app.clock.now += SECOND;
    expect(await look(app)).toEqual(one.found);
    expect(warnings).toEqual([]);
  });

  it('a request with a replaced id sets no cookie over that of the new session', async () => {
    const app = await openWritten(named('a replaced id'), redis.client);
    const reply = await app.request((ctx) => (bag(ctx).views = 9));
    expect([reply.setCookie, app.events]).toEqual([[], ['missed', 'gone']]);
  });

  it('the list of a user has both sessions, and one can end the other', async () => {
    const app = await openWritten(named('one of two sessions of a user in Redis'), redis.client);
    const list = async () => (await app.request((ctx) => userSessions(ctx).list())).result;
    const current = { isCurrent: true, data: { views: 1 } };
    expect(await list()).toMatchObject([current, { isCurrent: false, data: { user: 'ann', views: 2 } }]);
    const { result } = await app.request((ctx) => userSessions(ctx).endOthers());
    expect(result).toBe(1);
    expect(await list()).toMatchObject([current]);
  });

  it('an incomplete list makes a request fail that ends all other sessions', async () => {
    const app = await openWritten(named('an incomplete list of sessions'), redis.client);
    await app.request((ctx) => userSessions(ctx).endOthers());
    expect(app.errors.map(({ message }) => message)).toEqual([expect.stringMatching(/others may remain/)]);
  });
});

/** @param redis a server for the data that needs one */
function describeAll(isInRedis: boolean, redis?: { client: Client }): void {
  const isOurs = (one: Written): boolean => needsRedis(one) === isInRedis;
  const ourSessions = sessions.filter(isOurs);
  const ourStandIns = standIns.filter(isOurs);
  const open = (one: Written) => openWritten(one, redis?.client);

  it.each(byName(ourSessions))('%s opens with its data and its end', async (_name, one) => {
    const app = await open(one);
    app.clock.now += SECOND;
    expect(await look(app)).toEqual(one.found);
    expect(app.errors).toEqual([]);
  });

  it.each(byName(ourSessions.filter(({ found }) => found.expiresAt !== undefined)))(
    '%s opens until its end, and not a millisecond longer',
    async (_name, one) => {
      for (const late of [0, 1]) {
        const app = await open(one);
        app.clock.now = (one.found.expiresAt ?? 0) + late;
        const { data, events } = await look(app);
        expect(data).toEqual(late ? {} : one.found.data);
        expect(events).toEqual(late ? ['expired'] : one.found.events);
      }
    },
  );

  it.each(byName(ourSessions))(
    '%s can be changed, and keeps its id, createdAt and maxAge',
    async (_name, one) => {
      const app = await open(one);
      app.clock.now += SECOND;
      await app.request((ctx) => (bag(ctx).views = 9));
      const { id, createdAt, maxAge } = one.found;
      const data = { ...one.found.data, views: 9 };
      expect(await look(app)).toMatchObject({ data, id, createdAt, maxAge });
    },
  );

  it.each(byName(ourSessions.filter(({ options }) => options.store)))(
    '%s can be ended',
    async (_name, one) => {
      const app = await open(one);
      await app.request((ctx) => void (ctx.session = null));
      const again = openApp({ ...one, records: app.records }, { client: redis?.client });
      expect(await look(again)).toMatchObject({ data: {}, events: ['missed'] });
    },
  );

  it.each(byName(ourSessions.filter(isOfOlderKey)))(
    '%s is sent again in a cookie of the newer key, with the same end',
    async (_name, one) => {
      const app = await open(one);
      app.clock.now += SECOND;
      const cookie = (await app.request((ctx) => bag(ctx).views)).cookie();
      expect(Date.parse(cookie?.attributes['expires'] ?? '')).toBe(one.found.expiresAt);
      app.app.keys = one.keys.slice(0, 1);
      expect(await look(app)).toEqual({ ...one.found, events: [] });
    },
  );

  it.each(byName(ourStandIns))(
    '%s: its changes are applied once when the store is available again',
    async (_name, one) => {
      const app = await open(one);
      app.clock.now += SECOND;
      expect(await look(app)).toEqual(one.found);
      expect(await look(app)).toEqual({ ...one.found, events: [] });
      await app.request((ctx) => (bag(ctx).views = 9));
      const copy = openApp({ ...one, records: app.records }, { client: redis?.client });
      expect((await look(copy)).data).toEqual({ ...one.found.data, views: 9 });
      expect([...app.errors, ...copy.errors]).toEqual([]);
    },
  );

  it.each(byName(ourStandIns))(
    '%s can be changed while the store is still unavailable',
    async (_name, one) => {
      const app = await open(one);
      app.failOn(() => true);
      expect((await look(app)).data).toEqual(one.dataWithoutStore);
      await app.request((ctx) => (bag(ctx).more = true));
      app.failOn(() => false);
      expect((await look(app)).data).toEqual({ ...one.found.data, more: true });
    },
  );
}

function isOfOlderKey({ found }: Written): boolean {
  return found.events.includes('reissued');
}
