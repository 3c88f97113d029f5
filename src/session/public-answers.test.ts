import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionOptions } from './index.ts';
import { RecordingStore } from './testing/recording-store.ts';
import { bag, setUp } from './testing/set-up.ts';

const HOUR = 3_600_000;

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  ['sealed', () => ({ encrypt: true })],
  ['in a store', () => ({ store: new MemoryStore() })],
];

const EXTENDED: [string, SessionOptions][] = [
  ['rolling', { rolling: true }],
  ['renew', { renew: true }],
];

/** Answers as a file server does. */
function answerFile(caching: string) {
  return (ctx: Context): void => {
    ctx.set('Cache-Control', caching);
    ctx.body = 'body { }';
  };
}

// A shared cache may store such a response with its cookie, and give it to other people (RFC 9111, 3).
const SHARED = ['public', 'public, max-age=31536000, immutable', 's-maxage=60', 'Max-Age=600', 'PUBLIC'];
const PERSONAL = ['private, max-age=60', 'no-store', 'no-cache', 'max-age=0', 'no-cache, max-age=60'];

describe.each(MODES)('a session %s', (_mode, options) => {
  describe.each(EXTENDED)('with %s', (_how, how) => {
    it.each(SHARED)('is neither extended nor sent by a response with Cache-Control: %s', async (caching) => {
      let time = Date.now();
      const { request } = setUp({ ...options(), ...how, maxAge: HOUR, now: () => time });
      await request((ctx) => (bag(ctx).a = 1));
      time += HOUR * 0.75;
      const file = await request(answerFile(caching));
      expect([file.setCookie, file.headers['cache-control'], file.headers['vary']]).toEqual([
        [],
        caching,
        undefined,
      ]);
      expect((await request((ctx) => bag(ctx).a)).setCookie).not.toEqual([]);
    });

    it.each(PERSONAL)('is extended by a response with Cache-Control: %s', async (caching) => {
      let time = Date.now();
      const { request } = setUp({ ...options(), ...how, maxAge: HOUR, now: () => time });
      await request((ctx) => (bag(ctx).a = 1));
      time += HOUR * 0.75;
      expect((await request(answerFile(caching))).cookie()?.value).toBeTruthy();
    });

    it('is extended by a public response whose handler has used it', async () => {
      let time = Date.now();
      const { request } = setUp({ ...options(), ...how, maxAge: HOUR, now: () => time });
      await request((ctx) => (bag(ctx).a = 1));
      time += HOUR * 0.75;
      const reply = await request((ctx) => {
        answerFile('public')(ctx);
        return bag(ctx).a;
      });
      expect([reply.result, Boolean(reply.cookie()?.value)]).toEqual([1, true]);
    });
  });

  it('whose cookie was made with an old key is not sent again by a public response', async () => {
    const { app, request } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    app.keys = ['another key of thirty-two characters', ...(app.keys as string[])];
    expect((await request(answerFile('public'))).setCookie).toEqual([]);
    expect((await request((ctx) => bag(ctx).a)).setCookie).not.toEqual([]);
  });
});

it('a public response that did not use the session does not write to the store', async () => {
  const store = new RecordingStore(false);
  const { request } = setUp({ store, rolling: true });
  await request((ctx) => (bag(ctx).a = 1));
  const written = store.calls.length;
  await request(answerFile('public'));
  expect(store.calls.slice(written).map(({ method }) => method)).not.toContain('set');
});
