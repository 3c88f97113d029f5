import { describe, expect, it } from 'vitest';
import type { EffectiveCookie } from './effective-cookie.ts';
import type { Rule } from './engine-rules.ts';
import type { Warning } from './finding.ts';
import { checkSetCookie, type CheckSetCookieOptions, type SetCookieVerdict } from './index.ts';

type Options = Partial<CheckSetCookieOptions>;

const URL = 'https://app.example.com/docs/page';
const OVER_HTTP = { url: 'http://app.example.com/docs/page' };
const HELD = { ...OVER_HTTP, held: [cookieOf('a=old; Secure')] };
const IN_FRAME = { topLevelSite: 'https://other.example/' };
const AT_ROOT = { url: 'https://app.example.com/' };
const PARENT = 'a=1; Domain=example.com';
const HOST = '__Host-a=b; Secure';
const LAX = 'a=b; SameSite=Lax';
const PAST = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT';

function check(line: string, options: Options = {}): SetCookieVerdict {
  return checkSetCookie(line, { url: URL, now: Date.UTC(2026, 0, 1), ...options });
}

function cookieOf(line: string, options?: Options): EffectiveCookie {
  const { cookie } = check(line, options);
  if (cookie === undefined) throw new Error(`No cookie in ${line}`);
  return cookie;
}

function warningsOf(line: string, options?: Options): string[] {
  return check(line, options).warnings.map(({ rule }) => rule);
}

/** A rule, a line that breaks it, the part of the message with the value seen, and a similar line that passes. */
const RULES: [rule: Rule, dropped: string, says: string, kept: string, on?: Options][] = [
  ['control-character', 'a=b\u0001', '0x01', 'a=b\tc'],
  ['control-character', 'a=b\u007F', '0x7F', 'a=b~'],
  ['control-character', 'a=b; Path=/\r', '0x0D', 'a=b; Path=/'],
  ['empty', '', 'neither', 'a'],
  ['empty', ' = ; Path=/', 'neither', 'a=; Path=/'],
  ['too-large', `id=${'x'.repeat(4095)}`, '4097 bytes', `id=${'x'.repeat(4094)}`],
  ['too-large', `é=${'€'.repeat(1365)}`, '4097 bytes', `e=${'€'.repeat(1365)}`],
  ['domain-mismatch', 'a=b; Domain=example.org', 'Domain=example.org', 'a=b; Domain=.EXAMPLE.com'],
  ['domain-mismatch', 'a=b; Domain=www.app.example.com', '.com is not below', 'a=b; Domain=app.example.com'],
  ['domain-mismatch', 'a=b; Domain=ample.com', 'Domain=ample.com', 'a=b; Domain='],
  ['domain-mismatch', 'a=b; Domain=0.0.1', '=0.0.1', 'a=b; Domain=127.0.0.1', { url: 'http://127.0.0.1/' }],
  ['public-suffix', 'a=b; Domain=com', 'Domain=com', 'a=b; Domain=example.com'],
  ['public-suffix', 'a=b; Domain=test', 'Domain=test', 'a=b; Domain=app.test', { url: 'http://app.test/' }],
  ['secure-needs-https', 'a=b; Secure', 'http://app.example.com', 'a=b', OVER_HTTP],
  ['secure-cookie-kept', 'a=new', "'a'", 'b=new', HELD],
  ['secure-cookie-kept', `${PARENT}; Path=/docs/more`, "'a'", `${PARENT}; Path=/`, HELD],
  ['same-site-in-frame', 'a=b; SameSite=Lax; Secure', 'SameSite=Lax', 'a=b; SameSite=None; Secure', IN_FRAME],
  ['same-site-in-frame', 'a=b; SameSite=Strict; Secure', '=Strict', 'a=b; SameSite=NONE; Secure', IN_FRAME],
  ['same-site-in-frame', 'a=b; Secure', 'without SameSite', 'a=b; SameSite=None; Secure', IN_FRAME],
  ['same-site-none-needs-secure', 'a=b; SameSite=None', 'SameSite=None', 'a=b; SameSite=None; Secure'],
  ['secure-prefix', '__SECURE-a=b', "'__SECURE-a'", '__SECURE-a=b; Secure'],
  ['host-prefix', '__Host-a=b; Path=/', "'__Host-a' without Secure", '__Host-a=b; Path=/; Secure'],
  ['host-prefix', '__host-a=b; Path=/docs; Secure', 'with Path=/docs', '__host-a=b; Path=/; Secure'],
  [
    'host-prefix',
    `${HOST}; Path=/; Domain=example.com`,
    'with Domain=example.com',
    `${HOST}; Path=/; Domain=`,
  ],
  ['host-prefix', HOST, "'__Host-a' without Path", `${HOST}; Path=`, AT_ROOT],
  ['prefix-without-name', '=__Host-a=b', "'__Host-a=b'", '=_Host-a=b'],
  ['prefix-without-name', '__secure-a', "'__secure-a'", '=__Http-a=b'],
  ['partitioned-needs-secure', 'a=b; Partitioned', 'Partitioned', 'a=b; Partitioned; Secure'],
];

