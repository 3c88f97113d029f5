import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionOptions } from './index.ts';
import { bag, setUp } from './testing/set-up.ts';

const NEW_KEY = 'another key of thirty-two characters';

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  ['in a store', () => ({ store: new MemoryStore() })],
];

describe.each(MODES)('a sealed session %s', (_mode, options) => {
  it('is in one cookie, which reveals nothing', async () => {
    const { request } = setUp({ ...options(), encrypt: true });
    const first = await request((ctx) => (bag(ctx).secret = 'a secret'));
    expect(first.setCookie.map(({ name }) => name)).toEqual(['koa.sess']);
    const value = first.cookie()?.value ?? '';
    expect(value).toMatch(/^v1\.[\w-]+$/);
    for (const encoding of ['base64url', 'latin1'] as const) {
      expect(Buffer.from(value.slice(3), encoding).toString()).not.toMatch(/secret|sid-/);
    }
    expect((await request((ctx) => bag(ctx).secret)).result).toBe('a secret');
  });

  it('is sealed again, with the same data and end, when its key is no longer the newest', async () => {
    let time = Date.parse('2030-01-01T00:00:00Z');
    const { app, request } = setUp({ ...options(), encrypt: true, sameSite: 'lax', now: () => time });
    const first = await request((ctx) => (bag(ctx).a = 1));
    const events: string[] = [];
    for (const name of ['reissued', 'saved', 'renewed']) app.on(`session:${name}`, () => events.push(name));
    app.keys = [NEW_KEY, ...(app.keys as string[])];
    time += 60_000;
    const second = await request((ctx) => bag(ctx).a);
    expect(second.result).toBe(1);
    expect(second.cookie()?.value).not.toBe(first.cookie()?.value);
    expect(second.cookie()?.attributes).toEqual({
      ...first.cookie()?.attributes,
      'max-age': String(24 * 60 * 60 - 60),
    });
    expect(events).toEqual(['reissued']);

    app.keys = [NEW_KEY];
    const third = await request((ctx) => bag(ctx).a);
    expect([third.result, third.setCookie]).toEqual([1, []]);
  });

  it('does not open without its key', async () => {
    const { app, request } = setUp({ ...options(), encrypt: true });
    await request((ctx) => (bag(ctx).a = 1));
    app.keys = [NEW_KEY];
    expect((await request((ctx) => [bag(ctx).a, bag(ctx).isNew])).result).toEqual([undefined, true]);
  });

  it.each<[string, SessionOptions, string[]?]>([
    ['of another name', { key: 'other' }],
    ['of another app', {}, ['a key of another app with 32 characters']],
  ])('%s does not open', async (_what, other, keys) => {
    const common = { ...options(), encrypt: true };
    const foreign = setUp({ ...common, ...other });
    if (keys) foreign.app.keys = keys;
    const stolen = (await foreign.request((ctx) => (bag(ctx).user = 'ann'))).cookie(other.key ?? undefined);
    const own = setUp(common);
    const reply = await own.request((ctx) => bag(ctx).user, { cookie: `koa.sess=${stolen?.value}` });
    expect([reply.status, reply.result]).toEqual([200, undefined]);
  });

  it('refuses a cookie that is only signed', async () => {
    const common = options();
    const signed = setUp(common);
    await signed.request((ctx) => (bag(ctx).user = 'ann'));
    const sealing = setUp({ ...common, encrypt: true });
    const cookie = signed.browser.jar.header(Date.now());
    expect((await sealing.request((ctx) => bag(ctx).user, { cookie })).result).toBeUndefined();
  });

  it('uses the option keys instead of those of the app', async () => {
    const { app, request } = setUp({ ...options(), encrypt: true, keys: [NEW_KEY] });
    await request((ctx) => (bag(ctx).a = 1));
    app.keys = ['the keys of the app do not matter here'];
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });
});

it('a sealed id does not open as a sealed session, nor the other way round', async () => {
  const store = new MemoryStore();
  const inStore = setUp({ store, encrypt: true });
  const id = (await inStore.request((ctx) => (bag(ctx).user = 'ann'))).cookie()?.value;
  const inCookie = setUp({ encrypt: true });
  const reply = await inCookie.request((ctx) => bag(ctx).user, { cookie: `koa.sess=${id}` });
  expect([reply.status, reply.result]).toEqual([200, undefined]);
});

it('a session too large for its cookie is refused, with the bytes of the sealed cookie', async () => {
  const { app, request, errors } = setUp({ encrypt: true });
  const rejected: unknown[] = [];
  app.on('session:rejected', ({ value }: { value: Error }) => rejected.push(value.message));
  const reply = await request((ctx) => Object.assign(bag(ctx), { small: 1, large: 'x'.repeat(3050) }));
  expect([reply.status, reply.setCookie]).toEqual([500, []]);
  expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(/4096.*large/s)]);
  expect(rejected).toEqual(errors.map(({ message }) => message));
});

it('keys in a Keygrip cannot seal, and the error says so', async () => {
  const { app, request, errors } = setUp({ encrypt: true });
  const { default: Keygrip } = await import('keygrip');
  app.keys = new Keygrip(['a key']);
  expect((await request((ctx) => (bag(ctx).a = 1))).status).toBe(500);
  expect(errors[0]?.message).toMatch(/to seal the cookie 'koa\.sess' the keys themselves are needed/);
});
