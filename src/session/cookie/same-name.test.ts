import { describe, expect, it, vi } from 'vitest';
import { MemoryRevocations, MemoryStore, type SessionEvent, type SessionOptions } from '../index.ts';
import { bag, type Reply, type SetUp, setUp } from '../testing/set-up.ts';
import { RecordingStore } from '../testing/recording-store.ts';

const START = Date.UTC(2026, 0, 1);

type Pair = { name: string; value: string };

/** A header with the cookies of one browser for several domains or paths. */
function header(...pairs: (Pair | undefined)[]): string {
  return pairs.flatMap((pair) => (pair ? [`${pair.name}=${pair.value}`] : [])).join('; ');
}

const KINDS: [string, () => SessionOptions][] = [
  ['a signed cookie', () => ({})],
  ['a sealed cookie', () => ({ encrypt: true })],
  ['an unsigned cookie', () => ({ signed: false })],
  ['a cookie that can be revoked', () => ({ revocations: new MemoryRevocations() })],
  ['a signed id', () => ({ store: new MemoryStore() })],
  ['a sealed id', () => ({ store: new MemoryStore(), encrypt: true })],
  ['an unsigned id', () => ({ store: new MemoryStore(), signed: false })],
  ['an id in a store of koa-session’s kind', () => ({ store: new RecordingStore(true) })],
  ['an id, with onStoreError', () => ({ store: new MemoryStore(), onStoreError: 'cookie' })],
  [
    'a sealed id, with onStoreError',
    () => ({ store: new MemoryStore(), onStoreError: 'cookie', encrypt: true }),
  ],
];

/** A visitor who logs in, and whose browser keeps the anonymous cookie beside the new one. */
async function loggedIn({ request, browser }: SetUp, clock: { time: number }): Promise<[Reply, Reply]> {
  const stale = await request((ctx) => (bag(ctx).visits = 1));
  browser.jar.cookies.clear();
  clock.time += 1000;
  return [stale, await request((ctx) => (bag(ctx).user = 'ann'))];
}

describe.each(KINDS)('of two cookies of one name, %s', (what, options) => {
  it.each([
    ['first', 'paired'],
    ['first', 'with the signatures the other way round'],
    ['last', 'paired'],
  ])('the session that was saved last counts when the stale one comes %s, %s', async (place, pairing) => {
    const clock = { time: START };
    const made = setUp({ now: () => clock.time, ...options() });
    const [stale, good] = await loggedIn(made, clock);
    const [one, other] = place === 'first' ? [stale, good] : [good, stale];
    const signatures = [one.cookie('koa.sess.sig'), other.cookie('koa.sess.sig')];
    if (pairing !== 'paired') signatures.reverse();
    const cookie = header(one.cookie(), signatures[0], other.cookie(), signatures[1]);

    const reply = await made.request((ctx) => bag(ctx).user, { cookie });
    expect([reply.status, reply.result, reply.setCookie, made.errors]).toEqual([200, 'ann', [], []]);
    const write = await made.request((ctx) => (bag(ctx).seen = true), { cookie });
    expect(
      (await made.request((ctx) => bag(ctx).toJSON(), { cookie: header(...write.setCookie) })).result,
    ).toEqual({
      user: 'ann',
      seen: true,
    });
  });

  it('an invalid one, signed with another key or not at all, is ignored', async () => {
    const made = setUp(options());
    const good = await made.request((ctx) => (bag(ctx).user = 'ann'));
    const foreign = setUp(options());
    foreign.app.keys = ['another key of thirty-two characters'];
    const stale = await foreign.request((ctx) => (bag(ctx).user = 'bob'));
    const own = header(good.cookie(), good.cookie('koa.sess.sig'));
    const theirs = header(stale.cookie(), stale.cookie('koa.sess.sig'));
    // Without a signature anybody can make a valid cookie.
    for (const first of [
      ...(what === 'an unsigned cookie' ? [] : [theirs]),
      'koa.sess=made-up',
      'koa.sess=',
    ]) {
      const reply = await made.request((ctx) => bag(ctx).user, { cookie: `${first}; ${own}` });
      expect(reply.result).toBe('ann');
    }
  });
});