describe('a line is dropped', () => {
  it.each(RULES)('%s: %.60j, with the message %s, but not %.60j', (rule, dropped, says, kept, on) => {
    const verdict = check(dropped, on);
    expect(verdict).toMatchObject({ stored: false, deletes: false });
    expect(verdict.reasons).toEqual([{ rule, section: expect.any(String), message: expect.any(String) }]);
    expect(verdict.reasons[0]?.message).toContain(says);
    expect(verdict.reasons[0]?.section).toMatch(/^(RFC 6265bis §\d\.\d|draft-[a-z-]+$)/);
    expect(check(kept, on)).toMatchObject({ stored: true, deletes: false, reasons: [] });
  });

  it.each<[rules: Rule[], line: string, on?: Options]>([
    [['domain-not-ascii', 'domain-mismatch'], 'a=b; Domain=bücher.example'],
    [
      ['public-suffix', 'same-site-none-needs-secure', 'host-prefix'],
      '__Host-a=b; Domain=com; SameSite=None',
      OVER_HTTP,
    ],
  ])('for all reasons at once: %j', (rules, line, on) => {
    expect(check(line, on).reasons.map(({ rule }) => rule)).toEqual(rules);
  });

  it.each<[why: string, line: string, on: Options]>([
    ['a domain in Punycode', 'a=b; Domain=xn--bcher-kva.example', { url: 'https://xn--bcher-kva.example/' }],
    ['Secure on localhost', 'a=b; Secure', { url: 'http://localhost/' }],
    ['Secure below localhost', 'a=b; Secure', { url: 'http://app.localhost/' }],
    ['Secure on an address of this machine', 'a=b; Secure', { url: 'http://127.1.2.3/' }],
    ['one that replaces a cookie without Secure', 'a=new', { ...OVER_HTTP, held: [cookieOf('a=old')] }],
    [
      'one with the name of a cookie of another folder',
      'a=new; Path=/docs',
      { ...OVER_HTTP, held: [cookieOf('a=old; Secure; Path=/other')] },
    ],
    [
      'one with the name of a cookie of another host',
      'a=new; Path=/docs',
      { ...OVER_HTTP, held: [cookieOf('a=old; Secure; Path=/', { url: 'https://www.example.com/' })] },
    ],
  ])('but not %s', (_why, line, on) => {
    expect(check(line, on).stored).toBe(true);
  });
});

/** A warning, a line that gets it, the part of the message with the value seen, and a line that does not get it. */
const WARNINGS: [rule: Warning, warned: string, says: string, fine: string][] = [
  ['unknown-attribute', `${LAX}; MaxAge=60`, "'MaxAge'", `${LAX}; Max-Age=60`],
  ['unknown-attribute', `${LAX}; Http Only`, "'Http Only'", `${LAX}; httponly`],
  ['attribute-too-large', `${LAX}; Path=/${'é'.repeat(512)}`, 'Path is', `${LAX}; Path=/${'e'.repeat(1023)}`],
  ['flag-with-value', `${LAX}; Secure=false`, 'Secure=false', `${LAX}; Secure`],
  ['path-ignored', `${LAX}; Path=docs`, 'Path=docs', `${LAX}; Path=/docs`],
  ['path-ignored', `${LAX}; Path=`, 'Path=', LAX],
  ['expires-ignored', `${LAX}; Expires=0`, '=0', `${LAX}; Expires=1 Feb 2026 0:0:0`],
  ['max-age-ignored', `${LAX}; Max-Age=1d`, 'Max-Age=1d', `${LAX}; Max-Age=1`],
  ['over-400-days', `${LAX}; Max-Age=34560001`, '400', `${LAX}; Max-Age=34560000`],
  ['lives-contradict', `${LAX}; Max-Age=60; ${PAST}`, 'Max-Age and Expires', `${LAX}; Max-Age=0; ${PAST}`],
  ['no-same-site', 'a=b', 'no SameSite', 'a=b; Max-Age=0'],
  ['unknown-same-site', 'a=b; SameSite=Always', 'SameSite=Always', 'a=b; SameSite=strict'],
];

