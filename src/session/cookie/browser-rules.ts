import type { SetOption } from 'cookies';

/** The longest time for which browsers keep a cookie, in ms: 400 days (RFC 6265bis, 5.5). */
export const LONGEST_COOKIE = 34_560_000_000;

/** The most bytes of name and value together: browsers drop a larger cookie (RFC 6265bis, 5.6). */
export const LARGEST_COOKIE = 4096;

/**
 * What the option `verdict` returns. A browser drops a line that is neither `stored` nor `deletes`, for these
 * `reasons`.
 */
export type CookieVerdict = { stored: boolean; deletes: boolean; reasons: readonly { message: string }[] };

/** The options that a session's cookie depends on. Those of {@link SetOption} are those of the cookie library. */
export interface CookieOptions extends Omit<SetOption, 'maxAge' | 'expires' | 'signed' | 'secureProxy'> {
  key: string;
  now: () => number;
  keys: readonly string[] | undefined;
  signed: boolean;
  encrypt: boolean;
  encode: unknown;
  onStoreError: 'throw' | 'cookie';
  externalKey: object | undefined;
  verdict: ((line: string, response: { url: string }) => CookieVerdict) | undefined;
}

/**
 * Why browsers would silently drop a cookie with these options, and what to set; undefined when they keep it
 * (RFC 6265bis, 4.1.3 for prefixes of names, 5.7 for `SameSite=None`).
 *
 * @param isSecure whether the cookie is sent with `Secure`; undefined: that depends on the request
 */
export function contradictionOf(options: CookieOptions, isSecure: boolean | undefined): string | undefined {
  const { key, sameSite, partitioned, domain, path = '/' } = options;
  const isHost = /^__host-/i.test(key);
  const what =
    (isHost && 'a name that begins with __Host-') ||
    (/^__secure-/i.test(key) && 'a name that begins with __Secure-') ||
    (sameSite === 'none' && "sameSite 'none'") ||
    (partitioned && 'partitioned');
  if (isHost && domain !== undefined)
    return `${what} allows no domain, got ${JSON.stringify(domain)}: leave the option domain out`;
  if (isHost && path !== '/')
    return `${what} needs the path "/", got ${JSON.stringify(path)}: leave the option path out`;
  if (!what || isSecure !== false) return undefined;
  return `${what} needs Secure, but this cookie is sent without it: set the option secure to true and serve the app over https`;
}

/** The messages of the warnings that this process has shown. */
const warned = new Set<string>();

/** Shows a warning once in this process. Throws it instead if the set-up is strict. */
export function warnOnce(warning: Error, isStrict = false): void {
  if (isStrict) throw warning;
  if (!warned.has(warning.message)) process.emitWarning(warning);
  warned.add(warning.message);
}

/** The session does not fit into its cookie, so browsers would drop it. */
export class CookieTooLargeError extends Error {
  readonly code = 'ERR_SESSION_COOKIE_TOO_LARGE';
  override readonly name = 'CookieTooLargeError';

  /**
   * @param bytes of name and value together
   * @param data of the session: the message names the three largest keys with their sizes, and never a value
   */
  constructor(cookie: string, bytes: number, data: object) {
    super(
      `session: the cookie '${cookie}' was not sent: its name and value have ${bytes} bytes, and browsers silently ` +
        `drop a cookie of more than ${LARGEST_COOKIE}.${describeLargest(data)} Keep less in the session, or keep it ` +
        'on the server: set the option store.',
    );
  }
}

/**
 * The error of a cookie that browsers would drop; undefined if they keep it.
 * @param data of the session: the error names the largest keys
 */
export function oversizeOf(cookie: string, value: string, data: object): CookieTooLargeError | undefined {
  const bytes = Buffer.byteLength(cookie) + Buffer.byteLength(value);
  return bytes > LARGEST_COOKIE ? new CookieTooLargeError(cookie, bytes, data) : undefined;
}

function describeLargest(data: object): string {
  const sizes = Object.entries(data).map(([key, value]) => {
    const bytes = Buffer.byteLength(JSON.stringify({ [key]: value })) - '{}'.length;
    return [bytes, JSON.stringify(key.replace(/(?<=^.{40}).+/s, '…'))] as const;
  });
  // JSON leaves out some values, such as functions: these have no size.
  const largest = sizes.filter(([bytes]) => bytes > 0).toSorted(([a], [b]) => b - a);
  const described = largest.slice(0, 3).map(([bytes, key]) => `${key} (${bytes} bytes)`);
  return described.length === 0 ? '' : ` Largest in its JSON: ${described.join(', ')}.`;
}
