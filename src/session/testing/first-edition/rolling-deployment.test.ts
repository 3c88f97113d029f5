import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { userSessions } from '../../index.ts';
import { useRedis, watchWarnings } from '../redis-fixtures.ts';
import { hasRedisServer } from '../redis-server.ts';
import { bag } from '../set-up.ts';
import { type Client, dump, look, type OpenApp, openWritten } from './open-app.ts';
import { openSealed } from './open-sealed.ts';
import { OUTAGES } from './outages.ts';
import {
  byName,
  named,
  needsRedis,
  readWritten,
  type RedisContents,
  type RedisValue,
  type Written,
} from './written.ts';

// During a deployment, processes of the first edition must read what processes of a later version write.

const { sessions } = readWritten();
const MINUTE = 60_000;
const DAY = 86_400_000;
const ID = 'sid-first-edition-1';

/** A session in Redis: a line of seven words, then the JSON of the data. */
const RECORD = new RegExp(
  '^1 (?<version>[\\w-]{16}) (?<user>-|[\\w-]{22}) (?<createdAt>\\d{13}) (?<idleEndsAt>-|\\d{13}) ' +
    '(?<maxAge>session|[1-9]\\d*) (?<isOwn>[01])\\n(?<data>\\{.*\\})$',
  's',
);

describe('during a deployment', () => {
  describeSaving(false);
});

describe.skipIf(!hasRedisServer())('during a deployment, in Redis,', () => {
  const redis = useRedis();
  describeSaving(true, redis);

  const inRedis = byName(sessions.filter(needsRedis));
  const open = (name: string) => openWritten(named(name), redis.client);
  const textOf = async (id: string | undefined) => (await redis.client.get(keyOf(id))) ?? '';

  it.each(inRedis)('%s is changed and keeps its format', async (_name, one) => {
    const app = await openWritten(one, redis.client);
    const before = parse(await textOf(one.found.id));
    app.clock.now += MINUTE;
    await app.request((ctx) => (bag(ctx).views = 9));
    const after = parse(await textOf(one.found.id));
    expect(after).toEqual({
      ...before,
      version: expect.any(String),
      idleEndsAt: later(before.idleEndsAt),
      data: { ...before.data, views: 9 },
    });
    expect(after.version).not.toBe(before.version);
  });

  const extendable = inRedis.filter(([name]) => !name.includes('absolute end'));
  it.each(extendable)('%s is touched, and keeps its format and its version', async (_name, one) => {
    const app = await openWritten({ ...one, options: { ...one.options, rolling: true } }, redis.client);
    const before = parse(await textOf(one.found.id));
    app.clock.now += MINUTE;
    await app.request();
    const after = parse(await textOf(one.found.id));
    expect(after).toEqual({ ...before, idleEndsAt: later(before.idleEndsAt) });
  });

  it.each(inRedis)('%s is destroyed, and nothing is left under its key', async (_name, one) => {
    const app = await openWritten(one, redis.client);
    await app.request((ctx) => void (ctx.session = null));
    expect(await redis.client.exists(keyOf(one.found.id))).toBe(0);
  });

  it.each(inRedis)('%s gets a new id, and the old one is marked as replaced', async (_name, one) => {
    const app = await openWritten(one, redis.client);
    const before = parse(await textOf(one.found.id));
    await app.request((ctx) => bag(ctx).regenerate());
    const { id } = await look(app);
    expect(parse(await textOf(id))).toEqual({ ...before, version: expect.any(String) });
    expect(await textOf(one.found.id)).toBe('replaced');
    expect(minutes(await redis.client.pTTL(keyOf(one.found.id)))).toBe(1);
  });

  it('a new session of a user is added to the list that the first edition reads, for twice its life', async () => {
    const app = await open('one of two sessions of a user in Redis');
    await app.request((ctx) => bag(ctx).regenerate());
    const { id = '' } = await look(app);
    const { time, keys } = await dump(redis.client);
    const list = keys[`sess:user:${sha256('ann').slice(0, 22)}`];
    const twoDays = 2 * 24 * 60;
    expect(list && comparableValue(list, time)).toMatchObject({
      [sha256(id)]: twoDays,
      [sha256('sid-first-edition-2')]: twoDays,
    });
  });

  it('a list that was lost is marked as incomplete', async () => {
    watchWarnings();
    const app = await open('one of two sessions of a user in Redis');
    const [list = ''] = await redis.client.keys('sess:user:*');
    await redis.client.set(list, 'something else');
    await app.request((ctx) => (bag(ctx).views = 9));
    expect(await redis.client.zRange(list, 0, -1)).toEqual([sha256(ID), 'incomplete']);
  });

  it('changes that were applied after an outage are marked as in the first edition', async () => {
    const one = named('a sealed cookie with changes of an unread session');
    const app = await openWritten(one, redis.client);
    await look(app);
    const mark = parse(await textOf(`laid;${standInIn(one.cookie, one.keys).id}`));
    expect(mark).toMatchObject({ user: '-', data: { round: 1, at: one.writtenAt } });
  });

  it.each<[string, (app: OpenApp) => Promise<unknown>, string]>([
    ['one session', (app) => app.request((ctx) => void (ctx.session = null)), 'a session that was ended'],
    [
      'all other sessions of a user',
      (app) => app.request((ctx) => userSessions(ctx).endOthers()),
      'a session that its user spared',
    ],
  ])('the end of %s is remembered as in the first edition, for a day longer', async (_what, act, name) => {
    const spared = named('a session that its user spared');
    const app = await openWritten({ ...spared, redis: undefined }, redis.client);
    await act(app);
    const { time, keys } = await dump(redis.client);
    const sooner = Object.entries(keys).map(([key, value]) => [key, { ...value, ttl: value.ttl - DAY }]);
    const contents = { time, keys: Object.fromEntries(sooner) as RedisContents['keys'] };
    expect(comparable(contents)).toEqual(comparable(named(name).redis));
  });

  const outages = ['signed', 'sealed'].flatMap((kind) =>
    Object.entries(OUTAGES).map(([what, outage]) => [kind, what, outage] as const),
  );
  it.each(outages)('a %s cookie with %s is as in the first edition', async (kind, what, outage) => {
    const one = named(`a ${kind} cookie with ${what}`);
    const { cookie } = named(`a ${kind} id of a session in Redis`);
    const app = await openWritten({ ...one, cookie: what === 'a new session' ? '' : cookie }, redis.client);
    app.failOn(outage.fails);
    for (const handler of outage.handlers) await app.request(handler);
    const [before, after] = [one.cookie, cookieOf(app)].map((cookies) => standInIn(cookies, one.keys));
    expect(after).toEqual({ ...before, id: expect.any(String) });
  });
});