describe('a line gets the warning', () => {
  it.each(WARNINGS)('%s: %.60j, with the message %s, but not %.60j', (rule, warned, says, fine) => {
    const { stored, warnings } = check(warned);
    expect([stored, warnings.map((warning) => warning.rule)]).toEqual([true, [rule]]);
    expect(warnings[0]?.message).toContain(says);
    expect(warnings[0]?.section).toMatch(/^RFC 6265bis §\d\.\d/);
    expect(check(fine).warnings).toEqual([]);
  });

  it('that it is a third-party cookie, but not in a frame of the same site', () => {
    const line = 'a=b; SameSite=None; Secure; Partitioned';
    expect(warningsOf(line, IN_FRAME)).toEqual(['third-party']);
    expect(warningsOf(line, { topLevelSite: 'https://example.com/' })).toEqual([]);
  });

  it.each([
    ['Max-Age=86400000', '1000 days'],
    ...[15, 20, 400].map((nines) => [`Max-Age=${'9'.repeat(nines)}`, 'more than a million days']),
    ['Expires=Fri, 31 Dec 9999 23:59:59 GMT', 'more than a million days'],
  ])('with its lifetime, as a number if that is readable: %.40s', (life, words) => {
    expect(check(`a=b; SameSite=Lax; ${life}`).warnings[0]?.message).toContain(`Its lifetime is ${words},`);
  });

  it('for all reasons at once, and only for the limits that the engine has', () => {
    const line = `a=b; Secure=1; Path=x; Foo; Max-Age=99999999; Domain=${'x'.repeat(2000)}`;
    const rules = ['flag-with-value', 'path-ignored', 'unknown-attribute'];
    expect(warningsOf(line)).toEqual([...rules, 'attribute-too-large', 'over-400-days', 'no-same-site']);
    expect(warningsOf(line, { engine: 'webkitgtk' })).toEqual([...rules, 'over-400-days', 'no-same-site']);
  });
});

describe('a deletion', () => {
  it.each([
    ['another Path', 'a=1; Path=/', 'a=; Path=/docs; Max-Age=0'],
    ['the Path of the folder', 'a=1; Path=/', 'a=; Max-Age=0'],
    ['another Domain', 'a=1; Path=/; Domain=example.com', 'a=; Path=/; Max-Age=0'],
    ['a Domain that the cookie lacks', 'a=1; Path=/', 'a=; Path=/; Domain=app.example.com; Max-Age=0'],
    ['no Partitioned', 'a=1; Path=/; Secure; Partitioned', 'a=; Path=/; Secure; Max-Age=0'],
  ])('gets a warning if it misses the cookie by %s', (_what, kept, deletion) => {
    expect(warningsOf(deletion, { held: [cookieOf(kept)] })).toEqual(['deletes-another']);
  });

  it('gets a warning that names what it removes and what there is', () => {
    const held = ['a=1; Path=/; Domain=example.com', 'a=2; Path=/x; Secure; Partitioned'];
    expect(check('a=; Path=/docs; Max-Age=0', { held: held.map((line) => cookieOf(line)) }).warnings).toEqual(
      [
        {
          rule: 'deletes-another',
          section: 'RFC 6265bis §5.7',
          message:
            'It removes app.example.com Path=/docs, and the browser holds Domain=example.com Path=/ and ' +
            'app.example.com Path=/x Partitioned: give the deletion the Domain, Path and Partitioned of the cookie.',
        },
      ],
    );
  });

  it.each([
    ['that hits one of two', 'a=; Path=/docs; Max-Age=0', ['a=1; Path=/', 'a=2; Path=/docs']],
    ['of a cookie that is not there', 'b=; Path=/docs; Max-Age=0', ['a=1; Path=/']],
    ['where nothing is held', 'a=; Path=/docs; Max-Age=0', []],
  ])('%s gets no warning', (_what, deletion, kept) => {
    expect(warningsOf(deletion, { held: kept.map((line) => cookieOf(line)) })).toEqual([]);
  });
});
