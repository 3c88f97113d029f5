import type { EngineRules } from './engine-rules.ts';
import { defaultPath, isAddress } from './matching.ts';
import { parseCookieDate, type SetCookieLine } from './parse.ts';

/** The cookie as a browser understands the line, whether or not it keeps it. */
export interface EffectiveCookie {
  name: string;
  value: string;
  /** Of name and value together. */
  bytes: number;
  /** The host, or the Domain attribute without its leading dot, in lower case. */
  domain: string;
  /** Whether it is sent to this host only, as without a Domain attribute. */
  hostOnly: boolean;
  path: string;
  /** Ms since 1970, after the cap of 400 days; undefined: when the browser closes. */
  expires: number | undefined;
  secure: boolean;
  httpOnly: boolean;
  /** `default`: the line has none that browsers know. */
  sameSite: 'strict' | 'lax' | 'none' | 'default';
  /** Whether it is kept separately for each site around the frames that set it. */
  partitioned: boolean;
}

/** The attributes that count, by lower-case name; the last one if a name occurs twice. */
export type Attributes = ReadonlyMap<string, string>;

/** What `Date` can hold, in ms before and after 1970. */
const FARTHEST = 8.64e15;

/** An attribute whose value is too long counts as missing (RFC 6265bis §5.6). */
export function attributesOf({ attributes }: SetCookieLine, { largestAttribute }: EngineRules): Attributes {
  return new Map(
    attributes
      .filter(([, value]) => bytesOf(value) <= largestAttribute)
      .map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** For messages: `with Path=/docs`, or `without Path`. */
export function withValue(attribute: string, given: Attributes): string {
  const value = given.get(attribute.toLowerCase());
  return value === undefined ? `without ${attribute}` : `with ${attribute}=${value}`;
}

/** What a browser understands the line to be (RFC 6265bis §5.6 and §5.7), whether or not it keeps it. */
export function effectiveCookie(
  { name, value, attributes }: SetCookieLine,
  given: Attributes,
  url: URL,
  { now, isThirdParty }: { now: number; isThirdParty: boolean },
  rules: EngineRules,
): EffectiveCookie {
  const path = given.get('path') ?? '';
  const end = endOf(attributes, now, rules);
  return {
    name,
    value,
    bytes: bytesOf(name) + bytesOf(value),
    ...domainOf(given, url, rules),
    path: path.startsWith('/') ? path : defaultPath(url),
    expires:
      end === undefined ? undefined : Math.max(-FARTHEST, Math.min(end, now + rules.longestLife, FARTHEST)),
    secure: given.has('secure'),
    httpOnly: given.has('httponly'),
    sameSite: sameSiteOf(given),
    partitioned:
      (rules.partitions && given.has('partitioned')) || (isThirdParty && rules.thirdParty === 'all, apart'),
  };
}

/** In UTF-8. Without `Buffer`, which browsers do not have. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** When the line ends the cookie, in ms since 1970, before any cap; undefined: when the browser closes. */
export function endOf(
  attributes: SetCookieLine['attributes'],
  now: number,
  { maxAge, largestMaxAge, largestAttribute, lifetime, noSuchDay }: EngineRules,
): number | undefined {
  let byMaxAge: number | undefined;
  let byExpires: number | undefined;
  for (const [name, value] of attributes) {
    if (bytesOf(value) > largestAttribute) continue;
    if (name.toLowerCase() === 'max-age' && maxAge.test(value) && Number(value) <= largestMaxAge) {
      byMaxAge = now + Number(value) * 1000;
      if (lifetime === 'the last') byExpires = undefined;
    }
    if (name.toLowerCase() === 'expires') {
      const date = parseCookieDate(value, noSuchDay);
      if (date === undefined) continue;
      byExpires = date;
      if (lifetime === 'the last') byMaxAge = undefined;
    }
  }
  return byMaxAge ?? byExpires;
}

function domainOf(given: Attributes, { hostname }: URL, { ownName, ownAddress }: EngineRules) {
  const domain = (given.get('domain') ?? '').replace(/^\./, '').toLowerCase();
  if (domain === '') return { domain: hostname, hostOnly: true };
  const isOwnName = domain === hostname && !domain.includes('.') && ownName === 'the host';
  const isOwnAddress = domain === hostname && isAddress(domain) && ownAddress === 'the host';
  return { domain, hostOnly: isOwnName || isOwnAddress };
}

function sameSiteOf(given: Attributes): EffectiveCookie['sameSite'] {
  const value = given.get('samesite')?.toLowerCase();
  return value === 'strict' || value === 'lax' || value === 'none' ? value : 'default';
}

/** Whether one replaces the other (RFC 6265bis §5.7). Partitioned cookies are kept separately. */
export function isSameCookie(one: EffectiveCookie, other: EffectiveCookie): boolean {
  return (
    one.name === other.name &&
    one.domain === other.domain &&
    one.hostOnly === other.hostOnly &&
    one.path === other.path &&
    one.partitioned === other.partitioned
  );
}
