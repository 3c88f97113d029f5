import {
  checkSetCookie,
  type EffectiveCookie,
  type Engine,
  isSameCookie,
  type SetCookieVerdict,
} from '../../src/set-cookie/index.ts';
import { ENGINE_RULES } from '../../src/set-cookie/engine-rules.ts';
import { domainMatches, isLoopback, pathMatches, siteOf } from '../../src/set-cookie/matching.ts';
import type { CookieCase, Step, Travel } from './cookie-case.ts';
import {
  abbreviated,
  endsText,
  type HeldCookie,
  type Observation,
  sortedHeld,
  pairsText,
} from './observation.ts';
import { written } from './mark.ts';

/** A cookie that should be in the browser, with the verdict that says so. */
interface Kept {
  cookie: EffectiveCookie;
  sent: SetCookieVerdict['sent'];
  /** It was set in a frame on another site, and is sent only there. */
  isApart: boolean;
}

/** How automation interfaces report a cookie without SameSite. It does not say when the cookie is sent. */
const REPORTED_AS = { rfc: 'Default', chromium: 'Lax', firefox: 'Lax', webkitgtk: 'None' } as const;

/** Whose rules predict: those of an engine, or the RFC. */
type Judge = Engine | 'rfc';

/** What the verdict says will be observed. */
export function predict(one: CookieCase, mark: string, judge: Judge, now: number): Observation {
  const { looks, travels = [], restarts = false } = one;
  let jar = one.steps.reduce(
    (before, step) => take(before, marked(step, mark, now), judge, now),
    [] as Kept[],
  );
  if (restarts) jar = jar.filter(({ cookie }) => cookie.expires !== undefined);
  const at = (address: string, among = jar) =>
    among.filter(({ cookie }) => isFor(cookie, new URL(address), judge));
  const typed = jar.filter(({ isApart }) => !isApart);
  const last = one.steps.at(-1);
  const travelling = at(last?.at ?? '');

  return {
    held: sortedHeld(jar.map(({ cookie }) => heldAs(cookie, judge, now))),
    looks: looks.map((address) => pairsOf(at(address, typed), mark)),
    scripts: pairsOf(
      at(looks.at(-1) ?? '', typed).filter(({ cookie }) => !cookie.httpOnly),
      mark,
    ),
    travels: Object.fromEntries(
      travels.map((travel) => {
        const situation = last === undefined ? travel : situationOf(travel, last);
        return [travel, travelling.some(({ sent }) => sent[situation] !== false)];
      }),
    ),
  };
}

/** The cookies of the browser after a response. */
function take(
  before: readonly Kept[],
  { at, lines, inFrameOf = at }: Step,
  judge: Judge,
  now: number,
): Kept[] {
  let jar = [...before];
  for (const line of lines) {
    const held = jar.map(({ cookie }) => cookie);
    const engine = judge === 'rfc' ? undefined : judge;
    const verdict = checkSetCookie(line, { url: at, engine, now, topLevelSite: inFrameOf, held });
    const { cookie, stored, deletes, sent } = verdict;
    if (cookie === undefined || !(stored || deletes)) continue;
    jar = jar.filter((kept) => !isSameCookie(kept.cookie, cookie));
    if (stored) jar.push({ cookie, sent, isApart: cookie.partitioned && !isSameSite(at, inFrameOf) });
  }
  return jar;
}

/** A frame of the same site makes a same-site request. */
function situationOf(travel: Travel, { at, inFrameOf }: Step): Travel {
  return travel === 'subresource' && inFrameOf !== undefined && isSameSite(at, inFrameOf)
    ? 'sameSite'
    : travel;
}

function isSameSite(one: string, other: string): boolean {
  return siteOf(new URL(one), true) === siteOf(new URL(other), true);
}

/** Whether a request for the address may carry the cookie (RFC 6265bis §5.8.3), apart from SameSite. */
function isFor({ domain, hostOnly, path, secure }: EffectiveCookie, url: URL, judge: Judge): boolean {
  const { localhostIsSecure, partsOfAddresses } = ENGINE_RULES[judge];
  const isHost = hostOnly ? url.hostname === domain : domainMatches(url.hostname, domain, partsOfAddresses);
  const isSecure = url.protocol === 'https:' || (localhostIsSecure && isLoopback(url.hostname));
  return isHost && pathMatches(url.pathname, path) && (isSecure || !secure);
}

function pairsOf(kept: readonly Kept[], mark: string): string {
  const pairs = kept.map(({ cookie: { name, value } }) => (name === '' ? value : `${name}=${value}`));
  return pairsText(pairs, mark);
}

function marked(step: Step, mark: string, now: number): Step {
  return { ...step, lines: step.lines.map((line) => written(line, mark, now)) };
}

function heldAs(cookie: EffectiveCookie, judge: Judge, now: number): HeldCookie {
  const { domain, hostOnly, path, expires, secure, httpOnly, sameSite } = cookie;
  return {
    domain: hostOnly ? domain : `.${domain}`,
    path: abbreviated(path),
    ends: endsText(expires, now),
    secure,
    httpOnly,
    sameSite: sameSite === 'default' ? REPORTED_AS[judge] : sameSite[0]?.toUpperCase() + sameSite.slice(1),
  };
}
