import { describe, expect, it } from 'vitest';
import { ENGINE_RULES, type EngineRules, type Rule } from './engine-rules.ts';
import { checkSetCookie, type CheckSetCookieOptions, type SetCookieVerdict } from './index.ts';

const ON = { url: 'https://app.example.com/docs/page', now: Date.UTC(2026, 0, 1) };
const IN_FRAME = { topLevelSite: 'https://other.example/' };
const ON_LOCALHOST = { url: 'http://localhost/' };
const ON_HTTPS_LOCALHOST = { url: 'https://localhost/' };
const ON_ADDRESS = { url: 'http://127.0.0.1/' };
const OVER_HTTP = {
  url: 'http://app.example.com/docs/page',
  held: [checkSetCookie('a=old; Path=/; Secure', ON).cookie].filter((cookie) => cookie !== undefined),
};

type Look = (verdict: SetCookieVerdict) => unknown;
const isStored: Look = ({ stored }) => stored;
const isHostOnly: Look = ({ cookie }) => cookie?.hostOnly;
const isPartitioned: Look = ({ cookie }) => cookie?.partitioned;
const nameOf: Look = ({ cookie }) => cookie?.name;
const valueOf: Look = ({ cookie }) => cookie?.value;
const pathLength: Look = ({ cookie }) => cookie?.path.length;
const inPost: Look = ({ sent }) => sent.crossSitePost;
const inSubresource: Look = ({ sent }) => sent.subresource;
const days: Look = ({ cookie }) =>
  cookie?.expires === undefined ? 'session' : (cookie.expires - ON.now) / 86_400_000;

/** Lines that engines treat differently, and whether the RFC, Chromium, Firefox and WebKitGTK store the cookie. */
const DIFFERENCES: [
  difference: keyof EngineRules | Rule,
  line: string,
  says: [rfc: unknown, chromium: unknown, firefox: unknown, webkitgtk: unknown],
  look?: Look,
  on?: Partial<CheckSetCookieOptions>,
][] = [
  ['control-character', 'a=b\u007F', [false, false, false, true]],
  ['no-name', '=b', [true, true, false, true]],
  ['too-large', `a=${'x'.repeat(4096)}`, [false, false, false, true]],
  ['same-site-none-needs-secure', 'a=b; SameSite=None', [false, false, false, true]],
  ['partitioned-needs-secure', 'a=b; Partitioned', [false, false, false, true]],
  ['secure-prefix', '__Secure-a=b', [false, false, false, true]],
  ['host-prefix', '__Host-a=b', [false, false, false, true]],
  ['http-prefix', '__Http-a=b; Secure', [true, false, false, true]],
  ['http-prefix', '__Http-a=b; Secure; HttpOnly', [true, true, true, true]],
  ['http-prefix', '__Host-Http-a=b; Path=/; Secure', [true, false, false, true]],
  ['prefix-without-name', '=__Host-a', [false, false, false, true]],
  ['prefix-without-name', '=__Http-a', [true, false, false, true]],
  ['third-party', 'a=b; SameSite=None; Secure', [true, false, true, false], isStored, IN_FRAME],
  ['controlCharacters', 'a=b\tc', [true, false, true, true]],
  ['endOfLine', 'a=b\tc', ['b\tc', 'b\tc', 'b\tc', 'b'], valueOf],
  ['endOfLine', 'a=é; Max-Age=0', [false, false, false, true]],
  ['withoutEquals', 'a', ['', '', 'a', ''], nameOf],
  ['largestCookie', `a=${'x'.repeat(9999)}`, [false, false, false, true]],
  ['largestAttribute', `a=b; Path=/${'x'.repeat(1024)}`, [5, 5, 5, 1025], pathLength],
  ['longestLife', 'a=b; Max-Age=43200000', [400, 400, 400, 500], days],
  ['maxAge', 'a=b; Max-Age=+86400', ['session', 1, 'session', 1], days],
  ['maxAge', 'a=b; Max-Age=', ['session', 'session', 'session', 0], days],
  ['largestMaxAge', `a=b; Max-Age=${2n ** 64n}`, [400, 400, 400, 'session'], days],
  ['lifetime', 'a=b; Max-Age=86400; Expires=Thu, 01 Jan 1970 00:00:00 GMT', [true, true, true, false]],
  ['noSuchDay', 'a=b; Expires=31 Feb 2026 00:00:00', ['session', 'session', 61, 'session'], days],
  ['localhostIsSecure', 'a=b; Secure', [true, true, true, false], isStored, ON_LOCALHOST],
  ['ownName', 'a=b; Domain=localhost', [true, true, true, false], isStored, ON_LOCALHOST],
  ['ownAddress', 'a=b; Domain=127.0.0.1', [false, true, true, true], isHostOnly, ON_ADDRESS],
  ['partsOfAddresses', 'a=b; Domain=0.0.1', [false, false, false, true], isStored, ON_ADDRESS],
  ['secureCookiesKept', 'a=new; Path=/docs', [false, false, false, true], isStored, OVER_HTTP],
  ['secureCookiesKept', 'a=new; Path=/', [false, false, false, false], isStored, OVER_HTTP],
  ['hostPrefix', '__Host-a=b; Secure', [false, false, true, true], isStored, ON_HTTPS_LOCALHOST],
  [
    'hostPrefix',
    '__Host-a=b; Path=/; Secure; Domain=localhost',
    [true, false, true, false],
    isStored,
    ON_HTTPS_LOCALHOST,
  ],
  ['withoutSameSite', 'a=b', ['2 minutes', '2 minutes', true, true], inPost],
  ['thirdParty', 'a=b; SameSite=None; Secure; Partitioned', [true, true, true, false], isStored, IN_FRAME],
  ['thirdParty', 'a=b; SameSite=None; Secure', [false, false, true, false], isPartitioned, IN_FRAME],
  ['inSubresources', 'a=b; SameSite=None; Secure', [true, false, false, true], inSubresource],
  ['partitions', 'a=b; Partitioned; Secure', [true, true, true, false], isPartitioned],
  [
    'schemeful',
    'a=b; SameSite=Lax',
    [false, false, true, true],
    isStored,
    { topLevelSite: 'http://app.example.com/' },
  ],
];

describe('what the RFC, Chromium, Firefox and WebKitGTK say about a line', () => {
  it.each(DIFFERENCES)('%s: of %.70j, %j', (_difference, line, says, look = isStored, on = {}) => {
    const engines = [undefined, 'chromium', 'firefox', 'webkitgtk'] as const;
    expect(engines.map((engine) => look(checkSetCookie(line, { ...ON, engine, ...on })))).toEqual(says);
  });

  it('has an example here for each difference', () => {
    const { rfc, ...engines } = ENGINE_RULES;
    const differences = Object.values(engines).flatMap((rules) => [
      ...rules.lacks.filter((rule) => !rfc.lacks.includes(rule)),
      ...rfc.lacks.filter((rule) => !rules.lacks.includes(rule)),
      // Regular expressions are equal if their text is.
      ...keysOf(rules).filter((key) => String(rules[key]) !== String(rfc[key])),
    ]);
    const shown = new Set<string>([...DIFFERENCES.map(([difference]) => difference), 'source', 'lacks']);
    expect(differences.filter((difference) => !shown.has(difference))).toEqual([]);
    expect(differences.length).toBeGreaterThan(20);
  });
});

function keysOf(rules: EngineRules): (keyof EngineRules)[] {
  return Object.keys(rules) as (keyof EngineRules)[];
}
