import { createHmac } from 'node:crypto';
import Cookies from 'cookies';
import Keygrip from 'keygrip';
import Koa, { type Context } from 'koa';
import { describe, expect, it } from 'vitest';
import session, { MemoryStore, type SessionOptions } from '../index.ts';
import { bag, serve } from '../testing/set-up.ts';

const KEYS = ['a key of thirty-two characters...'];

function sha256(data: string, key = KEYS[0] ?? ''): string {
  return createHmac('sha256', key).update(data).digest('base64url');
}

/** Like egg-cookies: a class of its own, HMAC-SHA256, and Max-Age if `maxAge` is given. */
class EggLike {
  secure: boolean | undefined;
  readonly #ctx: Context;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.secure = ctx.secure;
  }

  get(name: string, { signed = true } = {}): string | undefined {
    const value = this.#value(name);
    if (value === undefined || !signed) return value;
    return this.#value(`${name}.sig`) === sha256(`${name}=${value}`) ? value : undefined;
  }

  #value(name: string): string | undefined {
    const pairs = this.#ctx.get('cookie').split('; ');
    return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  }

  set(name: string, value: string, options: Cookies.SetOption): this {
    const { expires = new Date(0), maxAge, path = '/', signed } = options;
    const seconds = value && maxAge ? `; max-age=${Math.round(maxAge / 1000)}` : '';
    const attributes = `; path=${path}${seconds}; expires=${expires.toUTCString()}`;
    this.#ctx.append('Set-Cookie', `${name}=${value}${attributes}`);
    if (signed) this.#ctx.append('Set-Cookie', `${name}.sig=${sha256(`${name}=${value}`)}${attributes}`);
    return this;
  }
}

/** What an app may replace Koa's cookies with. */
const REPLACED: [string, (ctx: Context) => void][] = [
  ['as egg-cookies', (ctx) => void (ctx.cookies = new EggLike(ctx) as unknown as Cookies)],
  [
    'with a Keygrip of another hash',
    (ctx) => void (ctx.cookies = new Cookies(ctx.req, ctx.res, { keys: new Keygrip(KEYS, 'sha256') })),
  ],
  ['with other keys', (ctx) => void (ctx.cookies = new Cookies(ctx.req, ctx.res, { keys: ['other'] }))],
  ['without keys', (ctx) => void (ctx.cookies = new Cookies(ctx.req, ctx.res))],
  [
    'with another way to write and read',
    (ctx) => {
      const { cookies } = ctx;
      const [get, set] = [cookies.get.bind(cookies), cookies.set.bind(cookies)];
      cookies.get = (name, options) => {
        const value = get(name, options);
        return value && decodeURIComponent(value);
      };
      cookies.set = (name, value, options) => set(name, value && encodeURIComponent(value), options);
    },
  ],
  [
    'with another way to read',
    (ctx) => {
      const { cookies } = ctx;
      const get = cookies.get.bind(cookies);
      cookies.get = (name, options) => get(name, options);
    },
  ],
];

const KINDS: [string, () => SessionOptions][] = [
  ['a signed cookie', () => ({})],
  ['a sealed cookie', () => ({ encrypt: true })],
  ['an unsigned cookie', () => ({ signed: false })],
  ['a signed id', () => ({ store: new MemoryStore() })],
  ['a cookie with keys of its own', () => ({ keys: ['own'] })],
];

function appWith(
  replace: (ctx: Context) => void,
  options: SessionOptions,
): ReturnType<typeof serve> & { app: Koa } {
  const app = new Koa();
  app.keys = KEYS;
  app.use((ctx, next) => {
    replace(ctx);
    return next();
  });
  app.use(session(options, app));
  return { app, ...serve(app) };
}

describe.each(REPLACED)('cookies that the app has replaced, %s', (what, replace) => {
  it.each(KINDS)('read the cookie that they have written, and clear it: %s', async (_kind, options) => {
    const { request, browser } = appWith(replace, options());
    await request((ctx) => (bag(ctx).user = 'ann'));
    expect((await request((ctx) => bag(ctx).user)).result).toBe('ann');
    await request((ctx) => (bag(ctx).seen = true));
    expect((await request((ctx) => bag(ctx).toJSON())).result).toEqual({ user: 'ann', seen: true });
    await request((ctx) => void (ctx.session = null));
    expect((await request((ctx) => bag(ctx).isNew)).result).toBe(true);
    expect([...browser.jar.cookies.keys()].filter((name) => !name.endsWith('.sig'))).toEqual([]);
  });

  it('refuse a value that they have not signed', async () => {
    const { request, browser } = appWith(replace, {});
    const { setCookie } = await request((ctx) => (bag(ctx).user = 'ann'));
    const [cookie, signature] = setCookie;
    browser.jar.cookies.clear();
    const read = async (value = ''): Promise<unknown> =>
      (
        await request((ctx) => bag(ctx).user, {
          cookie: `${cookie?.name}=${cookie?.value}; ${signature?.name}=${value}`,
        })
      ).result;
    expect(await read(signature?.value)).toBe('ann');
    const data = `${cookie?.name}=${cookie?.value}`;
    const made = [sha256(data), new Keygrip(KEYS).sign(data), new Keygrip(['other']).sign(data), 'made-up'];
    for (const other of made.filter((each) => each !== signature?.value)) {
      expect([what, await read(other)]).toEqual([what, undefined]);
    }
  });
});

