import Cookies from 'cookies';
import Keygrip from 'keygrip';
import Koa, { type Context } from 'koa';
import { afterEach, describe, expect, it, vi } from 'vitest';
import session, {
  type CookieVerdict,
  MemoryStore,
  type SessionEvent,
  type SessionOptions,
} from '../index.ts';
import { decodeCookie } from './cookie-lines.ts';
import { type Reply, bag, serve, setUp } from '../testing/set-up.ts';

/** The attributes of the cookie sent with these options. */
async function attributes(options: SessionOptions): Promise<Record<string, string> | undefined> {
  const { app, request } = setUp({ maxAge: 5000, now: () => 0, ...options });
  app.proxy = true;
  const reply = await request((ctx) => (bag(ctx).a = 1), { 'x-forwarded-proto': 'https' });
  return reply.cookie(options.key ?? 'koa.sess')?.attributes;
}

function caching({ headers }: Reply): unknown[] {
  return [headers.vary, headers['cache-control']];
}

function recordIn(reply: Reply): unknown {
  return decodeCookie(reply.cookie()?.value ?? '');
}

const EXPIRES = { expires: 'Thu, 01 Jan 1970 00:00:05 GMT', 'max-age': '5' };

describe('the attributes', () => {
  it('are path, expiry and HttpOnly, and Secure over https', async () => {
    expect(await attributes({})).toEqual({ path: '/', ...EXPIRES, httponly: '', secure: '' });
  });

  it.each<[SessionOptions, object]>([
    [{ httpOnly: false }, { path: '/', ...EXPIRES, secure: '' }],
    [{ secure: false }, { path: '/', ...EXPIRES, httponly: '' }],
    [{ sameSite: 'lax' }, { path: '/', ...EXPIRES, httponly: '', secure: '', samesite: 'lax' }],
    [{ sameSite: true }, { path: '/', ...EXPIRES, httponly: '', secure: '', samesite: 'strict' }],
    [{ domain: 'example.com' }, { path: '/', ...EXPIRES, httponly: '', secure: '', domain: 'example.com' }],
    [{ path: '/app' }, { path: '/app', ...EXPIRES, httponly: '', secure: '' }],
    [{ partitioned: true }, { path: '/', ...EXPIRES, httponly: '', secure: '', partitioned: '' }],
    [{ priority: 'high' }, { path: '/', ...EXPIRES, httponly: '', secure: '', priority: 'high' }],
    [{ maxAge: 'session' }, { path: '/', httponly: '', secure: '' }],
  ])('follow %o', async (options, expected) => {
    expect(await attributes(options)).toEqual(expected);
  });

  it('are the same when the cookie is cleared, so that browsers find it', async () => {
    const { request } = setUp({ path: '/', domain: 'example.com', sameSite: 'lax' });
    await request((ctx) => (bag(ctx).a = 1));
    const { setCookie } = await request((ctx) => void (ctx.session = null));
    expect(setCookie.map(({ name, value }) => [name, value.length > 0])).toEqual([
      ['koa.sess', false],
      ['koa.sess.sig', true],
    ]);
    for (const cookie of setCookie) {
      expect(cookie.attributes).toMatchObject({
        path: '/',
        domain: 'example.com',
        samesite: 'lax',
        expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
      });
      expect(cookie.attributes).not.toHaveProperty('max-age');
    }
  });
});

