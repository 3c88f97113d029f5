import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionOptions } from './index.ts';
import { Browser, bag, setUp } from './testing/set-up.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2030-01-01T00:00:00Z');

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({ encrypt: true })],
  ['in a store', () => ({ encrypt: true, store: new MemoryStore({ now: () => 0 }) })],
];

/** A session on a clock that the test moves. The client keeps sending cookies that a browser would drop. */
function onClock(options: SessionOptions) {
  let time = START;
  const made = setUp({ ...options, now: () => time });
  const wait = (ms: number): void => void (time += ms);
  const stubborn = new Browser(made.app, () => 0);
  const request: typeof made.request = (handler, headers) => made.request(handler, headers, stubborn);
  return { ...made, request, wait, expiryOf: (date: string | undefined) => Date.parse(date ?? '') - time };
}

describe.each(MODES)('a session %s', (mode, options) => {
  it('ends at its absolute age, however active', async () => {
    const { request, wait } = onClock({
      ...options(),
      rolling: true,
      maxAge: HOUR,
      absoluteMaxAge: 3 * HOUR,
    });
    await request((ctx) => (bag(ctx).user = 'ann'));
    for (let visits = 0; visits < 5; visits += 1) {
      wait(30 * MINUTE);
      expect((await request((ctx) => bag(ctx).user)).result).toBe('ann');
    }
    wait(30 * MINUTE + 1);
    expect((await request((ctx) => bag(ctx).user)).result).toBeUndefined();
  });

  it('has a cookie that ends no later, and is not extended beyond that', async () => {
    const { request, wait, expiryOf } = onClock({
      ...options(),
      rolling: true,
      maxAge: HOUR,
      absoluteMaxAge: 1.5 * HOUR,
    });
    await request((ctx) => (bag(ctx).a = 1));
    wait(HOUR);
    const capped = await request();
    expect(expiryOf(capped.cookie()?.attributes.expires)).toBe(HOUR / 2);
    expect((await request()).setCookie).toEqual([]);
  });

  it('starts its absolute age again when it is regenerated', async () => {
    const { request, wait } = onClock({ ...options(), maxAge: HOUR, absoluteMaxAge: HOUR });
    await request((ctx) => (bag(ctx).a = 1));
    wait(HOUR / 2);
    await request((ctx) => bag(ctx).regenerate());
    wait(HOUR / 2 + 1);
    const reply = await request((ctx) => [bag(ctx).a, bag(ctx).createdAt]);
    expect(reply.result).toEqual([1, START + HOUR / 2]);
  });

  it('says when it was created and when it ends', async () => {
    const { request, wait } = onClock({ ...options(), maxAge: HOUR, absoluteMaxAge: 1.5 * HOUR });
    const first = await request(async (ctx) => {
      const before = [bag(ctx).createdAt, bag(ctx).expiresAt];
      bag(ctx).a = 1;
      await bag(ctx).save();
      return [...before, bag(ctx).createdAt, bag(ctx).expiresAt];
    });
    expect(first.result).toEqual([undefined, undefined, START, START + HOUR]);
    wait(HOUR);
    await request((ctx) => (bag(ctx).a = 2));
    const second = await request((ctx) => [bag(ctx).createdAt, bag(ctx).expiresAt]);
    expect(second.result).toEqual([START, START + 1.5 * HOUR]);
  });

  it.each([{ rolling: true }, { renew: true }])(
    'is not extended by a request that is no activity (%j)',
    async (how) => {
      const { request, wait } = onClock({
        ...options(),
        ...how,
        maxAge: HOUR,
        isActivity: (ctx) => ctx.get('x-poll') === '',
      });
      await request((ctx) => (bag(ctx).a = 1));
      wait(40 * MINUTE);
      const poll = await request((ctx) => bag(ctx).a, { 'x-poll': '1' });
      expect([poll.result, poll.setCookie]).toEqual([1, []]);
      // Its changes are saved, and the end stays.
      const change = await request((ctx) => (bag(ctx).a = 2), { 'x-poll': '1' });
      const sent = change.cookie()?.attributes.expires;
      // With a store no cookie is sent: it could only undo that of another response.
      expect(sent && Date.parse(sent)).toBe(mode === 'in a store' ? undefined : START + HOUR);
      wait(20 * MINUTE + 1);
      expect((await request((ctx) => bag(ctx).a)).result).toBeUndefined();
    },
  );

  it.each([{ rolling: true }, { renew: true }])(
    'is extended by activity, even if no handler reads it (%j)',
    async (how) => {
      const { request, wait, expiryOf } = onClock({
        ...options(),
        ...how,
        maxAge: HOUR,
        isActivity: () => true,
      });
      await request((ctx) => (bag(ctx).a = 1));
      for (let visits = 0; visits < 3; visits += 1) {
        wait(40 * MINUTE);
        expect(expiryOf((await request()).cookie()?.attributes.expires)).toBe(HOUR);
      }
      expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
    },
  );

  it('with a maxAge of its own keeps it over rolling', async () => {
    const { request, wait, expiryOf } = onClock({ ...options(), rolling: true, maxAge: HOUR });
    await request((ctx) => {
      bag(ctx).a = 1;
      bag(ctx).maxAge = 100 * HOUR;
    });
    for (let visits = 0; visits < 3; visits += 1) {
      wait(90 * HOUR);
      expect(expiryOf((await request()).cookie()?.attributes.expires)).toBe(100 * HOUR);
    }
    expect((await request((ctx) => [bag(ctx).a, bag(ctx).maxAge])).result).toEqual([1, 100 * HOUR]);
  });

  it('with a maxAge of its own keeps it while others change the session', async () => {
    const { request, wait, expiryOf } = onClock({ ...options(), maxAge: HOUR });
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => (bag(ctx).maxAge = 100 * HOUR));
    wait(90 * HOUR);
    const reply = await request((ctx) => (bag(ctx).a = 2));
    expect(expiryOf(reply.cookie()?.attributes.expires)).toBe(100 * HOUR);
  });

  it('follows the configuration again when its own maxAge is set to that', async () => {
    const { request, wait } = onClock({ ...options(), maxAge: HOUR });
    await request((ctx) => Object.assign(bag(ctx), { a: 1, maxAge: 100 * HOUR }));
    await request((ctx) => (bag(ctx).maxAge = HOUR));
    wait(HOUR + 1);
    expect((await request((ctx) => bag(ctx).a)).result).toBeUndefined();
  });

  it('follows a configuration that has become shorter, unless its maxAge is its own', async () => {
    const common = options();
    const [before, after] = [{ maxAge: 10 * HOUR }, { maxAge: HOUR }].map((one) =>
      onClock({ ...common, ...one }),
    );
    const plain = (await before?.request((ctx) => (bag(ctx).a = 1)))?.cookie()?.value;
    const remembered = (
      await before?.request((ctx) => Object.assign(bag(ctx), { a: 2, maxAge: 20 * HOUR }), { cookie: '' })
    )?.cookie()?.value;
    after?.wait(HOUR);
    const look = async (value: string | undefined): Promise<unknown> =>
      (await setUpLook(after, value))?.result;
    expect([await look(plain), await look(remembered)]).toEqual([1, 2]);
    after?.wait(1);
    expect([await look(plain), await look(remembered)]).toEqual([undefined, 2]);
  });

  it('gets an end if it has none and the configuration has one', async () => {
    const common = options();
    const before = onClock({ ...common, maxAge: 'session' });
    const cookie = `koa.sess=${(await before.request((ctx) => (bag(ctx).a = 1))).cookie()?.value}`;
    const after = onClock({ ...common, maxAge: HOUR });
    const reply = await after.request((ctx) => bag(ctx).a, { cookie });
    expect(reply.result).toBe(1);
    expect(after.expiryOf(reply.cookie()?.attributes.expires)).toBe(HOUR);
  });
});

function setUpLook(set: ReturnType<typeof onClock> | undefined, value: string | undefined) {
  return set?.request((ctx) => bag(ctx).a, { cookie: `koa.sess=${value}` });
}

it.each([0, -1, Number.NaN, Infinity, '1d'])('an absoluteMaxAge of %o is refused', (absoluteMaxAge) => {
  expect(() => setUp({ absoluteMaxAge: absoluteMaxAge as number })).toThrow(
    /option absoluteMaxAge must be a number of ms from 1/,
  );
});
