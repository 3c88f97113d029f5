import { describe, expect, it } from 'vitest';
import type { EffectiveCookie } from './effective-cookie.ts';
import { ENGINE_RULES, type EngineRules } from './engine-rules.ts';
import type { Rule } from './finding.ts';
import { checkSetCookie, type CheckSetCookieOptions, type SetCookieVerdict } from './verdict.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const URL = 'https://app.example.com/docs/page';
const JUDGES = ['rfc', 'chromium', 'firefox', 'webkitgtk'] as const;

/** A line about which not all agree, what is looked at, and what each says: RFC, Chromium, Firefox, WebKitGTK. */
interface Difference {
  in: keyof EngineRules | Rule;
  line: string;
  on?: Partial<CheckSetCookieOptions>;
  look?: (verdict: SetCookieVerdict) => unknown;
  says: [rfc: unknown, chromium: unknown, firefox: unknown, webkitgtk: unknown];
}

const stored = (verdict: SetCookieVerdict): unknown => verdict.stored;
const name = (verdict: SetCookieVerdict): unknown => verdict.cookie?.name;
const value = (verdict: SetCookieVerdict): unknown => verdict.cookie?.value;
const hostOnly = (verdict: SetCookieVerdict): unknown => verdict.cookie?.hostOnly;
const days = ({ cookie }: SetCookieVerdict): unknown =>
  cookie?.expires === undefined ? 'session' : (cookie.expires - NOW) / DAY;
const inFrame = { topLevelSite: 'https://other.example/' };

const DIFFERENCES: Difference[] = [
  { in: 'control-character', line: 'a=b\u007F', says: [false, false, false, true] },
  { in: 'no-name', line: '=b', says: [true, true, false, true] },
  { in: 'too-large', line: `a=${'x'.repeat(4096)}`, says: [false, false, false, true] },
  { in: 'same-site-none-needs-secure', line: 'a=b; SameSite=None', says: [false, false, false, true] },
  { in: 'partitioned-needs-secure', line: 'a=b; Partitioned', says: [false, false, false, true] },
  { in: 'secure-prefix', line: '__Secure-a=b', says: [false, false, false, true] },
  { in: 'host-prefix', line: '__Host-a=b', says: [false, false, false, true] },
  { in: 'http-prefix', line: '__Http-a=b; Secure', says: [true, false, false, true] },
  { in: 'http-prefix', line: '__Http-a=b; Secure; HttpOnly', says: [true, true, true, true] },
  {
    in: 'http-prefix',
    line: '__Host-Http-a=b; Path=/; Secure',
    says: [true, false, false, true],
  },
  { in: 'prefix-without-name', line: '=__Host-a', says: [false, false, false, true] },
  { in: 'prefix-without-name', line: '=__Http-a', says: [true, false, false, true] },
  {
    in: 'third-party',
    line: 'a=b; SameSite=None; Secure',
    on: inFrame,
    says: [true, false, true, false],
  },
  { in: 'controlCharacters', line: 'a=b\tc', says: [true, false, true, true] },
  { in: 'endOfLine', line: 'a=b\tc', look: value, says: ['b\tc', 'b\tc', 'b\tc', 'b'] },
  { in: 'endOfLine', line: 'a=é; Max-Age=0', look: stored, says: [false, false, false, true] },
  { in: 'withoutEquals', line: 'a', look: name, says: ['', '', 'a', ''] },
  { in: 'largestCookie', line: `a=${'x'.repeat(9999)}`, says: [false, false, false, true] },
  {
    in: 'largestAttribute',
    line: `a=b; Path=/${'x'.repeat(1024)}`,
    look: ({ cookie }) => cookie?.path.length,
    says: [5, 5, 5, 1025],
  },
  { in: 'longestLife', line: 'a=b; Max-Age=43200000', look: days, says: [400, 400, 400, 500] },
  { in: 'maxAge', line: 'a=b; Max-Age=+86400', look: days, says: ['session', 1, 'session', 1] },
  { in: 'maxAge', line: 'a=b; Max-Age=', look: days, says: ['session', 'session', 'session', 0] },
  {
    in: 'largestMaxAge',
    line: `a=b; Max-Age=${2n ** 64n}`,
    look: days,
    says: [400, 400, 400, 'session'],
  },
  {
    in: 'lifetime',
    line: 'a=b; Max-Age=86400; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    says: [true, true, true, false],
  },
  {
    in: 'noSuchDay',
    line: 'a=b; Expires=31 Feb 2026 00:00:00',
    look: days,
    says: ['session', 'session', 61, 'session'],
  },
  {
    in: 'localhostIsSecure',
    line: 'a=b; Secure',
    on: { url: 'http://localhost/' },
    says: [true, true, true, false],
  },
  {
    in: 'ownName',
    line: 'a=b; Domain=localhost',
    on: { url: 'http://localhost/' },
    says: [true, true, true, false],
  },
  {
    in: 'ownAddress',
    line: 'a=b; Domain=127.0.0.1',
    on: { url: 'http://127.0.0.1/' },
    look: hostOnly,
    says: [false, true, true, true],
  },
  {
    in: 'partsOfAddresses',
    line: 'a=b; Domain=0.0.1',
    on: { url: 'http://127.0.0.1/' },
    says: [false, false, false, true],
  },
  {
    in: 'secureCookiesKept',
    line: 'a=new; Path=/docs',
    on: { url: 'http://app.example.com/docs/page', held: [cookieOf('a=old; Path=/; Secure')] },
    says: [false, false, false, true],
  },
  {
    in: 'secureCookiesKept',
    line: 'a=new; Path=/',
    on: { url: 'http://app.example.com/docs/page', held: [cookieOf('a=old; Path=/; Secure')] },
    says: [false, false, false, false],
  },
  {
    in: 'hostPrefix',
    line: '__Host-a=b; Secure',
    on: { url: 'https://localhost/' },
    says: [false, false, true, true],
  },
  {
    in: 'hostPrefix',
    line: '__Host-a=b; Path=/; Secure; Domain=localhost',
    on: { url: 'https://localhost/' },
    says: [true, false, true, false],
  },
  {
    in: 'withoutSameSite',
    line: 'a=b',
    look: ({ sent }) => sent.crossSitePost,
    says: ['2 minutes', '2 minutes', true, true],
  },
  {
    in: 'thirdParty',
    line: 'a=b; SameSite=None; Secure; Partitioned',
    on: inFrame,
    says: [true, true, true, false],
  },
  {
    in: 'thirdParty',
    line: 'a=b; SameSite=None; Secure',
    on: inFrame,
    look: ({ cookie }) => cookie?.partitioned,
    says: [false, false, true, false],
  },
  {
    in: 'inSubresources',
    line: 'a=b; SameSite=None; Secure',
    look: ({ sent }) => sent.subresource,
    says: [true, false, false, true],
  },
  {
    in: 'partitions',
    line: 'a=b; Partitioned; Secure',
    look: ({ cookie }) => cookie?.partitioned,
    says: [true, true, true, false],
  },
  {
    in: 'schemeful',
    line: 'a=b; SameSite=Lax',
    on: { topLevelSite: 'http://app.example.com/' },
    says: [false, false, true, true],
  },
];

