import type { ServerResponse } from 'node:http';
import Cookies from 'cookies';
import type { Context } from 'koa';
import type { Signer } from './keys.ts';
import type { CookieOptions } from './options.ts';

/** On an `upgrade`, or in a test, the response may be missing, or stand in for one. That of HTTP/2 has a stream. */
type Responding = { res?: Partial<ServerResponse> & { stream?: { destroyed: boolean } } };

/** Whether a cookie can still be sent. */
export const canSend = ({ res }: Responding): boolean => res?.headersSent === false && !isAbandoned({ res });

/** The client went before it got the headers. */
export const isAbandoned = ({ res }: Responding): boolean =>
  res?.headersSent === false && (res.destroyed === true || res.stream?.destroyed === true);

/** The error of a cookie that can no longer be sent; undefined when it can. */
export const lateWriteOf = (ctx: Context, key: string, use?: Error): LateWriteError | undefined =>
  canSend(ctx) ? undefined : new LateWriteError(key, use, isAbandoned(ctx));

const CLIENT_GONE = 'when the client had closed the connection, so its cookie was not sent.';
const HEADERS_SENT =
  'after the response headers were sent, so its cookie cannot reach the browser. ' +
  'Call `await ctx.session.save()` before the first byte of the response.';

/** In a stack: the session itself, not the handler that uses it. */
const OWN_LINE = /[\\/]session[\\/]core[\\/](?:request-session|middleware)\.[cm]?[jt]s/;

/** The session was changed when its cookie could no longer be sent: after the headers, or when the client had gone. */
export class LateWriteError extends Error {
  readonly code = 'ERR_SESSION_LATE_WRITE';
  override readonly name = 'LateWriteError';
  /** Nobody is there to be answered, and nothing is wrong with the app: Koa does not log it. */
  readonly status: number | undefined;
  readonly expose: boolean;

  /**
   * @param use an error made where the session was used too late, when that is known
   * @param isAbandoned the client has closed the connection
   */
  constructor(key: string, use?: Error, isAbandoned = false) {
    const place = use?.stack?.split('\n').find((line, at) => at > 0 && !OWN_LINE.test(line));
    const where = place ? ` It was used too late ${place.trim()}` : '';
    const when = isAbandoned ? CLIENT_GONE : HEADERS_SENT;
    super(`session: '${key}' was changed ${when}${where}`, use && { cause: use });
    this.status = isAbandoned ? 499 : undefined;
    this.expose = isAbandoned;
  }
}

/** Base64 and most ids: they need no check by the library. */
const SAFE = /^[\w.+/=-]*$/;

/**
 * Returns a function that writes the `Set-Cookie` lines of a cookie and its signature as the cookie library does. The
 * library is called once, for the text around the dates: a call for each cookie takes 1.5 µs.
 * @param isSafe its values are base64: to look at each character takes 0.4 µs
 */
export function lineWriter(options: CookieOptions, isSafe: boolean) {
  const { key, now } = options;
  const cookie = new Cookies.Cookie(key, 'x', {
    ...attributesOf(options),
    expires: new Date(0),
    secure: true,
  });
  const attributes = cookie.toHeader().slice(cookie.toString().length);
  const [before, secure = ''] = attributes.split(`; expires=${new Date(0).toUTCString()}`);
  const insecure = secure.replace('; secure', '');
  /**
   * @param endsAt when the browser drops the cookie, ms since 1970; undefined: when it closes
   * @param signer undefined for a cookie that is not signed
   * @throws {TypeError} when the value is not allowed in a cookie
   */
  return (value: string, endsAt: number | undefined, isSecure: boolean, signer?: Signer): string[] => {
    const pair = `${key}=${value}`;
    const signature = signer ? signer.sign(pair) : '';
    if (!SAFE.test(isSafe ? signature : value + signature)) void new Cookies.Cookie(key, value + signature);
    const rest = `${before}${datesOf(value === '' ? 0 : endsAt, now())}${isSecure ? secure : insecure}`;
    return signer ? [pair + rest, `${key}.sig=${signature}${rest}`] : [pair + rest];
  };
}

/** The attributes that do not change, as the cookie library takes them. */
export function attributesOf(options: CookieOptions): Cookies.SetOption {
  const { httpOnly, sameSite, domain, path = '/', partitioned, priority } = options;
  return { httpOnly, sameSite, domain, path, partitioned, priority };
}

let last = { second: NaN, date: '' };

/**
 * Expires, and Max-Age for clients whose clock is wrong. Sessions saved in the same second mostly end in the same one, and
 * to write a date costs as much as a hash. Max-Age may not be 0 (RFC 6265, 4.1.1); then Expires is over on any clock.
 */
function datesOf(endsAt: number | undefined, now: number): string {
  if (endsAt === undefined) return '';
  const second = Math.floor(endsAt / 1000);
  if (second !== last.second) last = { second, date: new Date(endsAt).toUTCString() };
  const maxAge = second - Math.floor(now / 1000);
  return `; expires=${last.date}${maxAge > 0 ? `; max-age=${maxAge}` : ''}`;
}

/**
 * The values of the cookies of that name, at most four, as the cookie library finds the first. A browser sends one for each
 * `domain` and `path` that the app has used, and any that a neighbour of its host has planted.
 */
export function valuesIn(header: string, name: string): string[] {
  const values: string[] = [];
  const pair = `${name}=`;
  for (let at = header.indexOf(pair); at >= 0 && values.length < 4; at = header.indexOf(pair, at + 1)) {
    let start = at;
    while (header[start - 1] === ' ') start -= 1;
    if (start > 0 && header[start - 1] !== ';') continue;
    const end = header.indexOf(';', at);
    const value = header.slice(at + pair.length, end < 0 ? undefined : end);
    values.push(value.startsWith('"') ? value.slice(1, -1) : value);
  }
  return values;
}

/** A copy of the `Set-Cookie` lines of a response: the cookie library changes the array of the header itself. */
export function linesOf(res: ServerResponse): string[] {
  return ([] as string[]).concat((res.getHeader('Set-Cookie') as string | string[] | undefined) ?? []);
}

/** Whether a `Set-Cookie` line is that of the session's cookie or of its signature. */
export const belongsTo = (line: string, key: string): boolean =>
  line.startsWith(`${key}=`) || line.startsWith(`${key}.sig=`);
