import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionOptions } from './index.ts';
import { RecordingStore } from './testing/recording-store.ts';
import { bag, setUp } from './testing/set-up.ts';

const MINUTE = 60_000;
const HALF_HOUR = 30 * MINUTE;

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  ['in a sealed cookie', () => ({ encrypt: true })],
  // The store's clock stands still, so the session ends by its record alone.
  ['in a store', () => ({ store: new MemoryStore({ now: () => 1 }) })],
  ["in a store of koa-session's kind", () => ({ store: new RecordingStore(true) })],
];

/** A session that ends with the browser, or after half an hour without a request. */
function start(options: SessionOptions) {
  let time = Date.parse('2026-01-01T00:00:00Z');
  const made = setUp({ maxAge: 'session', idleTimeout: HALF_HOUR, now: () => time, ...options });
  return { ...made, advance: (ms: number) => void (time += ms) };
}

describe.each(MODES)('a session %s whose cookie has no date, with idleTimeout,', (_mode, options) => {
  it('ends after that time without a request, even if the browser still sends its cookie', async () => {
    const { request, advance } = start(options());
    const made = await request((ctx) => (bag(ctx).a = 1));
    expect(made.cookie()?.attributes).not.toHaveProperty('expires');
    expect(made.cookie()?.attributes).not.toHaveProperty('max-age');
    advance(HALF_HOUR + 1);
    expect((await request((ctx) => bag(ctx).isNew)).result).toBe(true);
  });

  it('is extended by requests, even if they do not read it', async () => {
    const { request, advance } = start(options());
    await request((ctx) => (bag(ctx).a = 1));
    for (const look of [undefined, (ctx: Parameters<typeof bag>[0]) => bag(ctx).a, undefined]) {
      advance(HALF_HOUR - 1000);
      await request(look);
    }
    advance(HALF_HOUR - 1000);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('is not extended by requests that are no activity', async () => {
    const { request, advance } = start({ ...options(), isActivity: () => false });
    await request((ctx) => (bag(ctx).a = 1));
    advance(HALF_HOUR - 1000);
    await request((ctx) => (bag(ctx).a = 2));
    advance(2000);
    expect((await request((ctx) => bag(ctx).isNew)).result).toBe(true);
  });

  it('with renew is only extended when half of the time is over', async () => {
    const { request, advance, app } = start({ ...options(), renew: true });
    const renewed: number[] = [];
    app.on('session:renewed', () => renewed.push(1));
    await request((ctx) => (bag(ctx).a = 1));
    advance(HALF_HOUR / 2 - 1000);
    await request();
    expect(renewed).toHaveLength(0);
    advance(2000);
    await request();
    expect(renewed).toHaveLength(1);
  });

  it('says when it ends', async () => {
    const { request } = start(options());
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => bag(ctx).expiresAt);
    expect(reply.result).toBe(Date.parse('2026-01-01T00:30:00Z'));
  });

  it('does not end if it has a maxAge of its own in ms', async () => {
    const { request, advance } = start(options());
    await request((ctx) => {
      bag(ctx).a = 1;
      bag(ctx).maxAge = 60 * MINUTE;
    });
    advance(HALF_HOUR + 1);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('ends also if it began before the option was set', async () => {
    const shared = options();
    const before = start({ ...shared, idleTimeout: undefined, absoluteMaxAge: 1000 * MINUTE });
    await before.request((ctx) => (bag(ctx).a = 1));
    const after = start({ ...shared, absoluteMaxAge: 1000 * MINUTE });
    for (const [name, cookie] of before.browser.jar.cookies) after.browser.jar.cookies.set(name, cookie);
    expect((await after.request((ctx) => bag(ctx).a)).result).toBe(1);
    after.advance(HALF_HOUR + 1);
    expect((await after.request((ctx) => bag(ctx).isNew)).result).toBe(true);
  });
});

it.each([0, -1, NaN, '30 minutes', Infinity])('idleTimeout %s is refused at set-up', (idleTimeout) => {
  expect(() => setUp({ idleTimeout: idleTimeout as number })).toThrow(
    /session: option idleTimeout must be a number of ms from 1 up to/,
  );
});
