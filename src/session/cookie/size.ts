/** The most bytes of name and value together that browsers keep of a cookie (RFC 6265bis, 5.6). */
export const LARGEST_COOKIE = 4096;

/** The session does not fit into its cookie, so browsers would drop it. */
export class CookieTooLargeError extends Error {
  readonly code = 'ERR_SESSION_COOKIE_TOO_LARGE';
  override readonly name = 'CookieTooLargeError';

  /**
   * @param bytes of name and value together
   * @param data of the session; the message names the three largest keys with their sizes, and never shows a value
   */
  constructor(cookie: string, bytes: number, data: object) {
    super(
      `session: the cookie '${cookie}' has ${bytes} bytes of name and value, and browsers drop a cookie of more than ` +
        `${LARGEST_COOKIE} without a word, so it was not sent.${describeLargest(data)} Keep less in the session, or ` +
        'keep it on the server: give the session a store.',
    );
  }
}

/**
 * The error of a cookie that browsers would not keep; undefined when they keep it.
 * @param data of the session, for the error to say what is large
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
  // A value that JSON leaves out has none.
  const largest = sizes.filter(([bytes]) => bytes > 0).toSorted(([a], [b]) => b - a);
  const described = largest.slice(0, 3).map(([bytes, key]) => `${key} (${bytes} bytes)`);
  return described.length === 0 ? '' : ` Largest in its JSON: ${described.join(', ')}.`;
}
