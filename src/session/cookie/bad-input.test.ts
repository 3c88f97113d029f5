import { maxHeaderSize } from 'node:http';
import Keygrip from 'keygrip';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import session, { MemoryStore, type SessionOptions } from '../index.ts';
import { type RawReply, serveRaw } from '../testing/raw-server.ts';
import { base64, bag, setUp } from '../testing/set-up.ts';

const KEYS = ['a key of thirty-two characters...'];

/** Deeper than any app needs, and as deep as `JSON.stringify` of the session can follow. */
const DEEP = `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`;

const NO_SESSIONS: [string, (string | Buffer)[]][] = [
  ['no cookie', []],
  ['an empty header', ['Cookie:']],
  ['nothing but separators', ['Cookie: ;;; ; =; ;']],
  ['a name without a value', ['Cookie: koa.sess=']],
  ['a name without an equals sign', ['Cookie: koa.sess']],
  ['a value without a name', [`Cookie: =${base64({ a: 1 })}`]],
  ['quotes and nothing else', ['Cookie: koa.sess=""; koa.sess.sig=""']],
  ['one quote', ['Cookie: koa.sess="; koa.sess.sig="']],
  ['no base64', ['Cookie: koa.sess=%%%; koa.sess.sig=%%%']],
  ['base64 of no JSON', [`Cookie: koa.sess=${Buffer.from('{"a":').toString('base64')}`]],
  ['base64 of null', [`Cookie: koa.sess=${base64(null)}`]],
  ['base64 of a number', [`Cookie: koa.sess=${base64(42)}`]],
  ['base64 of a string', [`Cookie: koa.sess=${base64('text')}`]],
  ['base64 of a list', [`Cookie: koa.sess=${base64([{ a: 1 }])}`]],
  ['base64 of true', [`Cookie: koa.sess=${base64(true)}`]],
  ['a session that has ended', [`Cookie: koa.sess=${base64({ a: 1, _expire: 1 })}`]],
  ['bytes from 0x80 to 0xff', [binary('koa.sess=', '; koa.sess.sig=')]],
  ['control characters that HTTP allows', [Buffer.from('Cookie: koa.sess=\t\x80a\tb')]],
  ['UTF-8', ['Cookie: koa.sess=🍪; koa.sess.sig=🍪']],
  [
    "other people's cookies",
    ['Cookie: PHPSESSID=x; connect.sid=s%3Ay; koa.sess2=z; xkoa.sess=z; koaXsess=z'],
  ],
  ['a thousand cookies', [`Cookie: ${Array.from({ length: 1000 }, (_, nth) => `c${nth}=1`).join('; ')}`]],
  ['as much as Node accepts', [`Cookie: koa.sess=${'e'.repeat(maxHeaderSize - 400)}`]],
  ['a signature alone', ['Cookie: koa.sess.sig=abc']],
  ['names that every object has', ['Cookie: __proto__=1; constructor=1; hasOwnProperty=1']],
];

function binary(...names: string[]): Buffer {
  const bytes = Buffer.from(Array.from({ length: 128 }, (_, nth) => 0x80 + nth));
  return Buffer.concat([Buffer.from('Cookie: '), ...names.flatMap((name) => [Buffer.from(name), bytes])]);
}

const SET_UPS: [string, () => SessionOptions][] = [
  ['a signed cookie', () => ({})],
  ['an unsigned cookie', () => ({ signed: false })],
  ['a store by a signed cookie', () => ({ store: new MemoryStore() })],
  ['a store by an unsigned cookie', () => ({ store: new MemoryStore(), signed: false })],
];

const ANONYMOUS = { errors: [], status: 200, body: '[true,{}]', begins: true };

