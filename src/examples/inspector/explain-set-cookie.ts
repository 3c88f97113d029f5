import { checkSetCookie, parseCookieDate, parseSetCookie } from '../../set-cookie/index.ts';
import { utcText } from '../../views/elements.ts';
import { duration } from '../elements.ts';

export interface CookieAttribute {
  name: string;
  /** '' for flags, and for attributes that are missing. */
  value: string;
  /** One plain sentence. */
  meaning: string;
  /** False: the line does not have it, and `meaning` says what follows. */
  present: boolean;
}

export interface ExplainedCookie {
  name: string;
  value: string;
  /** Of name and value together, which browsers limit to 4096. */
  bytes: number;
  /** Those of the line, in its order; then, unless the line deletes the cookie, those that are missing. */
  attributes: CookieAttribute[];
  /** Whether the line deletes the cookie: its end is not after `now`. */
  deleted: boolean;
}

/**
 * Explains what the parts of a `Set-Cookie` line mean. Whether a browser accepts them, `checkSetCookie` says.
 *
 * @param header the line without `Set-Cookie:`
 * @param now ms since 1970; what lengths of time are counted from
 */
export function explainSetCookie(header: string, now: number): ExplainedCookie {
  const { name, value, attributes: given } = parseSetCookie(header);
  // If an attribute occurs twice, the last one counts.
  const effective = new Map(given.map(([attribute, text]) => [attribute.toLowerCase(), text]));
  // Only the parts count here, not the address of the response, so any will do.
  const { cookie } = checkSetCookie(header, { url: 'https://localhost/', now });
  const deleted = (cookie?.expires ?? Infinity) <= now;
  return {
    name,
    value,
    bytes: cookie?.bytes ?? 0,
    attributes: [
      ...given.map(([attribute, text]) => ({
        name: attribute,
        value: text,
        meaning: meaningOf(attribute.toLowerCase(), text, effective, now),
        present: true,
      })),
      ...(deleted ? [] : explainMissing(effective)),
    ],
    deleted,
  };
}

/** The attributes of one line by lower-case name. */
type Attributes = ReadonlyMap<string, string>;

/** The longest that browsers keep a cookie, in ms (RFC 6265bis §5.5). */
const MAX_LIFETIME = 400 * 86_400_000;

/** What an attribute of the line makes a browser do. */
function meaningOf(name: string, value: string, all: Attributes, now: number): string {
  switch (name) {
    case 'path':
      if (!value.startsWith('/')) return MISSING.Path;
      return value === '/'
        ? 'Sent with every path of this host.'
        : `Sent with paths at or below ${value} only.`;
    case 'domain':
      return value === '' ? MISSING.Domain : `Sent to ${value.replace(/^\./, '')} and to all its subdomains.`;
    case 'expires': {
      const end = parseCookieDate(value);
      if (end === undefined) return 'Not a date, so browsers ignore it.';
      if (all.has('max-age')) return 'Ignored, because Max-Age takes precedence.';
      return lifeMeaning(end - now, end);
    }
    case 'max-age':
      return /^-?\d+$/.test(value)
        ? lifeMeaning(Number(value) * 1000)
        : 'Not a number of seconds, so browsers ignore it.';
    case 'samesite':
      return SAME_SITE.get(value.toLowerCase()) ?? 'Not a known value, so browsers treat it as missing.';
    default:
      return MEANINGS.get(name) ?? 'Not an attribute that browsers know, so they ignore it.';
  }
}

function lifeMeaning(left: number, end?: number): string {
  if (left <= 0) return 'In the past, so the browser deletes the cookie at once.';
  if (left > MAX_LIFETIME)
    return 'Kept for 400 days, the longest that browsers allow, even if the browser closes.';
  if (end === undefined) return `Kept for ${duration(left)}, even if the browser closes.`;
  return `Kept until ${utcText(end)} (${duration(left)}), even if the browser closes.`;
}

const MEANINGS = new Map([
  ['httponly', 'No script can read it: it is not in document.cookie.'],
  ['secure', 'Sent over HTTPS only; browsers make an exception for localhost.'],
  ['partitioned', 'Kept separately for each site that embeds this one.'],
  ['priority', 'Only for Chromium: when there are too many cookies, it deletes those of low priority first.'],
]);

const SAME_SITE = new Map([
  ['strict', 'Sent only with requests from this site; following a link on another site does not send it.'],
  [
    'lax',
    'Sent with requests from this site and with links from other sites, not with their forms or images.',
  ],
  ['none', 'Sent with every request, also from other sites; most browsers then require Secure.'],
]);

const MISSING = {
  HttpOnly: 'Scripts of this site can read and steal it through document.cookie.',
  Secure: 'Also sent over plain HTTP, where others can read it.',
  SameSite: 'Chromium treats it as Lax; other browsers may send it with requests from other sites.',
  Expires: 'Kept until the browser closes.',
  Domain: 'This host only, not its subdomains.',
  Path: 'Sent with paths in the folder of this address only.',
};

/** What follows from the attributes that are missing. */
function explainMissing(given: Attributes): CookieAttribute[] {
  return Object.entries(MISSING)
    .filter(([name]) => !given.has(name.toLowerCase()) && !(name === 'Expires' && given.has('max-age')))
    .map(([name, meaning]) => ({ name, value: '', meaning, present: false }));
}
