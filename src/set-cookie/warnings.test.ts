import { describe, expect, it } from 'vitest';
import type { EffectiveCookie } from './effective-cookie.ts';
import type { Warning } from './finding.ts';
import { checkSetCookie, type CheckSetCookieOptions } from './verdict.ts';

const NOW = Date.UTC(2026, 0, 1);
const URL = 'https://app.example.com/docs/page';
const PAST = 'Thu, 01 Jan 1970 00:00:00 GMT';

/** What the warning is called, a line that earns it, the part of the message with the value seen, one that does not. */
const PAIRS: [rule: Warning, warned: string, says: string, fine: string][] = [
  ['unknown-attribute', 'a=b; SameSite=Lax; MaxAge=60', "'MaxAge'", 'a=b; SameSite=Lax; Max-Age=60'],
  ['unknown-attribute', 'a=b; SameSite=Lax; Http Only', "'Http Only'", 'a=b; SameSite=Lax; httponly'],
  [
    'attribute-too-large',
    `a=b; SameSite=Lax; Path=/${'é'.repeat(512)}`,
    'Path is longer than 1024 bytes',
    `a=b; SameSite=Lax; Path=/${'e'.repeat(1023)}`,
  ],
  ['flag-with-value', 'a=b; SameSite=Lax; Secure=false', 'Secure=false', 'a=b; SameSite=Lax; Secure'],
  ['path-ignored', 'a=b; SameSite=Lax; Path=docs', 'Path=docs', 'a=b; SameSite=Lax; Path=/docs'],
  ['path-ignored', 'a=b; SameSite=Lax; Path=', 'Path=', 'a=b; SameSite=Lax'],
  [
    'expires-ignored',
    'a=b; SameSite=Lax; Expires=0',
    'Expires=0',
    'a=b; SameSite=Lax; Expires=1 Feb 2026 0:0:0',
  ],
  ['max-age-ignored', 'a=b; SameSite=Lax; Max-Age=1d', 'Max-Age=1d', 'a=b; SameSite=Lax; Max-Age=1'],
  ['over-400-days', 'a=b; SameSite=Lax; Max-Age=34560001', '400', 'a=b; SameSite=Lax; Max-Age=34560000'],
  [
    'lives-contradict',
    `a=b; SameSite=Lax; Max-Age=60; Expires=${PAST}`,
    'Max-Age and Expires',
    `a=b; SameSite=Lax; Max-Age=0; Expires=${PAST}`,
  ],
  ['no-same-site', 'a=b', 'no SameSite', 'a=b; Max-Age=0'],
  ['unknown-same-site', 'a=b; SameSite=Always', 'SameSite=Always', 'a=b; SameSite=strict'],
];

describe('what is allowed and likely not meant', () => {
  it.each(
    PAIRS.map(([rule, warned, says, fine]) => ({ rule, warned, says, fine, title: warned.slice(0, 50) })),
  )('$rule: $title is warned of, its neighbour is not', ({ rule, warned, says, fine }) => {
    const { stored, warnings } = checkSetCookie(warned, { url: URL, now: NOW });
    expect(warnings.map((warning) => warning.rule)).toEqual([rule]);
    expect(warnings[0]?.message).toContain(says);
    expect(warnings[0]?.section).toMatch(/^RFC 6265bis §\d\.\d/);
    expect(stored).toBe(true);
    expect(checkSetCookie(fine, { url: URL, now: NOW }).warnings).toEqual([]);
  });

  it('a third-party cookie is warned of, in a frame of the same site it is not', () => {
    const line = 'a=b; SameSite=None; Secure; Partitioned';
    expect(warningsOf(line, { topLevelSite: 'https://other.example/' })).toEqual(['third-party']);
    expect(warningsOf(line, { topLevelSite: 'https://example.com/' })).toEqual([]);
  });

  it('how long it is to live is said as a number while that can be read', () => {
    expect(lifeIn('Max-Age=86400000')).toEqual(['1000 days']);
    for (const nines of [15, 20, 400]) {
      expect(lifeIn(`Max-Age=${'9'.repeat(nines)}`)).toEqual(['more than a million days']);
    }
    expect(lifeIn('Expires=Fri, 31 Dec 9999 23:59:59 GMT')).toEqual(['more than a million days']);
  });

  it('all are told at once', () => {
    expect(warningsOf('a=b; Secure=1; Path=x; Foo; Max-Age=99999999')).toEqual([
      'flag-with-value',
      'path-ignored',
      'unknown-attribute',
      'over-400-days',
      'no-same-site',
    ]);
  });

  it('an engine without a limit has none to warn of', () => {
    const line = `a=b; SameSite=Lax; Path=/${'x'.repeat(2000)}`;
    expect(warningsOf(line, { engine: 'webkitgtk' })).toEqual([]);
  });
});

describe('a deletion', () => {
  it.each([
    ['another Path', 'a=1; Path=/', 'a=; Path=/docs; Max-Age=0'],
    ['the Path of the folder', 'a=1; Path=/', 'a=; Max-Age=0'],
    ['another Domain', 'a=1; Path=/; Domain=example.com', 'a=; Path=/; Max-Age=0'],
    ['a Domain that the cookie has not', 'a=1; Path=/', 'a=; Path=/; Domain=app.example.com; Max-Age=0'],
    ['no Partitioned', 'a=1; Path=/; Secure; Partitioned', 'a=; Path=/; Secure; Max-Age=0'],
  ])('is warned of when it misses the cookie by %s', (_what, kept, deletion) => {
    expect(warningsOf(deletion, { held: [cookieOf(kept)] })).toEqual(['deletes-another']);
  });

  it('is told what it removes and what there is', () => {
    const held = [cookieOf('a=1; Path=/; Domain=example.com'), cookieOf('a=2; Path=/x; Secure; Partitioned')];
    const { warnings } = checkSetCookie('a=; Path=/docs; Max-Age=0', { url: URL, now: NOW, held });
    expect(warnings[0]?.message).toBe(
      'It removes app.example.com Path=/docs, and the browser holds Domain=example.com Path=/ and ' +
        'app.example.com Path=/x Partitioned: give the deletion the Domain, Path and Partitioned of the cookie.',
    );
  });

  it.each([
    ['that hits one of two', 'a=; Path=/docs; Max-Age=0', ['a=1; Path=/', 'a=2; Path=/docs']],
    ['of a cookie that is not there', 'b=; Path=/docs; Max-Age=0', ['a=1; Path=/']],
    ['where nothing is held', 'a=; Path=/docs; Max-Age=0', []],
  ])('%s is not warned of', (_what, deletion, kept) => {
    expect(warningsOf(deletion, { held: kept.map(cookieOf) })).toEqual([]);
  });
});

function warningsOf(line: string, options: Partial<CheckSetCookieOptions> = {}): string[] {
  return checkSetCookie(line, { url: URL, now: NOW, ...options }).warnings.map(({ rule }) => rule);
}

function cookieOf(line: string): EffectiveCookie {
  const { cookie } = checkSetCookie(line, { url: URL, now: NOW });
  if (cookie === undefined) throw new Error(`No cookie in ${line}`);
  return cookie;
}

/** How long a cookie is to live, as the warning says it. */
function lifeIn(life: string): (string | undefined)[] {
  const { warnings } = checkSetCookie(`a=b; SameSite=Lax; ${life}`, { url: URL, now: NOW });
  return warnings.map(({ message }) => /is to live for (.*?)\./.exec(message)?.[1]);
}