describe('what is said of a line by the RFC, Chromium, Firefox and WebKitGTK', () => {
  it.each(DIFFERENCES.map((one) => ({ ...one, title: JSON.stringify(one.line).slice(0, 70) })))(
    '$in: of $title, $says',
    ({ line, on, look = stored, says }) => {
      const verdicts = JUDGES.map((judge) =>
        checkSetCookie(line, { url: URL, now: NOW, engine: judge === 'rfc' ? undefined : judge, ...on }),
      );
      expect(verdicts.map(look)).toEqual(says);
    },
  );

  it('has an example here for each difference', () => {
    const { rfc, ...engines } = ENGINE_RULES;
    const differences = Object.values(engines).flatMap((rules) => [
      ...rules.lacks.filter((rule) => !rfc.lacks.includes(rule)),
      ...rfc.lacks.filter((rule) => !rules.lacks.includes(rule)),
      ...keysOf(rules).filter((key) => !['source', 'lacks'].includes(key) && differ(rules[key], rfc[key])),
    ]);
    const shown = new Set(DIFFERENCES.map((one) => one.in));
    expect(differences.filter((difference) => !shown.has(difference))).toEqual([]);
    expect(differences.length).toBeGreaterThan(20);
  });
});

/** Regular expressions are the same if they read the same. */
function differ(one: unknown, other: unknown): boolean {
  return String(one) !== String(other);
}

function keysOf(rules: EngineRules): (keyof EngineRules)[] {
  return Object.keys(rules) as (keyof EngineRules)[];
}

function cookieOf(line: string): EffectiveCookie {
  const { cookie } = checkSetCookie(line, { url: URL, now: NOW });
  if (cookie === undefined) throw new Error(`No cookie in ${line}`);
  return cookie;
}
