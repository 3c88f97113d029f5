import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EffectiveCookie } from './effective-cookie.ts';
import { checkSetCookie, type SetCookieVerdict } from './verdict.ts';

const NOW = Date.UTC(2026, 0, 1);
const URL = 'https://app.example.com/docs/page';
const ON = { url: URL, now: NOW };
const IN_FRAME = { ...ON, topLevelSite: 'https://other.example/' };
const SEED = Number(process.env['COOKIE_SEED'] || Date.now() % 2 ** 31);
console.log(`random lines: seed ${SEED}; repeat with COOKIE_SEED=${SEED}`);

describe('a line that says nothing but name and value', () => {
  it('is a cookie for this host and folder until the browser closes', () => {
    expect(checkSetCookie('id=42', ON)).toEqual<SetCookieVerdict>({
      stored: true,
      deletes: false,
      reasons: [],
      cookie: {
        name: 'id',
        value: '42',
        bytes: 4,
        domain: 'app.example.com',
        hostOnly: true,
        path: '/docs',
        expires: undefined,
        secure: false,
        httpOnly: false,
        sameSite: 'default',
        partitioned: false,
      },
      sent: { sameSite: true, crossSiteGet: true, crossSitePost: '2 minutes', subresource: false },
      warnings: [expect.objectContaining({ rule: 'no-same-site' })],
    });
  });
});

describe('when it is sent: same site, GET and POST from another site, inside another site', () => {
  it.each([
    ['Strict', 'a=b; SameSite=Strict', [true, false, false, false]],
    ['Lax', 'a=b; SameSite=Lax', [true, true, false, false]],
    ['None', 'a=b; SameSite=None; Secure', [true, true, true, true]],
    ['no SameSite', 'a=b', [true, true, '2 minutes', false]],
    ['Partitioned', 'a=b; SameSite=None; Secure; Partitioned', [true, true, true, false]],
    [
      'a Path that is not above the address',
      'a=b; SameSite=None; Secure; Path=/doc',
      [false, false, false, false],
    ],
    ['a Path that is the address', 'a=b; SameSite=None; Secure; Path=/docs/page', [true, true, true, true]],
    ['a Path that ends in /', 'a=b; SameSite=None; Secure; Path=/docs/', [true, true, true, true]],
    ['a line that is dropped', 'a=b; SameSite=None', [false, false, false, false]],
  ])('%s', (_what, line, sent) => {
    expect(Object.values(checkSetCookie(line, ON).sent)).toEqual(sent);
  });

  it.each([
    ['Lax', 'a=b; SameSite=Lax', [false, false, false, false]],
    ['no SameSite', 'a=b', [false, false, false, false]],
    ['None', 'a=b; SameSite=None; Secure', [true, true, true, true]],
    ['Partitioned', 'a=b; SameSite=None; Secure; Partitioned', [false, false, false, true]],
  ])('%s, set from within another site', (_what, line, sent) => {
    expect(Object.values(checkSetCookie(line, IN_FRAME).sent)).toEqual(sent);
  });

  it.each([
    ['the same host', 'https://app.example.com/', true],
    ['another host of the domain', 'https://www.example.com:8443/', true],
    ['another domain', 'https://example.org/', false],
    ['http', 'http://app.example.com/', false],
  ])('in a frame of a page on %s (%s) it is taken with Lax: %j', (_what, topLevelSite, stored) => {
    expect(checkSetCookie('a=b; SameSite=Lax', { ...ON, topLevelSite }).stored).toBe(stored);
  });
});

describe('any input', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc
      .array(
        fc.oneof(
          fc.constantFrom(
            'a=b',
            '__Host-a=b',
            '=b',
            'Secure',
            'SameSite=None',
            'Path=/',
            'Domain=com',
            'Partitioned',
          ),
          fc
            .tuple(fc.constantFrom('Expires', 'Max-Age', 'Domain', 'Path', 'x'), fc.string())
            .map((both) => both.join('=')),
          fc.integer().map((seconds) => `Max-Age=${seconds}`),
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join('; ')),
  );
  const engine = fc.constantFrom(undefined, 'chromium', 'firefox', 'webkitgtk');
  const url = fc.constantFrom(
    URL,
    'http://localhost:3000/',
    'http://127.0.0.1/',
    'https://[::1]/',
    'about:blank',
  );

  it(`is answered, the same twice, and not changed (seed ${SEED})`, () => {
    const held = Object.freeze([Object.freeze(cookieOf('a=b; Secure'))]);
    fc.assert(
      fc.property(line, engine, url, url, (header, by, at, topLevelSite) => {
        const options = Object.freeze({ url: at, engine: by, now: NOW, topLevelSite, held });
        const verdict = checkSetCookie(header, options);
        expect(checkSetCookie(header, options)).toEqual(verdict);
        expect(verdict.stored || verdict.reasons.length > 0, 'a reason if it is not stored').toBe(true);
        expect(verdict.stored && verdict.deletes).toBe(false);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it('is read in time that grows with it, however much white space it has', () => {
    // Where each of n blanks is looked at n times, this takes minutes.
    const { cookie } = checkSetCookie(`a=b${' '.repeat(500_000)}c; Path=/`, ON);
    expect(cookie?.bytes).toBe(500_003);
  }, 30_000);

  it.each(['', 'example.com', '/docs', 'https://'])(
    'is a TypeError where %j is to be an address',
    (wrong) => {
      expect(() => checkSetCookie('a=b', { url: wrong })).toThrow(TypeError);
      expect(() => checkSetCookie('a=b', { url: URL, topLevelSite: wrong })).toThrow(TypeError);
    },
  );

  it('without a time counts from now', () => {
    const before = Date.now();
    const { cookie } = checkSetCookie('a=b; Max-Age=60', { url: URL });
    expect(cookie?.expires).toBeGreaterThanOrEqual(before + 60_000);
    expect(cookie?.expires).toBeLessThanOrEqual(Date.now() + 60_000);
  });
});

function cookieOf(header: string): EffectiveCookie {
  const { cookie } = checkSetCookie(header, ON);
  if (cookie === undefined) throw new Error(`No cookie in ${header}`);
  return cookie;
}