it('a writer like egg-cookies gets maxAge, so that it sends Max-Age', async () => {
  const [[, replace]] = REPLACED as [(typeof REPLACED)[0]];
  const { request } = appWith(replace, { maxAge: 5000, now: () => 1000 });
  const { setCookie } = await request((ctx) => (bag(ctx).a = 1));
  const attributes = { path: '/', expires: 'Thu, 01 Jan 1970 00:00:06 GMT', 'max-age': '5' };
  expect(setCookie.map(({ attributes: sent }) => sent)).toEqual([attributes, attributes]);
});

it.each<[string, (app: Koa) => object]>([
  ['of app.context', ({ context }) => context],
  ['of the context', () => ({})],
])('cookies that are a getter %s, as with egg, write and read the session', async (_where, targetOf) => {
  const app = new Koa();
  app.keys = KEYS;
  const made = new WeakMap<Context, EggLike>();
  const getter = {
    configurable: true,
    get(this: Context) {
      const cookies = made.get(this) ?? new EggLike(this);
      made.set(this, cookies);
      return cookies;
    },
  };
  Object.defineProperty(targetOf(app), 'cookies', getter);
  app.use((ctx, next) => {
    if (targetOf(app) !== app.context) Object.defineProperty(ctx, 'cookies', getter);
    return next();
  });
  app.use(session({}, app));
  const { request } = serve(app);
  // In a new module the first request looks up where Koa keeps its cookies.
  await request();
  const { setCookie } = await request((ctx) => (bag(ctx).user = 'ann'));
  expect(setCookie[1]?.value).toBe(sha256(`koa.sess=${setCookie[0]?.value}`));
  const reply = await request((ctx) => {
    delete ctx.req.headers.cookie;
    return bag(ctx).user;
  });
  expect(reply.result).toBe('ann');
});

describe('app.keys may be missing if ctx.cookies has keys', () => {
  it.each(REPLACED.slice(1, 3))('%s', async (_what, replace) => {
    const { app, request } = appWith(replace, {});
    app.keys = undefined as unknown as string[];
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });
});

describe('ctx.cookies.secure', () => {
  it.each<[string, SessionOptions]>([
    ['app.keys', {}],
    ['the option keys', { keys: ['own'] }],
    ['the option secure', { secure: true }],
    ['both', { keys: ['own'], secure: true }],
    ['encrypt', { encrypt: true, secure: true }],
    ['a name that needs it', { key: '__Host-s', keys: ['own'] }],
    ['SameSite=None', { sameSite: 'none', keys: ['own'] }],
  ])('that the app has set is believed, with %s', async (_what, options) => {
    const { request } = appWith(({ cookies }) => void (cookies.secure = true), options);
    const reply = await request((ctx) => (bag(ctx).a = 1));
    expect([reply.status, reply.setCookie.length]).toEqual([200, options.encrypt ? 1 : 2]);
    for (const { attributes } of reply.setCookie) expect(attributes).toHaveProperty('secure');
  });

  it.each<[string, SessionOptions]>([
    ['app.keys', {}],
    ['the option keys', { keys: ['own'] }],
    ['the option secure', { keys: ['own'], secure: true }],
  ])('that says nothing leaves it to ctx.secure, with %s', async (_what, options) => {
    const { app, request } = appWith(
      (ctx) => void (ctx.cookies = new Cookies(ctx.req, ctx.res, { keys: KEYS })),
      options,
    );
    app.proxy = true;
    const reply = await request((ctx) => (bag(ctx).a = 1), { 'x-forwarded-proto': 'https' });
    expect(reply.status).toBe(200);
    for (const { attributes } of reply.setCookie) expect(attributes).toHaveProperty('secure');
  });

  it('set to false takes precedence too, over https', async () => {
    const { app, request } = appWith(({ cookies }) => void (cookies.secure = false), { keys: ['own'] });
    app.proxy = true;
    const reply = await request((ctx) => (bag(ctx).a = 1), { 'x-forwarded-proto': 'https' });
    for (const { attributes } of reply.setCookie) expect(attributes).not.toHaveProperty('secure');
  });
});
