import Koa from 'koa';
import { describe, expect, it, vi } from 'vitest';
import session, { type SessionEvent, type SessionOptions } from '../index.ts';
import { bag, setUp } from '../testing/set-up.ts';
import { CookieTooLargeError, LARGEST_COOKIE, oversizeOf } from './browser-rules.ts';

function failure(name: string, value: string, data: object): CookieTooLargeError {
  const error = oversizeOf(name, value, data);
  if (!error) throw new Error('It fits.');
  return error;
}

const TOO_LARGE = 'x'.repeat(LARGEST_COOKIE);

describe('a cookie', () => {
  it('fits with 4096 bytes of name and value, and not with one more', () => {
    expect(oversizeOf('sid', 'x'.repeat(4093), {})).toBeUndefined();
    expect(oversizeOf('sid', 'x'.repeat(4094), {})).toBeInstanceOf(CookieTooLargeError);
  });

  it('is measured in bytes, not in characters', () => {
    expect(oversizeOf('sid', 'ü'.repeat(2046), {})).toBeUndefined();
    expect(oversizeOf('sid', 'ü'.repeat(2047), {})).toBeInstanceOf(CookieTooLargeError);
    expect(oversizeOf('ü'.repeat(2047), 'sid', {})).toBeInstanceOf(CookieTooLargeError);
  });
});

describe('the error', () => {
  it('says the bytes, the limit, what browsers do and what to do, and has a code', () => {
    const error = failure('sid', TOO_LARGE, { gone: undefined });
    expect(error).toMatchObject({ name: 'CookieTooLargeError', code: 'ERR_SESSION_COOKIE_TOO_LARGE' });
    expect(error.message).toMatch(
      /^session: the cookie 'sid' was not sent: .* 4099 bytes, .* more than 4096\..* Keep less .* option store\.$/,
    );
    expect(error.message).not.toContain('Largest');
  });

  it('names the three largest keys with their bytes of JSON, and never a value', () => {
    const data = { tiny: 1, name: 'secret', list: ['ü'], cart: { item: 'hidden' }, gone: undefined };
    const { message } = failure('sid', TOO_LARGE, data);
    expect(message).toContain(
      'Largest in its JSON: "cart" (24 bytes), "name" (15 bytes), "list" (13 bytes).',
    );
    expect(message).not.toMatch(/secret|hidden|ü|tiny|gone/);
  });

  it('shortens long keys, escapes special characters and handles __proto__', () => {
    const data = JSON.parse(
      `{ "${'k'.repeat(5000)}": 1, "line\\n": "xxxxxxxxxx", "__proto__": 1 }`,
    ) as object;
    expect(failure('sid', TOO_LARGE, data).message).toContain(
      `"${'k'.repeat(40)}…" (5004 bytes), "line\\n" (21 bytes), "__proto__" (13 bytes).`,
    );
  });
});

let named = 100;

describe('a cookie that every browser would drop', () => {
  it.each<[SessionOptions, RegExp]>([
    [{ key: '__Host-s', secure: false }, /begins with __Host- needs Secure/],
    [{ key: '__host-s', secure: false }, /begins with __Host- needs Secure/],
    [{ key: '__Host-s', secure: true, domain: 'example.com' }, /allows no domain, got "example\.com"/],
    [{ key: '__Host-s', secure: true, path: '/app' }, /needs the path "\/", got "\/app"/],
    [{ key: '__Secure-s', secure: false }, /begins with __Secure- needs Secure/],
    [{ sameSite: 'none', secure: false }, /sameSite 'none' needs Secure/],
    [{ partitioned: true, secure: false }, /partitioned needs Secure/],
  ])('causes one warning at set-up, and is refused there with strict: %j', async (options, message) => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    // The process shows a text only once, so each case needs a name of its own.
    const key = `${options.key ?? 's'}${(named += 1)}`;
    const { app, request } = setUp({ ...options, key });
    setUp({ ...options, key });
    const reported = vi.fn<(event: SessionEvent) => void>();
    app.on('session:rejected', reported);
    app.proxy = true;
    const reply = await request((ctx) => (bag(ctx).a = 1), { 'x-forwarded-proto': 'https' });
    const warnings = emitWarning.mock.calls.map(([warning]) => String(warning));
    emitWarning.mockRestore();

    expect([reply.status, reply.cookie(key)?.name, reported.mock.calls.length]).toEqual([200, key, 1]);
    expect(warnings).toEqual([expect.stringMatching(message)]);
    expect(() => session({ ...options, key, strict: true }, new Koa())).toThrow(message);
  });

  it.each<SessionOptions>([
    { key: '__Host-s1' },
    { key: '__Secure-s2', domain: 'example.com' },
    { key: 's3', sameSite: 'none' },
    { key: 's4', partitioned: true },
  ])('is reported, with one warning, if only the request lacks https: %j', async (options) => {
    const { app, request } = setUp(options);
    const reported: string[] = [];
    app.on('session:rejected', ({ value }: SessionEvent) => reported.push((value as Error).message));
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', note);
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => (bag(ctx).a = 2));
    await request((ctx) => void (ctx.session = null));
    process.off('warning', note);

    expect(reply.status).toBe(200);
    const message = expect.stringMatching(
      /browsers drop the cookie .* needs Secure, .* set the option secure/,
    ) as string;
    expect(reported).toEqual([message, message]);
    expect(warnings).toEqual([message]);
  });

  it.each<SessionOptions>([
    { key: '__Host-s' },
    { key: '__Host-s', path: '/' },
    { sameSite: 'none' },
    { partitioned: true },
  ])('is sent without a report over https: %j', async (options) => {
    const { app, request } = setUp(options);
    app.proxy = true;
    app.on('session:rejected', () => expect.fail('reported'));
    const reply = await request((ctx) => (bag(ctx).a = 1), { 'x-forwarded-proto': 'https' });
    expect(reply.cookie(options.key ?? undefined)?.attributes).toHaveProperty('secure');
  });
});
