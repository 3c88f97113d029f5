import { describe, expect, it } from 'vitest';
import type { EffectiveCookie } from './effective-cookie.ts';
import type { Rule } from './finding.ts';
import { checkSetCookie, type CheckSetCookieOptions } from './verdict.ts';

const NOW = Date.UTC(2026, 0, 1);
const URL = 'https://app.example.com/docs/page';
const HTTP = 'http://app.example.com/docs/page';
const FRAME = { url: URL, topLevelSite: 'https://other.example/' };

interface Pair {
  rule: Rule;
  /** A line that it is against, and the part of the message that tells what was seen. */
  dropped: string;
  says: string;
  /** The neighbour that it lets pass. */
  kept: string;
  /** Rules that are against the line as well. */
  also?: Rule[];
  on?: Partial<CheckSetCookieOptions>;
}

const PAIRS: Pair[] = [
  { rule: 'control-character', dropped: 'a=b\u0001', says: '0x01', kept: 'a=b\tc' },
  { rule: 'control-character', dropped: 'a=b\u007F', says: '0x7F', kept: 'a=b~' },
  { rule: 'control-character', dropped: 'a=b; Path=/\r', says: '0x0D', kept: 'a=b; Path=/' },
  { rule: 'empty', dropped: '', says: 'neither', kept: 'a' },
  { rule: 'empty', dropped: ' = ; Path=/', says: 'neither', kept: 'a=; Path=/' },
  {
    rule: 'too-large',
    dropped: `id=${'x'.repeat(4095)}`,
    says: '4097 bytes',
    kept: `id=${'x'.repeat(4094)}`,
  },
  { rule: 'too-large', dropped: `é=${'€'.repeat(1365)}`, says: '4097 bytes', kept: `e=${'€'.repeat(1365)}` },
  {
    rule: 'domain-not-ascii',
    dropped: 'a=b; Domain=bücher.example',
    says: 'Domain=bücher.example',
    kept: 'a=b; Domain=xn--bcher-kva.example',
    also: ['domain-mismatch'],
    on: { url: 'https://xn--bcher-kva.example/' },
  },
  {
    rule: 'domain-mismatch',
    dropped: 'a=b; Domain=example.org',
    says: 'Domain=example.org',
    kept: 'a=b; Domain=.EXAMPLE.com',
  },
  {
    rule: 'domain-mismatch',
    dropped: 'a=b; Domain=www.app.example.com',
    says: 'app.example.com is not below',
    kept: 'a=b; Domain=app.example.com',
  },
  {
    rule: 'domain-mismatch',
    dropped: 'a=b; Domain=ample.com',
    says: 'Domain=ample.com',
    kept: 'a=b; Domain=',
  },
  {
    rule: 'domain-mismatch',
    dropped: 'a=b; Domain=0.0.1',
    says: 'Domain=0.0.1',
    kept: 'a=b; Domain=127.0.0.1',
    on: { url: 'http://127.0.0.1/' },
  },
  { rule: 'public-suffix', dropped: 'a=b; Domain=com', says: 'Domain=com', kept: 'a=b; Domain=example.com' },
  {
    rule: 'public-suffix',
    dropped: 'a=b; Domain=localhost',
    says: 'Domain=localhost',
    kept: 'a=b; Domain=app.localhost',
    on: { url: 'http://app.localhost/' },
  },
  {
    rule: 'secure-needs-https',
    dropped: 'a=b; Secure',
    says: 'http://app.example.com',
    kept: 'a=b',
    on: { url: HTTP },
  },
  {
    rule: 'secure-cookie-kept',
    dropped: 'a=new',
    says: "'a'",
    kept: 'b=new',
    on: { url: HTTP, held: [cookieOf('a=old; Secure')] },
  },
  {
    rule: 'secure-cookie-kept',
    dropped: 'a=new; Domain=example.com; Path=/docs/more',
    says: "'a'",
    kept: 'a=new; Domain=example.com; Path=/',
    on: { url: HTTP, held: [cookieOf('a=old; Secure')] },
  },
  {
    rule: 'same-site-in-frame',
    dropped: 'a=b; SameSite=Lax; Secure',
    says: 'SameSite=Lax',
    kept: 'a=b; SameSite=None; Secure',
    on: FRAME,
  },
  {
    rule: 'same-site-in-frame',
    dropped: 'a=b; SameSite=Strict; Secure',
    says: 'SameSite=Strict',
    kept: 'a=b; SameSite=NONE; Secure',
    on: FRAME,
  },
  {
    rule: 'same-site-in-frame',
    dropped: 'a=b; Secure',
    says: 'without SameSite',
    kept: 'a=b; SameSite=None; Secure',
    on: FRAME,
  },
  {
    rule: 'same-site-none-needs-secure',
    dropped: 'a=b; SameSite=None',
    says: 'SameSite=None',
    kept: 'a=b; SameSite=None; Secure',
  },
  { rule: 'secure-prefix', dropped: '__SECURE-a=b', says: "'__SECURE-a'", kept: '__SECURE-a=b; Secure' },
  {
    rule: 'host-prefix',
    dropped: '__Host-a=b; Path=/',
    says: "'__Host-a' without Secure",
    kept: '__Host-a=b; Path=/; Secure',
  },
  {
    rule: 'host-prefix',
    dropped: '__host-a=b; Path=/docs; Secure',
    says: "'__host-a' with Path=/docs",
    kept: '__host-a=b; Path=/; Secure',
  },
  {
    rule: 'host-prefix',
    dropped: '__Host-a=b; Path=/; Secure; Domain=app.example.com',
    says: "'__Host-a' with Domain=app.example.com",
    kept: '__Host-a=b; Path=/; Secure; Domain=',
  },
  {
    rule: 'host-prefix',
    dropped: '__Host-a=b; Secure',
    says: "'__Host-a' without Path",
    kept: '__Host-a=b; Secure; Path=',
    on: { url: 'https://app.example.com/' },
  },
  { rule: 'prefix-without-name', dropped: '=__Host-a=b', says: "'__Host-a=b'", kept: '=_Host-a=b' },
  { rule: 'prefix-without-name', dropped: '__secure-a', says: "'__secure-a'", kept: '=__Http-a=b' },
  {
    rule: 'partitioned-needs-secure',
    dropped: 'a=b; Partitioned',
    says: 'Partitioned',
    kept: 'a=b; Partitioned; Secure',
  },
];