describe.each(SET_UPS)('with %s', (_name, options) => {
  let server: Awaited<ReturnType<typeof serveRaw>>;
  const errors: unknown[] = [];

  beforeAll(async () => {
    const app = new Koa();
    app.keys = KEYS;
    app.on('error', (error) => errors.push(error));
    app.use(session(options(), app));
    app.use((ctx) => {
      ctx.body = JSON.stringify([ctx.session.isNew, ctx.session]);
      bag(ctx).a = 'written';
    });
    server = await serveRaw(app);
  });

  afterAll(() => server.close());

  /** `ANONYMOUS` means an anonymous session and no error, and that a new session can begin. */
  function seen({ status, head, body }: RawReply): unknown {
    return { errors, status, body, begins: /^set-cookie: koa\.sess=[\w-]+=*; path=\//im.test(head) };
  }

  it.each(NO_SESSIONS)('%s is an anonymous session and no error', async (_what, headers) => {
    expect(seen(await server.get(...headers))).toEqual(ANONYMOUS);
  });

  it('a header larger than Node accepts is refused by Node itself', async () => {
    expect((await server.get(`Cookie: koa.sess=${'e'.repeat(maxHeaderSize)}`)).status).toBe(431);
    expect(seen(await server.get())).toEqual(ANONYMOUS);
  });

  it('the valid one of several cookies of one name counts, on one line or on several', async () => {
    const own = cookieOf(await server.get());
    const foreign = `koa.sess=${base64([1])}; koa.sess.sig=x`;
    expect((await server.get(`Cookie: ${own}; ${foreign}`)).body).toContain('[false,');
    expect((await server.get(`Cookie: ${own}`, `Cookie: ${foreign}`)).body).toContain('[false,');
    expect((await server.get(`Cookie: ${foreign}; ${own}`)).body).toContain('[false,');
    expect((await server.get(`Cookie: ${foreign}`, `Cookie: ${own}`)).body).toContain('[false,');
  });

  it('a quoted value is the value', async () => {
    const own = cookieOf(await server.get()).replaceAll(/=([^;]+)/g, '="$1"');
    expect((await server.get(`Cookie: ${own}`)).body).toContain('[false,');
  });

  it('spaces and missing separators cause no error', async () => {
    const own = cookieOf(await server.get());
    expect((await server.get(`Cookie:   a=1;   ${own} ; b`)).status).toBe(200);
    expect((await server.get(`Cookie: a=1 ${own}`)).status).toBe(200);
  });

  it('a session changed by a single character is no session, or at worst a different one', async () => {
    const own = cookieOf(await server.get());
    const start = own.indexOf('=') + 1;
    const end = own.includes(';') ? own.indexOf(';') : own.length;
    let [tried, anonymous] = [0, 0];
    for (let at = start; at < end; at += 7) {
      const forged = `${own.slice(0, at)}${own[at] === 'x' ? 'y' : 'x'}${own.slice(at + 1)}`;
      const reply = await server.get(`Cookie: ${forged}`);
      expect([reply.status, errors]).toEqual([200, []]);
      anonymous += reply.body === ANONYMOUS.body ? 1 : 0;
      tried += 1;
    }
    expect(anonymous).toBeGreaterThanOrEqual(own.includes('.sig=') ? tried : 0);
  });
});

describe('JSON in an unsigned cookie', () => {
  it.each([
    ['nested 1000 deep', DEEP],
    ['with a number that becomes Infinity', '{"a":1e999,"_expire":1e999,"_maxAge":1e999}'],
    ['with an end that is no number', '{"a":1,"_expire":"soon","_maxAge":"long","_session":0}'],
    [
      'with the names of all members',
      '{"a":1,"save":1,"isNew":1,"length":9,"toJSON":1,"maxAge":"x","__proto__":1}',
    ],
    ['with one key twice', '{"a":0,"a":1}'],
    ['with lone surrogates', String.raw`{"a":"\ud800"}`],
  ])('%s is read without an error', async (_what, json) => {
    const app = new Koa();
    const errors: unknown[] = [];
    app.on('error', (error) => errors.push(error));
    app.use(session({ signed: false }, app));
    app.use((ctx) => {
      ctx.body = JSON.stringify([ctx.session.isNew, Object.keys(ctx.session)]);
      bag(ctx).b = 1;
    });
    const server = await serveRaw(app);
    const reply = await server.get(`Cookie: koa.sess=${Buffer.from(json).toString('base64')}`);
    server.close();
    expect([reply.status, reply.body, errors]).toEqual([200, '[false,["a"]]', []]);
  });
});

describe('a cookie larger than any that the app sends', () => {
  const record = { a: 'x'.repeat(3200), _expire: Date.now() + 3_600_000, _maxAge: 86_400_000 };
  const pair = `koa.sess=${base64(record)}`;
  const signedWith = (key: string) => `${pair}; koa.sess.sig=${new Keygrip([key]).sign(pair)}`;

  it.each<[string, SessionOptions, string]>([
    ['is to be extended', { rolling: true }, signedWith('newer')],
    ['is unsigned and to be extended', { signed: false, rolling: true }, pair],
    ['is due to be renewed', { renew: true }, signedWith('newer')],
    ['is signed with an old key', {}, signedWith('older')],
  ])('that %s is left as it is, and fails no request', async (_what, options, cookie) => {
    const { app, request } = setUp({ ...options, keys: ['newer', 'older'] });
    const rejected = new Set<unknown>();
    app.on('session:rejected', ({ value }: { value: { code: unknown } }) => rejected.add(value.code));
    for (const handler of [undefined, (ctx: Koa.Context) => bag(ctx).isNew]) {
      const { status, setCookie } = await request(handler, { cookie });
      expect([status, setCookie]).toEqual([200, []]);
    }
    expect([...rejected]).toEqual(['ERR_SESSION_COOKIE_TOO_LARGE']);
    expect((await request((ctx) => (bag(ctx).b = 1), { cookie })).status).toBe(500);
  });
});

/** The cookies that a reply has set, as a `Cookie` header. */
function cookieOf({ head }: RawReply): string {
  return [...head.matchAll(/^set-cookie: ([^;]+)/gim)].map(([, pair]) => pair).join('; ');
}
