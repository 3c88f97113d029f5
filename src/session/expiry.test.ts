import { describe, expect, it, vi } from 'vitest';
import { MemoryStore, type SessionOptions } from './index.ts';
import { RecordingStore } from './testing/recording-store.ts';
import { bag, setUp } from './testing/set-up.ts';

const MINUTE = 60_000;

/** A clock that a test moves. */
function makeClock() {
  let time = Date.parse('2026-01-01T00:00:00Z');
  return { now: () => time, advance: (ms: number) => void (time += ms) };
}

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  // The store's clock stands still, so the session ends by its record alone.
  ['in a store', () => ({ store: new MemoryStore({ now: () => 1 }) })],
];

describe.each(MODES)('a session %s', (_mode, options) => {
  it('is dated by the option now, and so is its cookie', async () => {
    const { now } = makeClock();
    const { request } = setUp({ ...options(), maxAge: MINUTE, now });
    const reply = await request((ctx) => (bag(ctx).a = 1));
    expect(reply.cookie()?.attributes.expires).toBe('Thu, 01 Jan 2026 00:01:00 GMT');
    expect(reply.cookie('koa.sess.sig')?.attributes.expires).toBe('Thu, 01 Jan 2026 00:01:00 GMT');
    expect((await request((ctx) => bag(ctx).expiresAt)).result).toBe(now() + MINUTE);
  });

  it('has no date if it lasts until the browser closes, and never ends on the server', async () => {
    const { now, advance } = makeClock();
    const { request } = setUp({ ...options(), maxAge: 'session', now });
    const reply = await request((ctx) => (bag(ctx).a = 1));
    expect(reply.cookie()?.attributes).not.toHaveProperty('expires');
    expect(reply.cookie()?.attributes).not.toHaveProperty('max-age');
    advance(1000 * 86_400_000);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('is valid in the millisecond of its end, and not in the next', async () => {
    const { now, advance } = makeClock();
    const { request, browser } = setUp({ ...options(), maxAge: MINUTE, now });
    await request((ctx) => (bag(ctx).a = 1));
    // The client sends the cookie after its end.
    const cookie = browser.jar.header(now());
    advance(MINUTE);
    expect((await request((ctx) => bag(ctx).a, { cookie })).result).toBe(1);
    advance(1);
    const late = await request((ctx) => [bag(ctx).a, bag(ctx).isNew], { cookie });
    expect(late.result).toEqual([undefined, true]);
  });

  it('counts its end from its last save', async () => {
    const { now, advance } = makeClock();
    const { request, browser } = setUp({ ...options(), maxAge: MINUTE, now });
    await request((ctx) => (bag(ctx).a = 1));
    advance(MINUTE / 2);
    await request((ctx) => (bag(ctx).a = 2));
    const cookie = browser.jar.header(now());
    advance(MINUTE - 1);
    expect((await request((ctx) => bag(ctx).a, { cookie })).result).toBe(2);
  });

  it('with rolling is sent again on every response, even if no handler reads it', async () => {
    const { now, advance } = makeClock();
    const { request } = setUp({ ...options(), maxAge: MINUTE, rolling: true, now });
    await request((ctx) => (bag(ctx).a = 1));
    for (const handler of [undefined, undefined, () => 1]) {
      advance(MINUTE - 1000);
      const reply = await request(handler);
      expect(reply.cookie()?.attributes.expires).toBe(new Date(now() + MINUTE).toUTCString());
    }
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('with rolling sends nothing if there is no session', async () => {
    const { request } = setUp({ ...options(), rolling: true, renew: true });
    expect((await request()).setCookie).toEqual([]);
    expect((await request((ctx) => bag(ctx).a)).setCookie).toEqual([]);
  });

  it('with rolling is not sent twice when it was saved by hand', async () => {
    const store = new RecordingStore(false);
    const { request } = setUp({ ...(options().store ? { store } : {}), rolling: true });
    let saves = 0;
    await request((ctx) => {
      ctx.app.on('session:renewed', () => (saves += 1));
      bag(ctx).a = 1;
    });
    await request((ctx) => bag(ctx).save());
    expect(saves).toBe(1);
  });

  it.each<[string, number, boolean]>([
    ['just begun', 0, false],
    ['in its first half', MINUTE / 2 - 1, false],
    ['exactly at half of its life', MINUTE / 2, false],
    ['a millisecond past half of its life', MINUTE / 2 + 1, true],
    ['in its last millisecond', MINUTE - 1, true],
  ])('with renew, when it has %s', async (_when, ms, renewed) => {
    for (const handler of [undefined, () => 1]) {
      const { now, advance } = makeClock();
      const { request } = setUp({ ...options(), maxAge: MINUTE, renew: true, now });
      await request((ctx) => (bag(ctx).a = 1));
      advance(ms);
      const reply = await request(handler);
      const sent = reply.cookie()?.attributes.expires;
      expect(sent).toBe(renewed ? new Date(now() + MINUTE).toUTCString() : undefined);
    }
  });

  it('with renew counts by its own maxAge', async () => {
    const { now, advance } = makeClock();
    const { request } = setUp({ ...options(), maxAge: 100 * MINUTE, renew: true, now });
    await request((ctx) => Object.assign(bag(ctx), { a: 1, maxAge: MINUTE }));
    advance(MINUTE * 0.75);
    const reply = await request();
    expect(reply.cookie()?.attributes.expires).toBe(new Date(now() + MINUTE).toUTCString());
  });

  it('with renew is not saved if it lasts until the browser closes', async () => {
    const { now, advance } = makeClock();
    const { request } = setUp({ ...options(), maxAge: 'session', renew: true, now });
    await request((ctx) => (bag(ctx).a = 1));
    advance(1000 * MINUTE);
    expect((await request()).setCookie).toEqual([]);
  });

  it('with rolling stays ended when a handler ends it', async () => {
    const { request, browser } = setUp({ ...options(), rolling: true });
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => void (ctx.session = null));
    expect(browser.jar.cookies.size).toBe(0);
  });
});

it('reads the system clock without the option now', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
  try {
    const { request, browser } = setUp({ maxAge: MINUTE });
    await request((ctx) => (bag(ctx).a = 1));
    const cookie = browser.jar.header(0);
    vi.setSystemTime(MINUTE + 1);
    expect((await request((ctx) => bag(ctx).isNew, { cookie })).result).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

it('after null a new session has no end until it is saved', async () => {
  const { request } = setUp({ store: new MemoryStore() });
  await request((ctx) => (bag(ctx).a = 1));
  const reply = await request((ctx) => {
    ctx.session = null;
    ctx.session = { b: 1 };
    return ctx.session.expiresAt;
  });
  expect(reply.result).toBeUndefined();
});