describe('the rules of RFC 6265bis', () => {
  it.each(PAIRS.map((pair) => ({ ...pair, title: shortened(pair.dropped), next: shortened(pair.kept) })))(
    '$rule: $title is dropped, $next is not',
    ({ rule, dropped, says, kept, also = [], on }) => {
      const options = { url: URL, now: NOW, ...on };
      const verdict = checkSetCookie(dropped, options);
      expect(verdict).toMatchObject({ stored: false, deletes: false });
      expect(verdict.reasons.map((reason) => reason.rule)).toEqual([rule, ...also]);
      expect(verdict.reasons[0]?.message).toContain(says);
      expect(verdict.reasons[0]?.section).toMatch(/^(RFC 6265bis §\d\.\d|draft-[a-z-]+$)/);
      expect(checkSetCookie(kept, options)).toMatchObject({ stored: true, deletes: false, reasons: [] });
    },
  );

  it.each(['https://example.com/', 'http://localhost/', 'http://app.localhost/', 'http://127.1.2.3/'])(
    'take Secure on %s',
    (url) => expect(checkSetCookie('a=b; Secure', { url, now: NOW }).stored).toBe(true),
  );

  it.each([
    ['it is not Secure', 'a=old'],
    ['it is of another host', 'a=old; Secure; Path=/', 'https://www.example.com/'],
    ['it is for another folder', 'a=old; Secure; Path=/other'],
  ])('let http replace a cookie that is held where %s', (_why, line, url = URL) => {
    const held = [cookieOf(line, url)];
    expect(checkSetCookie('a=new; Path=/docs', { url: HTTP, now: NOW, held }).stored).toBe(true);
  });

  it('are told all at once', () => {
    const { reasons } = checkSetCookie('__Host-a=b; Domain=com; SameSite=None', { url: HTTP, now: NOW });
    expect(reasons.map(({ rule }) => rule)).toEqual([
      'public-suffix',
      'same-site-none-needs-secure',
      'host-prefix',
    ]);
  });
});

function cookieOf(line: string, url = URL): EffectiveCookie {
  const { cookie } = checkSetCookie(line, { url, now: NOW });
  if (cookie === undefined) throw new Error(`No cookie in ${line}`);
  return cookie;
}

function shortened(line: string): string {
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 20)}…` : line);
}