/** @param redis a server for the data that needs one */
function describeSaving(isInRedis: boolean, redis?: { client: Client }): void {
  const ours = sessions.filter((one) => needsRedis(one) === isInRedis);

  it.each(byName(ours))('%s is unchanged when it is saved again at the same time', async (_name, one) => {
    const app = await openWritten(one, redis?.client);
    await app.request((ctx) => bag(ctx).save());
    expect(textsIn(cookieOf(app), one)).toEqual(textsIn(one.cookie, one));
    expect(app.records).toEqual(one.records ?? {});
    const contents = redis && (await dump(redis.client));
    expect(comparable(contents)).toEqual(comparable(one.redis));
  });
}

/** The contents of the cookies: sealed ones opened, and without signatures of an older key, which change. */
function textsIn(cookies: string, { options, keys, found }: Written): string[] {
  const pairs = cookies.split('; ').filter((pair) => !(pair.includes('.sig=') && found.events.length > 0));
  if (!options.encrypt) return pairs;
  return pairs.map((pair) => openSealed(valueIn(pair), keys, pair.slice(0, pair.indexOf('='))));
}

function cookieOf({ browser, clock }: OpenApp): string {
  return browser.jar.header(clock.now);
}

/** The changes of an outage that a cookie carries. */
function standInIn(cookies: string, keys: string[]): { id: string } {
  return JSON.parse(openSealed(valueIn(cookies), keys, 'koa.sess')) as { id: string };
}

/** The value of the first cookie. */
function valueIn(cookies: string): string {
  return /=([^;]*)/.exec(cookies)?.[1] ?? '';
}

/** Without versions, which are random, and with times to the minute, since a test takes time. */
function comparable({ time, keys }: RedisContents = { time: 0, keys: {} }): unknown {
  return Object.entries(keys).map(([key, value]) => [key, minutes(value.ttl), comparableValue(value, time)]);
}

function comparableValue(value: RedisValue, time: number): unknown {
  if (value.type === 'zset')
    return Object.fromEntries(value.members.map((one) => [one.value, minutes(one.score - time)]));
  return RECORD.test(value.value) ? { ...parse(value.value), version: '' } : value.value;
}

function minutes(ms: number): number {
  return Math.round(ms / MINUTE);
}

function parse(text: string) {
  const { data, version = '', idleEndsAt = '', ...words } = RECORD.exec(text)?.groups ?? {};
  if (data === undefined) throw new Error(`a process of the first edition cannot read: ${text}`);
  return { ...words, version, idleEndsAt, data: JSON.parse(data) as object };
}

function later(idleEndsAt: string): string {
  return idleEndsAt === '-' ? '-' : String(Number(idleEndsAt) + MINUTE);
}

function keyOf(id = ''): string {
  return `sess:${sha256(id)}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
