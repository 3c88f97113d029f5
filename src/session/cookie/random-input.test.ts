import fc from 'fast-check';
import inject from 'light-my-request';
import Koa from 'koa';
import { describe, expect, it } from 'vitest';
import session, { MemoryStore, type SessionOptions } from '../index.ts';
import { base64, bag, setUp } from '../testing/set-up.ts';

const RUNS = 2500;
const SEED = Number(process.env.COOKIE_SEED || Date.now() % 2 ** 31);
console.log(`random cookies: seed ${SEED}; repeat with COOKIE_SEED=${SEED}`);

// Every byte that HTTP allows in a header: VCHAR, space, tab and 0x80 to 0xff (RFC 9110, 5.5).
const byte = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }), fc.constant(9))
  .map((code) => String.fromCharCode(code));
const text = fc.array(byte, { maxLength: 60 }).map((bytes) => bytes.join(''));
const record = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.dictionary(
    fc.constantFrom('a', '_expire', '_maxAge', '_session', '__proto__', 'save', 'maxAge', 'constructor'),
    fc.jsonValue({ maxDepth: 1 }),
  ),
);
const value = fc.oneof(
  text,
  fc.base64String(),
  record.map((drawn) => base64(drawn)),
  record.map((drawn) => `"${base64(drawn)}"`),
  fc.constantFrom('', '"', '""', '%', '%00', 'null', '[object Object]', '__proto__', 'sid-x'),
);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('koa.sess', 'koa.sess.sig') },
  { weight: 1, arbitrary: fc.constantFrom('', 'KOA.SESS', 'koaxsess', '__proto__', 'other') },
  { weight: 1, arbitrary: text },
);
const pair = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(name, value).map((both) => both.join('=')) },
  { weight: 1, arbitrary: text },
);
const separator = fc.constantFrom('; ', ';', ' ; ', ', ', ' ', ';;');
const header = fc.array(fc.tuple(pair, separator), { maxLength: 5 }).map((pairs) => pairs.flat().join(''));

const SET_UPS: [string, SessionOptions, boolean][] = [
  ['a signed cookie', {}, true],
  ['an unsigned cookie', { signed: false, rolling: true, renew: true }, false],
  ['a store', { store: new MemoryStore({ max: 100 }), signed: false, rolling: true }, true],
  [
    'a valid that reads the data',
    { signed: false, valid: (_ctx, data) => Promise.resolve('a' in data) },
    false,
  ],
];

const ANONYMOUS = '[true,"[object Object]"]';
const KNOWN = '[false,"[object Object]"]';

describe.each(SET_UPS)('with %s', (_name, options, isAnonymous) => {
  it(`no cookie fails a request, in ${RUNS} at random (seed ${SEED})`, async () => {
    const app = new Koa();
    app.keys = ['key'];
    const errors: unknown[] = [];
    app.on('error', (error) => errors.push(error));
    app.use(session(options, app));
    app.use((ctx) => {
      ctx.body = JSON.stringify([ctx.session.isNew, Object.prototype.toString.call(ctx.session)]);
      if (ctx.get('x-write')) bag(ctx).b = 1;
    });
    const callback = app.callback();

    await fc.assert(
      fc.asyncProperty(header, fc.boolean(), async (cookie, writes) => {
        const reply = await inject((req, res) => void callback(req, res), {
          url: '/',
          headers: { cookie, ...(writes && { 'x-write': '1' }) },
        });
        expect([reply.statusCode, errors]).toEqual([200, []]);
        expect(isAnonymous ? [ANONYMOUS] : [ANONYMOUS, KNOWN]).toContain(reply.body);
        expect(!writes || reply.headers['set-cookie'] !== undefined, 'writes its session').toBe(true);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  }, 600_000);
});

describe('a cookie nested deeper than JSON can be written', () => {
  it.each([{}, { rolling: true }])(
    'an unsigned cookie nested 6000 deep causes no 5xx (%j)',
    async (options) => {
      const { request } = setUp({ signed: false, ...options });
      const cookie = `koa.sess=${Buffer.from(`{"a":${'['.repeat(6000)}${']'.repeat(6000)}}`).toString('base64')}`;
      expect(cookie.length).toBeLessThan(16_384);
      expect((await request(undefined, { cookie })).status).toBe(200);
      expect((await request((ctx) => bag(ctx).isNew, { cookie })).status).toBe(200);
    },
  );
});