describe('the signature', () => {
  it('is Keygrip’s over name and value, by app.keys', async () => {
    const { app, request } = setUp({ key: 'sid' });
    app.keys = ['one', 'two'];
    const reply = await request((ctx) => (bag(ctx).a = 1));
    expect(reply.cookie('sid.sig')?.value).toBe(
      new Keygrip(['one']).sign(`sid=${reply.cookie('sid')?.value}`),
    );
  });

  it('is made with the option keys if they are set, and not with app.keys', async () => {
    const { app, request, browser } = setUp({ keys: ['own', 'older'] });
    const reply = await request((ctx) => (bag(ctx).a = 1));
    const [value, signature] = [reply.cookie()?.value ?? '', reply.cookie('koa.sess.sig')?.value];
    expect(signature).toBe(new Keygrip(['own']).sign(`koa.sess=${value}`));

    const sign = (key: string): string => new Keygrip([key]).sign(`koa.sess=${value}`);
    browser.jar.cookies.clear();
    const read = async (key: string): Promise<unknown> =>
      (await request((ctx) => bag(ctx).a, { cookie: `koa.sess=${value}; koa.sess.sig=${sign(key)}` })).result;
    expect(await read('own')).toBe(1);
    expect(await read('older')).toBe(1);
    expect(await read((app.keys as string[])[0] ?? '')).toBeUndefined();
  });

  it('works with keys of its own when the app has none', async () => {
    const { app, request } = setUp({ keys: ['own'] });
    app.keys = undefined as unknown as string[];
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('is required on reading: without it, or with a wrong one, the session is new', async () => {
    const { request, browser } = setUp();
    await request((ctx) => (bag(ctx).a = 1));
    const value = browser.jar.cookies.get('koa.sess')?.value ?? '';
    for (const cookie of [`koa.sess=${value}`, `koa.sess=${value}; koa.sess.sig=forged`]) {
      const reply = await request((ctx) => [bag(ctx).a, bag(ctx).isNew], { cookie });
      expect([reply.status, reply.result]).toEqual([200, [undefined, true]]);
    }
  });

  it.each<[string, (ctx: Context) => unknown]>([
    ['is read', (ctx) => bag(ctx).a],
    ['is set to the same data', (ctx) => void (ctx.session = { a: 1 })],
  ])('by an older key is made again for the id in the cookie when the session %s', async (_how, act) => {
    const { app, request } = setUp({ absoluteMaxAge: 3_600_000 });
    const first = await request((ctx) => (bag(ctx).a = 1));
    app.keys = ['a newer key', ...(app.keys as string[])];
    const again = await request(act);
    expect(recordIn(again)).toMatchObject({ a: 1, _sid: expect.stringMatching(/^sid-/) as string });
    expect(again.cookie()?.value).toBe(first.cookie()?.value);
    expect(again.cookie('koa.sess.sig')?.value).not.toBe(first.cookie('koa.sess.sig')?.value);
  });

  it.each<[string, (ctx: Context) => unknown]>([
    ['is read', (ctx) => bag(ctx).a],
    [
      'is set to null and to the same data',
      (ctx) => {
        ctx.session = null;
        ctx.session = { a: 1 };
      },
    ],
  ])(
    'by an older key is made again without an id if the cookie has none, when the session %s',
    async (_how, act) => {
      const former = await setUp().request((ctx) => (bag(ctx).a = 1));
      const { app, request } = setUp({ absoluteMaxAge: 3_600_000 });
      app.keys = ['a newer key', ...(app.keys as string[])];
      const cookie = former.setCookie.map(({ name, value }) => `${name}=${value}`).join('; ');
      const again = await request(act, { cookie });
      expect(recordIn(again)).toEqual(recordIn(former));
      expect(again.cookie('koa.sess.sig')).toBeDefined();
    },
  );

  it('is left out with signed false', async () => {
    const { app, request } = setUp({ signed: false });
    app.keys = undefined as unknown as string[];
    expect((await request((ctx) => (bag(ctx).a = 1))).setCookie.map(({ name }) => name)).toEqual([
      'koa.sess',
    ]);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it.each([[undefined], [[]]])('without keys (%j) fails, naming cookie, remedy and command', async (keys) => {
    const { app, request, errors } = setUp({ key: 'sid' });
    app.keys = keys as unknown as string[];
    expect((await request()).status).toBe(500);
    expect(errors[0]?.message).toMatch(
      /'sid' is signed, but there are no keys\. Set app\.keys = .* node -p "crypto/,
    );
  });
});

describe('a Secure cookie', () => {
  it.each([{}, { store: new MemoryStore() }])('over http fails, saying what to set (%j)', async (options) => {
    const { request, errors } = setUp({ ...options, secure: true });
    const reply = await request((ctx) => (bag(ctx).a = 1));
    expect([reply.status, reply.setCookie]).toEqual([500, []]);
    expect(errors[0]?.message).toMatch(
      /'koa\.sess' is Secure, .* app\.proxy = true .* X-Forwarded-Proto: https/,
    );
  });

  it('is sent behind a proxy that reports https', async () => {
    expect(await attributes({ secure: true })).toHaveProperty('secure');
    expect(await attributes({ secure: true, keys: ['own'] })).toHaveProperty('secure');
  });
});

it('an invalid name that a handler has set fails, and no cookie is sent', async () => {
  const { request, errors } = setUp();
  const reply = await request((ctx) => {
    ctx.sessionOptions.key = 'a;b';
    bag(ctx).a = 1;
  });
  expect([reply.status, reply.setCookie]).toEqual([500, []]);
  expect(errors[0]?.message).toBe('argument name is invalid');
});

describe('the headers for caches', () => {
  it.each([{}, { store: new MemoryStore() }])(
    'are set according to how the session is used (%j)',
    async (options) => {
      const { request } = setUp(options);
      const written = await request((ctx) => (bag(ctx).a = 1));
      expect(caching(written)).toEqual(['Cookie', 'private, no-cache']);
      expect(caching(await request((ctx) => bag(ctx).a))).toEqual(['Cookie', undefined]);
      expect(caching(await request())).toEqual([undefined, undefined]);
      const removed = await request((ctx) => void (ctx.session = null));
      expect(caching(removed)).toEqual(['Cookie', 'private, no-cache']);
    },
  );

  it("leave the app's own Cache-Control, and add to its Vary", async () => {
    const { request } = setUp();
    const reply = await request((ctx) => {
      ctx.set('Cache-Control', 'no-store');
      ctx.vary('Accept');
      bag(ctx).a = 1;
    });
    expect(caching(reply)).toEqual(['Accept, Cookie', 'no-store']);
  });

  it('are set when rolling sends the cookie of a session that no handler has used', async () => {
    const { request } = setUp({ rolling: true });
    await request((ctx) => (bag(ctx).a = 1));
    expect(caching(await request())).toEqual(['Cookie', 'private, no-cache']);
  });
});

describe('overwrite', () => {
  it.each([
    [true, 1],
    [false, 2],
  ])('%s leaves %d cookies of the name', async (overwrite, count) => {
    const { request } = setUp({ overwrite, signed: false });
    const { headers } = await request((ctx) => {
      ctx.append('Set-Cookie', 'koa.sess=mine; path=/');
      bag(ctx).a = 1;
    });
    expect([headers['set-cookie']].flat()).toHaveLength(count);
  });
});

describe('cookies of an app that has replaced Koa’s', () => {
  afterEach(() => void vi.useRealTimers());

  it.each<[string, SessionOptions]>([
    ['signed', { path: '/a', sameSite: 'lax' }],
    ['sealed', { encrypt: true }],
    ['with the browser', { maxAge: 'session' }],
  ])(
    'set the same line as Koa’s, %s, but for the Max-Age that the library cannot write',
    async (_what, options) => {
      vi.useFakeTimers({ now: 0, toFake: ['Date'] });
      const set: string[] = [];
      const line = async (isTaken: boolean): Promise<unknown> => {
        const { request } = setUp(options);
        const { setCookie } = await request((ctx) => {
          if (isTaken) {
            const { cookies } = ctx;
            const own = cookies.set.bind(cookies);
            cookies.set = (name, value, given) => (set.push(name), own(name, value, given));
          }
          bag(ctx).a = 1;
        });
        return setCookie.map(({ name, attributes: { 'max-age': _, ...sent } }) => [name, sent]);
      };
      expect(await line(true)).toEqual(await line(false));
      expect(set).toEqual(['koa.sess']);
    },
  );
});

describe.each<[string, string[] | undefined]>([
  ['other keys', ['foreign', 'own']],
  ['no keys', undefined],
])('with the option keys and cookies of the app’s own that have %s, a signature', (_what, keys) => {
  const app = new Koa();
  app.use((ctx, next) => {
    ctx.cookies = new Cookies(ctx.req, ctx.res, { keys });
    return next();
  });
  app.use(session({ keys: ['own', 'older'] }, app));
  const { request } = serve(app);
  const value = Buffer.from(JSON.stringify({ a: 1, _expire: Date.now() + 10_000, _maxAge: 10_000 })).toString(
    'base64',
  );
  const signed = (key: string): string => new Keygrip([key]).sign(`koa.sess=${value}`);
  const read = (signature: string): Promise<Reply> =>
    request((ctx) => bag(ctx).a, { cookie: `koa.sess=${value}; koa.sess.sig=${signature}` });

  it('is made with those of the option', async () => {
    const { setCookie } = await request((ctx) => (bag(ctx).a = 1));
    const [cookie, signature] = setCookie;
    expect(signature?.value).toBe(new Keygrip(['own']).sign(`koa.sess=${cookie?.value}`));
  });

  it('is checked with those of the option, and made again if its key is an older one', async () => {
    const own = await read(signed('own'));
    expect([own.status, own.result, own.setCookie]).toEqual([200, 1, []]);
    const older = await read(signed('older'));
    expect([older.status, older.result]).toEqual([200, 1]);
    expect(older.cookie('koa.sess.sig')?.value).toBe(
      new Keygrip(['own']).sign(`koa.sess=${older.cookie()?.value}`),
    );
  });

  it.each(['foreign', 'key of nobody'])(
    'of the %s is refused, and not cleared, since another app may have made it',
    async (key) => {
      const { status, result, setCookie } = await read(signed(key));
      expect([status, result, setCookie]).toEqual([200, undefined, []]);
    },
  );
});

const STORED: CookieVerdict = { stored: true, deletes: false, reasons: [] };
const DELETES: CookieVerdict = { stored: false, deletes: true, reasons: [{ message: 'It has ended.' }] };
const DROPPED: CookieVerdict = {
  stored: false,
  deletes: false,
  reasons: [{ message: 'One.' }, { message: 'Two.' }],
};

/** The events of a request that sends a cookie. */
async function reportsOf(env: string, verdict: CookieVerdict, isLibrary = false) {
  const { app, request, errors } = setUp({ sameSite: 'none', verdict: () => verdict });
  app.env = env;
  const rejected: string[] = [];
  app.on('session:rejected', ({ value }: SessionEvent) => rejected.push((value as Error).message));
  const { status, setCookie } = await request((ctx) => {
    const { cookies } = ctx;
    if (isLibrary) cookies.set = cookies.set.bind(cookies);
    bag(ctx).a = 1;
  });
  return {
    status,
    sent: setCookie.map(({ name }) => name),
    errors: errors.map(({ message }) => message),
    rejected,
  };
}

const NAMES = ['koa.sess', 'koa.sess.sig'];
const complaint = (name: string): string => `session: browsers drop the cookie '${name}': One. Two.`;

describe('the option verdict', () => {
  it.each([false, true])(
    'fails a request whose cookie browsers drop, saying why (set by the library: %s)',
    async (isLibrary) => {
      expect(await reportsOf('development', DROPPED, isLibrary)).toEqual({
        status: 500,
        sent: [],
        errors: [complaint('koa.sess')],
        rejected: [],
      });
    },
  );

  it.each([false, true])(
    'reports each line that browsers drop in production, and sends it (set by the library: %s)',
    async (isLibrary) => {
      expect(await reportsOf('production', DROPPED, isLibrary)).toEqual({
        status: 200,
        sent: NAMES,
        errors: [],
        rejected: NAMES.map(complaint),
      });
    },
  );

  it.each([STORED, DELETES])('accepts a line with the verdict %j', async (verdict) => {
    expect(await reportsOf('development', verdict)).toMatchObject({ status: 200, sent: NAMES, rejected: [] });
  });

  it.each<[string, Record<string, string>, boolean, string]>([
    ['by Koa', { host: 'shop.example' }, false, 'http://shop.example/'],
    ['by a proxy', { host: 'shop.example', 'x-forwarded-proto': 'https' }, false, 'https://shop.example/'],
    ['by ctx.cookies.secure', { host: 'shop.example' }, true, 'https://shop.example/'],
  ])('is asked about each line of the session alone, at the address known %s', async (...example) => {
    const [, headers, isSecure, url] = example;
    const asked: [line: string, url: string][] = [];
    const { app, request } = setUp({
      verdict: (line, response) => (asked.push([line, response.url]), STORED),
    });
    app.proxy = true;
    const { headers: sent } = await request((ctx) => {
      ctx.append('Set-Cookie', 'other=1');
      if (isSecure) ctx.cookies.secure = true;
      bag(ctx).a = 1;
    }, headers);
    const [, ...lines] = [sent['set-cookie']].flat();
    expect(asked).toEqual(lines.map((line) => [line, url]));
    expect(lines).toHaveLength(2);
  });

  it('is asked about a line that the library adds to others', async () => {
    const asked: string[] = [];
    const { request } = setUp({ signed: false, verdict: (line) => (asked.push(line), STORED) });
    await request((ctx) => {
      const { cookies } = ctx;
      cookies.set = cookies.set.bind(cookies);
      ctx.set('Set-Cookie', ['other=1']);
      bag(ctx).a = 1;
    });
    expect(asked).toEqual([expect.stringMatching(/^koa\.sess=/)]);
  });

  it('is not asked when the Host of a request makes no URL', async () => {
    const { request } = setUp({ verdict: () => expect.fail('asked') });
    expect((await request((ctx) => (bag(ctx).a = 1), { host: 'a b' })).status).toBe(200);
  });
});
