import type { ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { belongsTo, linesOf } from './cookie-lines.ts';

/** On an `upgrade`, or in a test, the response may be missing, or stand in for one. That of HTTP/2 has a stream. */
type Responding = { res?: Partial<ServerResponse> & { stream?: { destroyed: boolean } } };

/** Whether a cookie can still be sent. */
export const canSend = ({ res }: Responding): boolean => res?.headersSent === false && !isAbandoned({ res });

/** The client went before it got the headers. */
export const isAbandoned = ({ res }: Responding): boolean =>
  res?.headersSent === false && (res.destroyed === true || res.stream?.destroyed === true);

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

  /** @param use an error made where the session was used too late, when that is known */
  constructor(key: string, response: Responding, use?: Error) {
    const isGone = isAbandoned(response);
    const place = use?.stack?.split('\n').find((line, at) => at > 0 && !OWN_LINE.test(line));
    const where = place ? ` It was used too late ${place.trim()}` : '';
    const when = isGone ? CLIENT_GONE : HEADERS_SENT;
    super(`session: '${key}' was changed ${when}${where}`, use && { cause: use });
    this.status = isGone ? 499 : undefined;
    this.expose = isGone;
  }
}

/** Caches keep the response for this cookie alone (RFC 9110, 12.5.5). Koa alone would take 0.5 µs more. */
export function varyByCookie(ctx: Context): void {
  const known = ctx.res.getHeader('Vary');
  if (known === undefined) ctx.res.setHeader('Vary', 'Cookie');
  else if (known !== 'Cookie') ctx.vary('Cookie');
}

/** Whether a shared cache may keep the response, and give it to others (RFC 9111, 3). */
export function isShared(ctx: Context): boolean {
  const caching = String(ctx.res.getHeader('Cache-Control') ?? '');
  if (/private|no-store|no-cache/i.test(caching)) return false;
  return /\bpublic\b|\b(?:s-maxage|max-age)="?0*[1-9]/i.test(caching);
}

const slot = Symbol('the sessions whose cookies are kept when Koa answers with an error');

type KeepingContext = Context & { [slot]?: string[] };

/**
 * Koa's error handler removes all headers and ends the response with those of the error. The browser would not get the
 * cookie of a session that is stored already, so its cookie and cache headers are set again just before the end.
 *
 * They never go through the error object, which may be logged, frozen, or shared by the requests of several people.
 *
 * @param key name of the session's cookie
 */
export function keepOnError(ctx: KeepingContext, key: string): void {
  // oxlint-disable-next-line typescript/unbound-method -- called on a context below
  const { onerror } = ctx;
  const keys = (ctx[slot] ??= []);
  if (!keys.includes(key)) keys.push(key);
  if (onerror === keepSessions) return;
  // One function for all requests: with a function for each, V8 kept every request until the next full garbage
  // collection, which cost each request 8 µs. Only a request to which the app has given its own answer gets one.
  ctx.onerror = Object.hasOwn(ctx, 'onerror') ? (error) => answer(ctx, { onerror }, error) : keepSessions;
}

function keepSessions(this: KeepingContext, error: Error): void {
  answer(this, this.app.context, error);
}

function answer(ctx: KeepingContext, { onerror }: { onerror: Context['onerror'] }, error: Error): void {
  // Koa also calls it without an error, at the end of each response.
  if (error == null) return onerror.call(ctx, error);
  const { res } = ctx;
  const cookies = linesOf(res).filter((line) => ctx[slot]?.some((key) => belongsTo(line, key)));
  const caching = res.getHeader('Cache-Control');
  // oxlint-disable-next-line typescript/unbound-method -- called on res below
  const { end } = res;
  res.end = function endWithTheSession(...args: Parameters<typeof end>) {
    if (!res.headersSent) {
      if (cookies.length > 0) res.setHeader('Set-Cookie', [...new Set([...cookies, ...linesOf(res)])]);
      if (caching !== undefined && !res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', caching);
      ctx.vary('Cookie');
    }
    return end.apply(res, args);
  } as typeof end;
  onerror.call(ctx, error);
  res.end = end;
}
