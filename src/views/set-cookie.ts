import { parseSetCookie } from '../set-cookie/index.ts';
import { explainAttribute, explainMissing, lifetime, type CookieAttribute } from './cookie-attributes.ts';

export type { CookieAttribute };

export interface ExplainedCookie {
  name: string;
  value: string;
  /** Name and value together, which is what browsers limit to 4096 bytes. */
  bytes: number;
  /** What the cookie is for, in one sentence. */
  purpose: string;
  /** The value as readable JSON, if it is base64 of a JSON object. */
  decoded?: string;
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

  const deleted = (lifetime(effective, now) ?? 1) <= 0;
  const decoded = decode(value);
  return {
    name,
    value,
    bytes: Buffer.byteLength(name) + Buffer.byteLength(value),
    purpose: purposeOf(name, value, decoded, deleted),
    ...(decoded === undefined ? {} : { decoded }),
    attributes: [
      ...given.map(([attribute, text]) => explainAttribute(attribute, text, effective, now)),
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
    return 'The session itself, as base64 of JSON: whoever holds the cookie can read it.';
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
