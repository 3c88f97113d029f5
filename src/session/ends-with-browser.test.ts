import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionOptions } from './index.ts';
import { dataOf, HOUR, withOutage } from './testing/with-outage.ts';
import { RecordingStore } from './testing/recording-store.ts';
import { Browser, bag, type Reply, setUp } from './testing/set-up.ts';

const START = Date.parse('2030-01-01T00:00:00Z');
const DAY = 24 * HOUR;
const NEW_KEY = 'another key of thirty-two characters';

const MODES: [string, () => SessionOptions][] = [
  ['in a signed cookie', () => ({})],
  ['in a sealed cookie', () => ({ encrypt: true })],
  // The store's clock stands still, so the session ends by its record alone.
  ['in a store, its id signed', () => ({ store: new MemoryStore({ now: () => 0 }) })],
  ['in a store, its id sealed', () => ({ encrypt: true, store: new MemoryStore({ now: () => 0 }) })],
  ["in a store of koa-session's kind", () => ({ store: new RecordingStore(true) })],
  [
    'in a store with onStoreError: cookie',
    () => ({ onStoreError: 'cookie', store: new MemoryStore({ now: () => 0 }) }),
  ],
];

/** When each cookie that was sent expires, the signature's too; undefined: when the browser closes. */
function endsOf({ setCookie }: Reply): (string | undefined)[] {
  expect(setCookie.length).toBeGreaterThan(0);
  return [...new Set(setCookie.map(({ attributes }) => attributes.expires ?? attributes['max-age']))];
}

const WITH_THE_BROWSER = [undefined];

function at(time: number): string[] {
  return [new Date(time).toUTCString()];
}

/** A session with an absolute end, on a clock that the test moves. The client keeps sending expired cookies. */
function onClock(options: SessionOptions) {
  let time = START;
  const made = setUp({ absoluteMaxAge: DAY, ...options, now: () => time });
  const wait = (ms: number): void => void (time += ms);
  const stubborn = new Browser(made.app, () => 0);
  const request: typeof made.request = (handler) => made.request(handler, {}, stubborn);
  const take = (cookies: Reply['setCookie']): void => stubborn.jar.take(cookies, 0);
  return { ...made, request, wait, take };
}

