import { parseCookieDate } from '../set-cookie/index.ts';
import { duration, utcText } from './time.ts';

export interface CookieAttribute {
  name: string;
  /** Empty for flags, and for what is missing. */
  value: string;
  /** One plain sentence. */
  meaning: string;
  /** False: the line leaves it out, and `meaning` says what follows from that. */
  present: boolean;
}

/** The attributes of one line by lower-case name. */
type Attributes = ReadonlyMap<string, string>;

// RFC 6265bis §5.5: browsers cut longer lives down.
const MAX_LIFETIME = 400 * 86_400_000;

/** What is left of the cookie's life in ms; Max-Age goes before Expires. Undefined: until the browser closes. */
export function lifetime(attributes: Attributes, now: number): number | undefined {
  const seconds = attributes.get('max-age') ?? '';
  if (/^-?\d+$/.test(seconds)) return Number(seconds) * 1000;
  const end = parseCookieDate(attributes.get('expires') ?? '');
  return end === undefined ? undefined : end - now;
}

/** What an attribute that is there makes a browser do. */
export function explainAttribute(name: string, value: string, all: Attributes, now: number): CookieAttribute {
  return { name, value, meaning: meaningOf(name.toLowerCase(), value, all, now), present: true };
}

function meaningOf(name: string, value: string, all: Attributes, now: number): string {
  switch (name) {
    case 'path':
      return value.startsWith('/') ? pathMeaning(value) : MISSING.path;
    case 'domain':
      return value === '' ? MISSING.domain : `Sent to ${value.replace(/^\./, '')} and to all its subdomains.`;
    case 'expires': {
      const end = parseCookieDate(value);
      if (end === undefined) return 'Not a date, so browsers ignore it.';
      if (all.has('max-age')) return 'Ignored, because Max-Age goes before it.';
      return lifeMeaning(end - now, end);
    }
    case 'max-age':
      return /^-?\d+$/.test(value)
        ? lifeMeaning(Number(value) * 1000)
        : 'Not a number of seconds, so browsers ignore it.';
    case 'httponly':
      return 'No script can read it: it is not in document.cookie.';
    case 'secure':
      return 'Sent over HTTPS only; browsers make an exception for localhost.';
    case 'samesite':
      return (
        SAME_SITE.get(value.toLowerCase()) ??
        'Not a known value, so browsers act as if there were no SameSite.'
      );
    case 'partitioned':
      return 'Kept apart for each site that embeds this one.';
    case 'priority':
      return 'Only for Chromium: when there are too many cookies, those of low priority go first.';
    default:
      return 'Not an attribute that browsers know, so they ignore it.';
  }
}

const SAME_SITE = new Map([
  [
    'strict',
    'Sent only with requests that this site itself starts; a link from elsewhere arrives without it.',
  ],
  [
    'lax',
    'Sent with requests of this site and when a link leads here, not with forms or images of other sites.',
  ],
  ['none', 'Sent with every request, those of other sites included; browsers then insist on Secure.'],
]);

function pathMeaning(path: string): string {
  return path === '/' ? 'Sent with every path of this host.' : `Sent with paths at or below ${path} only.`;
}

function lifeMeaning(left: number, end?: number): string {
  if (left <= 0) return 'In the past, so the browser deletes the cookie at once.';
  if (left > MAX_LIFETIME) return 'Kept for 400 days, the longest that browsers allow, even if they close.';
  if (end === undefined) return `Kept for ${duration(left)}, even if the browser closes.`;
  return `Kept until ${utcText(end)} (${duration(left)}), even if the browser closes.`;
}

const MISSING = {
  httponly: 'Scripts of this site can read and steal it through document.cookie.',
  secure: 'Also sent over plain HTTP, where others can read it.',
  samesite: 'Chromium acts as if it said Lax; other browsers may send it with requests of other sites.',
  expires: 'Kept until the browser closes.',
  domain: 'This host only, not its subdomains.',
  path: 'Sent with paths in the folder of this address only.',
};

/** What follows from the attributes that are not there. */
export function explainMissing(attributes: Attributes): CookieAttribute[] {
  const missing = ['HttpOnly', 'Secure', 'SameSite', 'Expires', 'Domain', 'Path'] as const;
  return missing
    .filter((name) => !attributes.has(name.toLowerCase()))
    .filter((name) => name !== 'Expires' || !attributes.has('max-age'))
    .map((name) => ({
      name,
      value: '',
      meaning: MISSING[name.toLowerCase() as Lowercase<typeof name>],
      present: false,
    }));
}
