import inject from 'light-my-request';
import Koa, { type Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { MemoryStore, session, type SessionEvent, type SessionOptions } from './session/index.ts';
import { checkSetCookie } from './set-cookie/index.ts';

interface Outcome {
  status: number;
  errors: string[];
  /** The errors that `session:rejected` reported. */
  rejected: string[];
  lines: string[];
}

/** The response to a request over http, and what was reported during the request. */
async function responseWith(
  options: SessionOptions,
  act: (ctx: Context) => unknown = async (ctx) => {
    await ctx.session.save();
    ctx.session = null;
  },
  { env = 'development', cookie = '', keys = ['a key of thirty-two characters...'] } = {},
): Promise<Outcome> {
  const app = new Koa();
  app.env = env;
  app.keys = keys;
  const [errors, rejected]: [string[], string[]] = [[], []];
  app.on('error', ({ message }: Error) => errors.push(message));
  app.on('session:rejected', ({ value }: SessionEvent) => rejected.push((value as Error).message));
  app.use(session({ ...options, verdict: checkSetCookie }, app));
  app.use(async (ctx) => {
    await act(ctx);
    ctx.body = 'ok';
  });
  const request = { url: '/', headers: { host: 'shop.example', cookie } };
  const { statusCode, headers } = await inject((req, res) => void app.callback()(req, res), request);
  await new Promise((done) => setImmediate(done));
  return { status: statusCode, errors, rejected, lines: [headers['set-cookie'] ?? []].flat() };
}

/** The Cookie header of a visitor whose session began before the domain was set. */
async function cookieOf(given: SessionOptions): Promise<string> {
  const { lines } = await responseWith(given, (ctx) => ctx.session.save());
  return lines.map((line) => line.split(';')[0]).join('; ');
}

describe('checkSetCookie as the verdict of a session', () => {
  it('accepts a cookie and its deletion', async () => {
    expect(await responseWith({ sameSite: 'lax' })).toMatchObject({ status: 200, errors: [] });
  });

  it.each<[SessionOptions, message: string]>([
    [{ sameSite: 'none' }, "'koa.sess': SameSite=None needs Secure"],
    [{ domain: 'other.example' }, "'koa.sess': shop.example is not below Domain=other.example"],
  ])('refuses a cookie that browsers drop: %j', async (options, message) => {
    expect(await responseWith(options)).toMatchObject({
      status: 500,
      errors: [expect.stringContaining(`session: browsers drop the cookie ${message}`)],
    });
  });

  describe.each<[string, () => SessionOptions]>([
    ['the session lives in the cookie', () => ({})],
    ['it lives in a store', () => ({ store: new MemoryStore() })],
  ])('reports a domain that no browser accepts for this host, if %s, when', (_where, options) => {
    const message =
      /^session: browsers drop the cookie 'koa\.sess(\.sig)?': shop\.example is not below Domain=other\.example/;

    it.each<[string, (ctx: Context) => unknown, SessionOptions, string[]]>([
      ['a session begins', (ctx) => ctx.session.save(), {}, []],
      ['it is written again', (ctx) => ctx.session.save(), {}, []],
      ['it gets another id', (ctx) => ctx.session.regenerate(), {}, []],
      ['it ends', (ctx) => void (ctx.session = null), {}, []],
      ['its expiry is extended', (ctx) => ctx.session.isNew, { rolling: true }, []],
      [
        'its key was not the newest',
        (ctx) => ctx.session.isNew,
        {},
        ['a newer key of more than 32 characters'],
      ],
    ])('%s', async (what, act, more, newer) => {
      const given = { ...options(), ...more };
      const keys = [...newer, 'a key of thirty-two characters...'];
      const cookie = what === 'a session begins' ? '' : await cookieOf(given);
      const wrong = { ...given, domain: 'other.example' };
      const thrown = await responseWith(wrong, act, { cookie, keys });
      expect(thrown).toMatchObject({ status: 500, errors: [expect.stringMatching(message)], lines: [] });

      const again = what === 'a session begins' ? '' : await cookieOf(given);
      const told = await responseWith(wrong, act, { cookie: again, keys, env: 'production' });
      expect([told.status, told.errors, told.lines.length]).toEqual([200, [], 2]);
      expect(told.rejected).toEqual([expect.stringMatching(message), expect.stringMatching(message)]);
    });

    it('a handler catches the error: the cookie is not sent', async () => {
      const caught: unknown[] = [];
      const { status, lines } = await responseWith({ ...options(), domain: 'other.example' }, (ctx) =>
        ctx.session.save().catch((error: unknown) => caught.push(error)),
      );
      expect([status, lines, caught.length]).toEqual([200, [], 1]);
    });
  });
});

describe('checkSetCookie on the clock of a client', () => {
  const HOUR = 3_600_000;

  it.each([-8 * HOUR, 0, 8 * HOUR])(
    'that is %d ms ahead, a session lasts as long as on the server',
    async (ahead) => {
      const now = Date.now();
      const { lines } = await responseWith({ now: () => now, maxAge: HOUR }, (ctx) => ctx.session.save());
      for (const line of lines) {
        const { stored, cookie } = checkSetCookie(line, { url: 'http://shop.example/', now: now + ahead });
        expect([stored, (cookie?.expires ?? 0) - now - ahead]).toEqual([true, HOUR]);
      }
      const ended = await responseWith({}, (ctx) => void (ctx.session = null), { cookie: 'koa.sess=x' });
      for (const line of ended.lines) {
        expect(checkSetCookie(line, { url: 'http://shop.example/', now: now + ahead }).deletes).toBe(true);
      }
    },
  );
});