describe.each(MODES)("with maxAge 'session' a session %s", (_mode, options) => {
  it('has a cookie that lasts until the browser closes, and ends on the server at its absolute end', async () => {
    const { request, wait } = onClock({ ...options(), maxAge: 'session' });
    expect(endsOf(await request((ctx) => (bag(ctx).a = 1)))).toEqual(WITH_THE_BROWSER);
    wait(HOUR);
    expect(endsOf(await request((ctx) => (bag(ctx).a = 2)))).toEqual(WITH_THE_BROWSER);
    expect(endsOf(await request((ctx) => bag(ctx).save()))).toEqual(WITH_THE_BROWSER);
    wait(DAY - HOUR);
    expect((await request((ctx) => [bag(ctx).a, bag(ctx).expiresAt])).result).toEqual([2, START + DAY]);
    wait(1);
    expect((await request((ctx) => bag(ctx).a)).result).toBeUndefined();
  });

  it('keeps such a cookie when it is regenerated, and with rolling and renew', async () => {
    const { request, wait } = onClock({ ...options(), maxAge: 'session', rolling: true, renew: true });
    await request((ctx) => (bag(ctx).a = 1));
    wait(DAY - HOUR);
    // A session at its absolute end is not sent again.
    expect((await request()).setCookie).toEqual([]);
    expect(endsOf(await request((ctx) => bag(ctx).regenerate()))).toEqual(WITH_THE_BROWSER);
    wait(DAY);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
    wait(1);
    expect((await request((ctx) => bag(ctx).a)).result).toBeUndefined();
  });

  it('keeps such a cookie when it is sent again with a newer key', async () => {
    const { app, request } = onClock({ ...options(), maxAge: 'session' });
    await request((ctx) => (bag(ctx).a = 1));
    app.keys = [NEW_KEY, ...(app.keys as string[])];
    expect(endsOf(await request())).toEqual(WITH_THE_BROWSER);
    app.keys = [NEW_KEY];
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('has a date while a handler gives it a maxAge in ms', async () => {
    const { request, wait } = onClock({ ...options(), maxAge: 'session' });
    await request((ctx) => (bag(ctx).a = 1));
    expect(endsOf(await request((ctx) => (bag(ctx).maxAge = HOUR)))).toEqual(at(START + HOUR));
    expect(endsOf(await request((ctx) => (bag(ctx).maxAge = 3 * DAY)))).toEqual(at(START + DAY));
    expect(endsOf(await request((ctx) => (bag(ctx).maxAge = 'session')))).toEqual(WITH_THE_BROWSER);
    wait(DAY);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('gets an idle timeout and a dated cookie at the next request once the configuration has one', async () => {
    const common = options();
    const before = onClock({ ...common, maxAge: 'session' });
    const { setCookie } = await before.request((ctx) => (bag(ctx).a = 1));
    const after = onClock({ ...common, maxAge: HOUR });
    after.take(setCookie);
    expect(endsOf(await after.request())).toEqual(at(START + HOUR));
    expect((await after.request()).setCookie).toEqual([]);
    after.wait(HOUR + 1);
    expect((await after.request((ctx) => bag(ctx).a)).result).toBeUndefined();
  });
});

describe.each(MODES)("with maxAge 'session' of its own a session %s", (_mode, options) => {
  it('has a cookie that lasts until the browser closes, until a handler sets the configured maxAge again', async () => {
    const { app, request, wait } = onClock({ ...options(), maxAge: 2 * HOUR, rolling: true });
    expect(endsOf(await request((ctx) => (bag(ctx).a = 1)))).toEqual(at(START + 2 * HOUR));
    expect(endsOf(await request((ctx) => (bag(ctx).maxAge = 'session')))).toEqual(WITH_THE_BROWSER);
    wait(3 * HOUR);
    expect(endsOf(await request((ctx) => (bag(ctx).a = 2)))).toEqual(WITH_THE_BROWSER);
    expect(endsOf(await request((ctx) => bag(ctx).regenerate()))).toEqual(WITH_THE_BROWSER);
    app.keys = [NEW_KEY, ...(app.keys as string[])];
    const again = await request((ctx) => [bag(ctx).a, bag(ctx).maxAge]);
    expect(again.result).toEqual([2, 'session']);
    expect(endsOf(again)).toEqual(WITH_THE_BROWSER);
    expect(endsOf(await request((ctx) => (bag(ctx).maxAge = 2 * HOUR)))).toEqual(at(START + 5 * HOUR));
  });
});

it("a store of koa-session's kind gets the absolute end", async () => {
  const store = new RecordingStore(false);
  const { request } = onClock({ store, maxAge: 'session' });
  await request((ctx) => (bag(ctx).a = 1));
  expect(store.calls[0]).toMatchObject({ maxAge: DAY + 10_000, record: { a: 1, _session: true } });
});

describe("in an outage a session of maxAge 'session'", () => {
  const options: SessionOptions = { maxAge: 'session', absoluteMaxAge: DAY };

  it.each(['all', 'writes'] as const)('has such a cookie when %s fail', async (failing) => {
    const app = withOutage(options);
    await app.request((ctx) => (bag(ctx).a = 1));
    app.let(failing);
    expect(endsOf(await app.request((ctx) => (bag(ctx).b = 2)))).toEqual(WITH_THE_BROWSER);
    expect(endsOf(await app.request((ctx) => (bag(ctx).c = 3)))).toEqual(WITH_THE_BROWSER);
    app.let('nothing');
    expect(endsOf(await app.request())).toEqual(WITH_THE_BROWSER);
    expect(await dataOf(app)).toEqual({ a: 1, b: 2, c: 3 });
    app.advance(DAY + 1);
    expect(await dataOf(app)).toEqual({});
  });

  it('has such a cookie from its beginning', async () => {
    const app = withOutage(options);
    app.let('all');
    expect(endsOf(await app.request((ctx) => (bag(ctx).a = 1)))).toEqual(WITH_THE_BROWSER);
    app.let('nothing');
    expect(endsOf(await app.request())).toEqual(WITH_THE_BROWSER);
    app.advance(DAY);
    expect(await dataOf(app)).toEqual({ a: 1 });
    app.advance(1);
    expect(await dataOf(app)).toEqual({});
  });

  it('has such a cookie once a handler sets it', async () => {
    const app = withOutage({ absoluteMaxAge: DAY });
    await app.request((ctx) => (bag(ctx).a = 1));
    app.let('all');
    expect(endsOf(await app.request((ctx) => (bag(ctx).maxAge = 'session')))).toEqual(WITH_THE_BROWSER);
    expect(endsOf(await app.request((ctx) => (bag(ctx).b = 2)))).toEqual(WITH_THE_BROWSER);
    app.let('nothing');
    expect(endsOf(await app.request())).toEqual(WITH_THE_BROWSER);
    expect(await dataOf(app)).toEqual({ a: 1, b: 2 });
  });

  it('has such a cookie again when the store is back, if the outage did not know its maxAge', async () => {
    const app = withOutage({ absoluteMaxAge: DAY });
    await app.request((ctx) => Object.assign(bag(ctx), { a: 1, maxAge: 'session' }));
    app.let('all');
    await app.request((ctx) => (bag(ctx).b = 2));
    app.let('nothing');
    expect(endsOf(await app.request())).toEqual(WITH_THE_BROWSER);
    expect(await dataOf(app)).toEqual({ a: 1, b: 2 });
  });
});
