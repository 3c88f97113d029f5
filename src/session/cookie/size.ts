import { LARGEST_COOKIE } from './limits.ts';

const NAMED_KEYS = 3;
const LONGEST_NAME = 40;

/** The session does not fit into its cookie, so browsers would drop it. */
export class CookieTooLargeError extends Error {
  readonly code = 'ERR_SESSION_COOKIE_TOO_LARGE';

  /**
   * @param bytes of name and value together
   * @param data of the session; the message tells the sizes of its largest parts and never their values
   */
  constructor(name: string, bytes: number, data: object) {
    super(
      `session: the cookie '${name}' has ${bytes} bytes of name and value, and browsers drop a cookie of more than ` +
        `${LARGEST_COOKIE} without a word, so it was not sent.${describeLargest(data)} Keep less in the session, or keep ` +
        'it on the server: give the session a store.',
    );
    this.name = 'CookieTooLargeError';
  }
}

/**
 * @param data of the session, for the error to say what is large
 * @throws {CookieTooLargeError} when browsers would not keep the cookie
 */
export function requireFits(name: string, value: string, data: object): void {
  const bytes = Buffer.byteLength(name) + Buffer.byteLength(value);
  if (bytes > LARGEST_COOKIE) throw new CookieTooLargeError(name, bytes, data);
}

function describeLargest(data: object): string {
  const largest = Object.entries(data)
    .map(([key, value]) => ({ key, bytes: sizeInJson(key, value) }))
    .filter(({ bytes }) => bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, NAMED_KEYS)
    .map(({ key, bytes }) => `${shortened(key)} (${bytes} bytes)`);
  return largest.length === 0 ? '' : ` Largest in its JSON: ${largest.join(', ')}.`;
}

/** Bytes of the member with its key in JSON; 0 when it has none there. */
function sizeInJson(key: string, value: unknown): number {
  return Buffer.byteLength(JSON.stringify({ [key]: value })) - '{}'.length;
}

function shortened(key: string): string {
  return JSON.stringify(key.length > LONGEST_NAME ? `${key.slice(0, LONGEST_NAME)}…` : key);
}
