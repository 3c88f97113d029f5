/**
 * What a browser does with a `Set-Cookie` line. Copy this folder into any project: it imports no package and nothing of
 * Node's. README.md beside this file has an example, the sources of the rules, and what it does not know.
 */
import { attributesOf, type EffectiveCookie, effectiveCookie } from './effective-cookie.ts';
import { type Engine, ENGINE_RULES } from './engine-rules.ts';
import type { Finding, Subject } from './finding.ts';
import { pathMatches, siteOf } from './matching.ts';
import { parseSetCookie } from './parse.ts';
import { objectionsTo } from './storage-rules.ts';
import { hasEnded, warningsOf } from './warnings.ts';

export { type EffectiveCookie, isSameCookie } from './effective-cookie.ts';
export type { Engine } from './engine-rules.ts';
export type { Finding } from './finding.ts';
export { parseCookieDate, parseSetCookie, type SetCookieLine } from './parse.ts';

export interface CheckSetCookieOptions {
  /** Address of the response that carries the line; its scheme, host and path count. */
  url: string | URL;
  /** @default what RFC 6265bis says */
  engine?: Engine | undefined;
  /**
   * Ms since 1970: what lifetimes are counted from.
   * @default Date.now()
   */
  now?: number | undefined;
  /**
   * Address of the page that the browser shows while it gets the response: the one in its address bar. On another site
   * than `url` the cookie is a third-party one.
   * @default `url` itself
   */
  topLevelSite?: string | URL | undefined;
  /**
   * The cookies that the browser already has, from earlier verdicts: http may not replace a Secure cookie, and a deletion
   * may miss its cookie.
   * @default nothing
   */
  held?: readonly EffectiveCookie[] | undefined;
}

/** Whether the browser sends the cookie; `'2 minutes'`: only while the cookie is no older than that. */
export type Sent = boolean | '2 minutes';

export interface SetCookieVerdict {
  /** The browser keeps it. Neither `stored` nor `deletes`: it drops the line. */
  stored: boolean;
  /** The line is accepted and its end has come: the browser removes the cookie of that name, domain and path. */
  deletes: boolean;
  /** Why it is not stored; empty if it is. */
  reasons: Finding[];
  /** undefined: the line has no cookie. */
  cookie: EffectiveCookie | undefined;
  /** In which requests to `url` the browser sends it. */
  sent: {
    /** Of pages of the same site. */
    sameSite: Sent;
    /** A link or a form with GET on another site, opened in the address bar. */
    crossSiteGet: Sent;
    /** A form with POST on another site. */
    crossSitePost: Sent;
    /** A frame, an image or a `fetch` on a page of another site. */
    subresource: Sent;
  };
  /** What is allowed but probably not meant. */
  warnings: Finding[];
}

/**
 * Says what a browser does with a `Set-Cookie` line: whether it keeps the cookie, why not, how it understands the line,
 * and when it sends the cookie. It does no I/O, so it can be used anywhere.
 *
 * It follows RFC 6265bis, or an engine as it was observed. It knows only public suffixes of one label, so it treats
 * `Domain=co.uk` like any domain.
 *
 * @param header the line without `Set-Cookie:`
 * @throws {TypeError} if `url` or `topLevelSite` is not a URL
 *
 * @example
 * checkSetCookie('id=1; SameSite=None', { url: 'https://example.com/' }).reasons[0]?.message;
 * // 'SameSite=None needs Secure: add it, and serve the cookie over https.'
 */
export function checkSetCookie(header: string, options: CheckSetCookieOptions): SetCookieVerdict {
  const { engine, now = Date.now(), topLevelSite = options.url, held = [] } = options;
  const rules = ENGINE_RULES[engine ?? 'rfc'];
  const url = new URL(options.url);
  const read = rules.endOfLine === undefined ? header : (header.split(rules.endOfLine)[0] ?? '');
  const line = parseSetCookie(read, rules.withoutEquals);
  const given = attributesOf(line, rules);
  const isThirdParty = siteOf(url, rules.schemeful) !== siteOf(new URL(topLevelSite), rules.schemeful);
  const cookie = effectiveCookie(line, given, url, { now, isThirdParty }, rules);
  const subject: Subject = { line, header: read, cookie, given, url, isThirdParty, held, rules, now };

  const objections = objectionsTo(subject);
  const isAccepted = objections.length === 0;
  const deletes = isAccepted && hasEnded(subject);
  const stored = isAccepted && !deletes;
  return {
    stored,
    deletes,
    reasons: deletes ? [ENDED] : objections,
    cookie: objections.some(({ rule }) => rule === 'empty') ? undefined : cookie,
    sent: stored ? sentOf(subject) : NEVER,
    warnings: warningsOf(subject),
  };
}

const ENDED: Finding = {
  rule: 'ended',
  section: 'RFC 6265bis §5.7',
  message: 'Its end has come, so the browser removes the cookie of this name, domain and path.',
};

const NEVER = { sameSite: false, crossSiteGet: false, crossSitePost: false, subresource: false };

/** RFC 6265bis §5.6.7 and §5.8.3. */
function sentOf(subject: Subject): SetCookieVerdict['sent'] {
  const { cookie, url, rules, isThirdParty } = subject;
  if (!pathMatches(url.pathname, cookie.path)) return NEVER;
  // Only in frames, on the site around the frame in which it was set.
  if (cookie.partitioned && isThirdParty) return { ...NEVER, subresource: true };
  switch (cookie.sameSite) {
    case 'strict':
      return { ...NEVER, sameSite: true };
    case 'lax':
      return { ...NEVER, sameSite: true, crossSiteGet: true };
    case 'none':
      return everywhere(subject);
    default:
      return rules.withoutSameSite === 'none'
        ? everywhere(subject)
        : { ...NEVER, sameSite: true, crossSiteGet: true, crossSitePost: '2 minutes' };
  }
}

function everywhere({ cookie, rules }: Subject): SetCookieVerdict['sent'] {
  const subresource = rules.inSubresources && !cookie.partitioned;
  return { sameSite: true, crossSiteGet: true, crossSitePost: true, subresource };
}
