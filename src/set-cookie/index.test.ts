import { readFileSync } from 'node:fs';
import { format } from 'node:util';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EffectiveCookie } from './effective-cookie.ts';
import { checkSetCookie, type SetCookieVerdict } from './index.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const ADDRESS = 'https://app.example.com/docs/page';
const ON = { url: ADDRESS, now: NOW };
const OTHER_SITE = 'https://other.example/';
const SEED = Number(process.env['COOKIE_SEED'] || Date.now() % 2 ** 31);
console.log(`random lines: seed ${SEED}; repeat with COOKIE_SEED=${SEED}`);

it('prints what README.md says that its example prints', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  // The code block that begins with an import, and the block after it, which has the output.
  const [, code = '', output] =
    /```ts\nimport \{ checkSetCookie }[^\n]*\n([^]*?)\n```\n\n```\n([^`]*)\n```/.exec(readme) ?? [];
  const printed: string[] = [];
  const log = (...values: unknown[]): void => void printed.push(format(...values));
  runInNewContext(code, { checkSetCookie, console: { log } });
  expect(printed.join('\n')).toBe(output);
});

describe('a line', () => {
  it('of name and value alone is a cookie for this host and folder until the browser closes', () => {
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

  it.each<[how: string, line: string, cookie: Partial<EffectiveCookie>]>([
    [
      'attributes in any case',
      'a=b; PATH=/x; sEcUrE; httponly; SAMESITE=strict',
      { path: '/x', secure: true, httpOnly: true, sameSite: 'strict' },
    ],
    [
      'Domain in lower case, without its dot',
      'a=b; Domain=.Example.COM',
      { domain: 'example.com', hostOnly: false },
    ],
    [
      'the last of two',
      'a=b; Path=/x; Path=/y; SameSite=Lax; SameSite=None',
      { path: '/y', sameSite: 'none' },
    ],
    ['the folder if the last Path is not a path', 'a=b; Path=/x; Path=y', { path: '/docs' }],
    ['no SameSite if the last one is unknown', 'a=b; SameSite=Lax; SameSite=maybe', { sameSite: 'default' }],
    ['no value of over 1024 bytes', `a=b; Path=/${'x'.repeat(1024)}`, { path: '/docs' }],
    ['flags whatever their value', 'a=b; Secure=false; HttpOnly=0', { secure: true, httpOnly: true }],
    ['no white space around a part', ' a\t=  b c ;\tPath = /x ', { name: 'a', value: 'b c', path: '/x' }],
    ['white space of other kinds', '\u00A0a=b\u3000', { name: '\u00A0a', value: 'b\u3000' }],
    ['a value with = in it', 'a=b=c==', { value: 'b=c==' }],
    ['a value without a name', 'ab; Path=/', { name: '', value: 'ab', bytes: 2 }],
    ['bytes of UTF-8', 'ä=€😀', { bytes: 9 }],
  ])('has %s', (_how, line, cookie) => {
    expect(checkSetCookie(line, ON).cookie).toMatchObject(cookie);
  });

  it('has no cookie where there is neither name nor value', () => {
    expect(checkSetCookie('; Path=/', ON).cookie).toBeUndefined();
  });

  it.each([
    ['/', '/'],
    ['/page', '/'],
    ['/docs/', '/docs'],
    ['/docs/more/page?a=/b', '/docs/more'],
  ])('without Path, at %s has the path %s', (path, folder) => {
    expect(checkSetCookie('a=b', { ...ON, url: new URL(path, ADDRESS) }).cookie?.path).toBe(folder);
  });
});

describe('the end of a cookie', () => {
  it.each<[life: string, ms: number | undefined]>([
    ['Max-Age=60', 60_000],
    ['Max-Age=060', 60_000],
    ['Expires=Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Max-Age=60; Expires=Thu, 08 Jan 2026 00:00:00 GMT', 60_000],
    ['Expires=Thu, 08 Jan 2026 00:00:00 GMT; Max-Age=60', 60_000],
    ['Max-Age=30; Max-Age=60', 60_000],
    ['Max-Age=60; Max-Age=soon', 60_000],
    ['Max-Age=34560000', 400 * DAY],
    ['Max-Age=34560001', 400 * DAY],
    [`Max-Age=${'9'.repeat(400)}`, 400 * DAY],
    ['Expires=Fri, 05 Feb 2027 00:00:00 GMT', 400 * DAY],
    ['Expires=Thu, 04 Feb 2027 23:59:59 GMT', 400 * DAY - 1000],
    ['Expires=Fri, 31 Dec 9999 23:59:59 GMT', 400 * DAY],
    ['Max-Age=1.5', undefined],
    ['Max-Age=', undefined],
    ['Max-Age=-', undefined],
    ['Max-Age=+5', undefined],
    ['Max-Age="60"', undefined],
    ['Expires=tomorrow', undefined],
  ])('with %s is in %s ms, or when the browser closes', (life, ms) => {
    const { stored, cookie } = checkSetCookie(`a=b; ${life}`, ON);
    expect([stored, cookie?.expires]).toEqual([true, ms && NOW + ms]);
  });

  it.each([
    'Max-Age=0',
    'Max-Age=-1',
    'Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    'Expires=Thu, 01 Jan 2026 00:00:00 GMT',
  ])('has come with %s: the line deletes', (life) => {
    expect(checkSetCookie(`a=b; ${life}`, ON)).toMatchObject({
      stored: false,
      deletes: true,
      reasons: [{ rule: 'ended' }],
      sent: { sameSite: false, crossSiteGet: false, crossSitePost: false, subresource: false },
    });
  });

  it('has come, but a dropped line deletes nothing', () => {
    expect(checkSetCookie('__Host-a=; Path=/; Max-Age=0', ON)).toMatchObject({
      stored: false,
      deletes: false,
      reasons: [{ rule: 'host-prefix' }],
    });
  });

  it.each([
    ['Max-Age=9223372036854775807', 8.64e15],
    [`Max-Age=-${'9'.repeat(400)}`, -8.64e15],
  ])('with %s is a moment that Date can hold', (life, end) => {
    const { cookie } = checkSetCookie(`a=b; ${life}`, { ...ON, engine: 'webkitgtk' });
    expect(cookie?.expires).toBe(new Date(end).getTime());
  });

  it('is counted from now without a time', () => {
    const before = Date.now();
    const { cookie } = checkSetCookie('a=b; Max-Age=60', { url: ADDRESS });
    expect(cookie?.expires).toBeGreaterThanOrEqual(before + 60_000);
    expect(cookie?.expires).toBeLessThanOrEqual(Date.now() + 60_000);
  });
});

const NONE = 'a=b; SameSite=None; Secure';

describe('when it is sent: same site, GET and POST from another site, inside another site', () => {
  it.each([
    ['Strict', 'a=b; SameSite=Strict', [true, false, false, false]],
    ['Lax', 'a=b; SameSite=Lax', [true, true, false, false]],
    ['None', NONE, [true, true, true, true]],
    ['no SameSite', 'a=b', [true, true, '2 minutes', false]],
    ['Partitioned', `${NONE}; Partitioned`, [true, true, true, false]],
    ['a Path that is not above the address', `${NONE}; Path=/doc`, [false, false, false, false]],
    ['a Path that is the address', `${NONE}; Path=/docs/page`, [true, true, true, true]],
    ['a Path that ends in /', `${NONE}; Path=/docs/`, [true, true, true, true]],
    ['a line that is dropped', 'a=b; SameSite=None', [false, false, false, false]],
    ['Lax, set from within another site', 'a=b; SameSite=Lax', [false, false, false, false], OTHER_SITE],
    ['no SameSite, set from there', 'a=b', [false, false, false, false], OTHER_SITE],
    ['None, set from there', NONE, [true, true, true, true], OTHER_SITE],
    ['Partitioned, set from there', `${NONE}; Partitioned`, [false, false, false, true], OTHER_SITE],
  ] as const)('%s', (_what, line, sent, topLevelSite?: string) => {
    expect(Object.values(checkSetCookie(line, { ...ON, topLevelSite }).sent)).toEqual(sent);
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
  const part = fc.oneof(
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
  );
  const line = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join('; ')),
  );
  const engine = fc.constantFrom(undefined, 'chromium', 'firefox', 'webkitgtk');
  const url = fc.constantFrom(
    ADDRESS,
    'http://localhost:3000/',
    'http://127.0.0.1/',
    'https://[::1]/',
    'about:blank',
  );

  it(`is answered, the same twice, and not changed (seed ${SEED})`, () => {
    const { cookie } = checkSetCookie('a=b; Secure', ON);
    const held = Object.freeze([cookie].filter((one) => one !== undefined).map((one) => Object.freeze(one)));
    expect(held).toHaveLength(1);
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

  it('takes linear time, even with much white space', () => {
    // With quadratic time this takes minutes.
    const { cookie } = checkSetCookie(`a=b${' '.repeat(500_000)}c; Path=/`, ON);
    expect(cookie?.bytes).toBe(500_003);
  }, 30_000);

  it.each(['', 'example.com', '/docs', 'https://'])('throws a TypeError if an address is %j', (wrong) => {
    expect(() => checkSetCookie('a=b', { url: wrong })).toThrow(TypeError);
    expect(() => checkSetCookie('a=b', { url: ADDRESS, topLevelSite: wrong })).toThrow(TypeError);
  });
});
