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

/**
 * Returns a function that writes `Set-Cookie` lines as the cookie library does. The library is called once, for the
 * text around the dates: a call for each cookie takes 1.5 µs.
 */
export function lineWriter(options: CookieOptions) {
  const cookie = new Cookies.Cookie(options.key, 'x', { ...setOptions(options, 0), secure: true });
  const attributes = cookie.toHeader().slice(cookie.toString().length);
  const [before, secure = ''] = attributes.split(`; expires=${new Date(0).toUTCString()}`);
  const insecure = secure.replace('; secure', '');
  /**
   * @param name that of the cookie, or of its signature
   * @param dates as {@link datesOf} writes them
   * @throws {TypeError} when the value is not allowed in a cookie
   */
  return (isSecure: boolean, name: string, value: string, dates: string): string => {
    // Base64 and ids need no check by the library.
    if (!/^[\w.+/=-]*$/.test(value)) void new Cookies.Cookie(name, value);
    return `${name}=${value}${before}${dates}${isSecure ? secure : insecure}`;
  };
}

/** The attributes as the cookie library takes them, without `Secure`. */
export function setOptions(options: CookieOptions, endsAt: number | undefined): Cookies.SetOption {
  const { httpOnly, sameSite, domain, path = '/', partitioned, priority } = options;
  const expires = endsAt === undefined ? undefined : new Date(endsAt);
  return { httpOnly, sameSite, domain, path, partitioned, priority, expires };
}

let last = { second: NaN, date: '' };

/**
 * Expires, and Max-Age for clients whose clock is wrong. Sessions saved in the same second mostly end in the same one, and
 * to write a date costs as much as a hash. Max-Age may not be 0 (RFC 6265, 4.1.1); then Expires is over on any clock.
 *
 * @param endsAt when the browser drops the cookie, ms since 1970; undefined: when it closes
 */
export function datesOf(endsAt: number | undefined, now: number): string {
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
  let at = header.indexOf(`${name}=`);
  for (; at >= 0 && values.length < 4; at = header.indexOf(`${name}=`, at + 1)) {
    let start = at;
    while (header[start - 1] === ' ') start -= 1;
    if (start > 0 && header[start - 1] !== ';') continue;
    const end = header.indexOf(';', at);
    const value = header.slice(at + name.length + 1, end < 0 ? undefined : end);
    values.push(value.startsWith('"') ? value.slice(1, -1) : value);
  }
  return values;
}

/** A copy of the `Set-Cookie` lines of a response: the cookie library changes the array of the header itself. */
export function linesOf(res: ServerResponse): string[] {
  return ([] as string[]).concat((res.getHeader('Set-Cookie') as string | string[] | undefined) ?? []);
}

/** Whether a `Set-Cookie` line is that of the session's cookie or of its signature. */
export function belongsTo(line: string, key: string): boolean {
  return line.startsWith(`${key}=`) || line.startsWith(`${key}.sig=`);
}
