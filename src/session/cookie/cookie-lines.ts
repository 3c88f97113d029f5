import type { ServerResponse } from 'node:http';
import Cookies from 'cookies';
import type { Context } from 'koa';
import type { CookieOptions } from './options.ts';

/** On an `upgrade`, or in a test, it may be missing, or stand in for one. That of HTTP/2 has a stream. */
type AnyResponse = Partial<ServerResponse> & { stream?: { destroyed: boolean } };

/** Whether a cookie can still be sent. */
export function canSend(ctx: Context): boolean {
  return areHeadersUnsent(ctx.res) && !isAbandoned(ctx);
}

/** The client went before it got the headers. */
export function isAbandoned({ res }: Context): boolean {
  return areHeadersUnsent(res) && (res.destroyed || (res as AnyResponse).stream?.destroyed === true);
}

function areHeadersUnsent(res: AnyResponse | undefined): boolean {
  return res?.headersSent === false;
}

const EPOCH = new Date(0).toUTCString();

/**
 * Returns a function that writes `Set-Cookie` lines as the cookie library does. The library is called once, for the
 * text around the date: a call for each cookie takes 1.5 µs.
 */
export function lineWriter(options: CookieOptions) {
  const cookie = new Cookies.Cookie(options.key, 'x', { ...setOptions(options, 0), secure: true });
  const attributes = cookie.toHeader().slice(cookie.toString().length);
  const [before, secure = ''] = attributes.split(`; expires=${EPOCH}`);
  const insecure = secure.replace('; secure', '');
  /**
   * @param name that of the cookie, or of its signature
   * @param endsAt when the browser drops it, ms since 1970; undefined: when it closes
   * @throws {TypeError} when the value is not allowed in a cookie
   */
  return (isSecure: boolean, name: string, value: string, endsAt: number | undefined): string => {
    // Base64 and ids need no check by the library.
    if (!/^[\w.+/=-]*$/.test(value)) void new Cookies.Cookie(name, value);
    const expires = endsAt === undefined ? '' : `; expires=${dateOf(endsAt)}`;
    return `${name}=${value}${before}${expires}${isSecure ? secure : insecure}`;
  };
}

/** The attributes as the cookie library takes them, without `Secure`. */
export function setOptions(options: CookieOptions, endsAt: number | undefined): Cookies.SetOption {
  const { httpOnly, sameSite, domain, path = '/', partitioned, priority } = options;
  const expires = endsAt === undefined ? undefined : new Date(endsAt);
  return { httpOnly, sameSite, domain, path, partitioned, priority, expires };
}

let lastSecond = 0;
let lastDate = EPOCH;

/** Sessions saved in the same second mostly end in the same one, and to write a date costs as much as a hash. */
function dateOf(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) lastDate = new Date(ms).toUTCString();
  lastSecond = second;
  return lastDate;
}

/** A copy of the `Set-Cookie` lines of a response: the cookie library changes the array of the header itself. */
export function linesOf(res: ServerResponse): string[] {
  const header = res.getHeader('Set-Cookie') ?? [];
  return Array.isArray(header) ? [...header] : [String(header)];
}

/** Whether a `Set-Cookie` line is that of the session's cookie or of its signature. */
export function belongsTo(line: string, key: string): boolean {
  return line.startsWith(`${key}=`) || line.startsWith(`${key}.sig=`);
}
