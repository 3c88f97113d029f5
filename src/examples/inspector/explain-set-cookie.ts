import { checkSetCookie, parseCookieDate, parseSetCookie } from '../../set-cookie/index.ts';
import { utcText } from '../../views/elements.ts';
import { duration } from '../elements.ts';

export interface CookieAttribute {
  name: string;
  /** Empty for flags, and for what is missing. */
  value: string;
  /** One plain sentence. */
  meaning: string;
  /** False: the line leaves it out, and `meaning` says what follows from that. */
  present: boolean;
}

export interface ExplainedCookie {
  name: string;
  value: string;
  /** Name and value together, which is what browsers limit to 4096 bytes. */
  bytes: number;
  /** What the cookie is for, in one sentence. */
  purpose: string;
  /** The value as readable JSON, if it is base64 of a JSON object. */
  decoded: string | undefined;
  /** Those of the line, in its order, then those that it leaves out; the latter mean nothing if it deletes. */
  attributes: CookieAttribute[];
  /** Whether the line removes the cookie: its end is not after `now`. */
  deleted: boolean;
}

/**
 * Explains a `Set-Cookie` line, part by part. It says what the parts mean, not whether a browser will take them: that
 * `checkSetCookie` does.
 *
 * @param header the line without `Set-Cookie:`
 * @param now ms since 1970; what "in 2 hours" and "in the past" are counted from
 */
export function explainSetCookie(header: string, now: number): ExplainedCookie {
  const { name, value, attributes: given } = parseSetCookie(header);
  // Of an attribute that is there twice the last one counts.
  const effective = new Map(given.map(([attribute, text]) => [attribute.toLowerCase(), text]));
  // What the response's address may have against the cookie does not count here.
  const { cookie } = checkSetCookie(header, { url: 'https://localhost/', now });
  const deleted = (cookie?.expires ?? Infinity) <= now;
  const decoded = decode(value);
  return {
    name,
    value,
    bytes: cookie?.bytes ?? 0,
    purpose: purposeOf(name, value, decoded, deleted),
    decoded,
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

/** As `encrypt` makes it. */
const sealed = /^v1\.[\w-]{54,}$/;

function purposeOf(name: string, value: string, decoded: string | undefined, deleted: boolean): string {
  if (deleted) return 'Removes the cookie: its end lies in the past.';
  if (name.endsWith('.sig')) {
    return `The signature of ${name.slice(0, -4)}: it shows whether somebody changed that cookie, and hides nothing.`;
  }
  if (decoded !== undefined)
    return 'The session itself, as base64 of JSON: everybody who has the cookie can read it.';
  if (sealed.test(value)) return 'Sealed: only the server can read it, and only the server can make one.';
  return 'Means nothing to the browser: only the server can make something of it.';
}

/** In characters: no browser keeps more, and brackets that are nested deep become MB when they are indented. */
const LONGEST_VALUE = 4096;

function decode(value: string): string | undefined {
  if (value.length > LONGEST_VALUE || !/^[A-Za-z0-9+/_-]{4,}={0,2}$/.test(value)) return undefined;
  try {
    const content: unknown = JSON.parse(Buffer.from(value, 'base64').toString('utf8'));
    return typeof content === 'object' && content !== null ? JSON.stringify(content, null, 2) : undefined;
  } catch {
    // An id or a signature: base64 too, but not of JSON.
    return undefined;
  }
}

/** The attributes of one line by lower-case name. */
type Attributes = ReadonlyMap<string, string>;

/** Browsers cut longer lives down to this, in ms (RFC 6265bis §5.5). */
const MAX_LIFETIME = 400 * 86_400_000;

/** What an attribute that is there makes a browser do. */
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
      if (all.has('max-age')) return 'Ignored, because Max-Age goes before it.';
      return lifeMeaning(end - now, end);
    }
    case 'max-age':
      return /^-?\d+$/.test(value)
        ? lifeMeaning(Number(value) * 1000)
        : 'Not a number of seconds, so browsers ignore it.';
    case 'samesite':
      return (
        SAME_SITE.get(value.toLowerCase()) ??
        'Not a known value, so browsers act as if there were no SameSite.'
      );
    default:
      return MEANINGS.get(name) ?? 'Not an attribute that browsers know, so they ignore it.';
  }
}

function lifeMeaning(left: number, end?: number): string {
  if (left <= 0) return 'In the past, so the browser deletes the cookie at once.';
  if (left > MAX_LIFETIME) return 'Kept for 400 days, the longest that browsers allow, even if they close.';
  if (end === undefined) return `Kept for ${duration(left)}, even if the browser closes.`;
  return `Kept until ${utcText(end)} (${duration(left)}), even if the browser closes.`;
}

const MEANINGS = new Map([
  ['httponly', 'No script can read it: it is not in document.cookie.'],
  ['secure', 'Sent over HTTPS only; browsers make an exception for localhost.'],
  ['partitioned', 'Kept apart for each site that embeds this one.'],
  ['priority', 'Only for Chromium: when there are too many cookies, those of low priority go first.'],
]);

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

const MISSING = {
  HttpOnly: 'Scripts of this site can read and steal it through document.cookie.',
  Secure: 'Also sent over plain HTTP, where others can read it.',
  SameSite: 'Chromium acts as if it said Lax; other browsers may send it with requests of other sites.',
  Expires: 'Kept until the browser closes.',
  Domain: 'This host only, not its subdomains.',
  Path: 'Sent with paths in the folder of this address only.',
};

/** What follows from the attributes that are not there. */
function explainMissing(given: Attributes): CookieAttribute[] {
  return Object.entries(MISSING)
    .filter(([name]) => !given.has(name.toLowerCase()) && !(name === 'Expires' && given.has('max-age')))
    .map(([name, meaning]) => ({ name, value: '', meaning, present: false }));
}