describe.each(KINDS.filter(([what]) => what.includes('id')))(
  'of two cookies of one name, %s',
  (_what, options) => {
    it('the one whose session exists counts, so that nobody is sent to the login again and again', async () => {
      const made = setUp(options());
      const stale = await made.request((ctx) => (bag(ctx).user = 'ann'));
      await made.request((ctx) => void (ctx.session = null));
      const good = await made.request((ctx) => (bag(ctx).user = 'bob'));
      const missed = vi.fn<(event: SessionEvent) => void>();
      made.app.on('session:missed', missed);
      const cookie = header(...stale.setCookie, ...good.setCookie);
      const reply = await made.request((ctx) => bag(ctx).user, { cookie });
      expect([reply.result, missed.mock.calls.length]).toEqual(['bob', 0]);
      await made.request((ctx) => void (ctx.session = null), { cookie });
      const after = await made.request((ctx) => [bag(ctx).isNew, bag(ctx).user], { cookie });
      expect([after.result, missed.mock.calls.length]).toEqual([[true, undefined], 1]);
    });
  },
);

describe('of two cookies of one name whose sessions have no dates', () => {
  it('the second counts: browsers send the older one first', async () => {
    const made = setUp({ maxAge: 'session' });
    const [stale, good] = await loggedIn(made, { time: START });
    const cookie = header(...stale.setCookie, ...good.setCookie);
    expect((await made.request((ctx) => bag(ctx).user, { cookie })).result).toBe('ann');
  });
});

describe('many cookies of one name', () => {
  it('cost no more than four: the store is not asked for others', async () => {
    const store = new RecordingStore(true);
    const { request } = setUp({ store, signed: false });
    const cookie = Array.from({ length: 1000 }, (_, nth) => `koa.sess=id-${nth}`).join('; ');
    const { status, result } = await request((ctx) => bag(ctx).isNew, { cookie });
    expect([status, result, store.calls.map(({ id }) => id)]).toEqual([
      200,
      true,
      ['id-0', 'id-1', 'id-2', 'id-3'],
    ]);
  });

  it('count as one if they are equal', async () => {
    const store = new RecordingStore(true);
    const { request } = setUp({ store });
    const first = await request((ctx) => (bag(ctx).a = 1));
    store.calls.length = 0;
    const cookie = header(...first.setCookie, ...first.setCookie);
    expect((await request((ctx) => bag(ctx).a, { cookie })).result).toBe(1);
    expect(store.calls).toHaveLength(1);
  });
});

it('the cookie of another app on the same host is not cleared', async () => {
  const { request } = setUp();
  for (const cookie of [
    'koa.sess=theirs; koa.sess.sig=by-their-key',
    'koa.sess=theirs',
    'koa.sess.sig=alone',
  ]) {
    const { status, setCookie } = await request((ctx) => bag(ctx).isNew, { cookie });
    expect([status, setCookie]).toEqual([200, []]);
  }
});

function decodeOurs(text: string): unknown {
  if (text === 'theirs') throw new RangeError('not ours');
  return JSON.parse(Buffer.from(text, 'base64').toString());
}

it.each([
  ['after', true],
  ['before', false],
])('one for which decode throws, %s a good one, fails nothing; alone it does', async (_where, isLast) => {
  const { request } = setUp({ signed: false, decode: decodeOurs });
  const [ours] = (await request((ctx) => (bag(ctx).a = 1))).setCookie;
  const theirs = { name: 'koa.sess', value: 'theirs' };
  const cookie = isLast ? header(ours, theirs) : header(theirs, ours);
  expect(await request((ctx) => bag(ctx).a, { cookie })).toMatchObject({ status: 200, result: 1 });
  expect((await request((ctx) => bag(ctx).a, { cookie: header(theirs) })).status).toBe(500);
});
