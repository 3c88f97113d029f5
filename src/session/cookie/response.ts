import type { ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { belongsTo, linesOf } from './cookie-lines.ts';

/** On an `upgrade` the response is missing, and in a test it may be a fake. A response of HTTP/2 has a stream. */
type Responding = { res?: Partial<ServerResponse> & { stream?: { destroyed: boolean } } };

/** Whether a cookie can still be sent. */
export const canSend = ({ res }: Responding): boolean => res?.headersSent === false && !isAbandoned({ res });

/** Whether the client has closed the connection before it got the headers. */
export const isAbandoned = ({ res }: Responding): boolean =>
  res?.headersSent === false && (res.destroyed === true || res.stream?.destroyed === true);

const CLIENT_GONE = 'when the client had closed the connection, so its cookie was not sent.';
const HEADERS_SENT =
  'after the response headers were sent, so its cookie cannot reach the browser. ' +
  'Call `await ctx.session.save()` before the first byte of the response.';

/** A line of a stack that is in the session layer, not in the handler that uses it. */
const OWN_LINE = /[\\/]session[\\/]core[\\/](?:request-session|middleware)\.[cm]?[jt]s/;

/** The session was changed when its cookie could no longer be sent: the headers were sent, or the client had gone. */
export class LateWriteError extends Error {
  readonly code = 'ERR_SESSION_LATE_WRITE';
  override readonly name = 'LateWriteError';
  /** 499 if the client has gone: that is no fault of the app, so Koa does not log it. */
  readonly status: number | undefined;
  readonly expose: boolean;

  /** @param use an error made at the place where the session was used too late, if that is known */
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

/** Tells caches that the response depends on the cookie (RFC 9110, 12.5.5). `ctx.vary` alone would take 0.5 µs more. */
export function varyByCookie(ctx: Context): void {
  const known = ctx.res.getHeader('Vary');
  if (known === undefined) ctx.res.setHeader('Vary', 'Cookie');
  else if (known !== 'Cookie') ctx.vary('Cookie');
}

/** Whether a shared cache may store the response and give it to other people (RFC 9111, 3). */
export function isShared(ctx: Context): boolean {
  const caching = String(ctx.res.getHeader('Cache-Control') ?? '');
  if (/private|no-store|no-cache/i.test(caching)) return false;
  return /\bpublic\b|\b(?:s-maxage|max-age)="?0*[1-9]/i.test(caching);
}

const slot = Symbol('the sessions whose cookies are kept when Koa answers with an error');

type KeepingContext = Context & { [slot]?: string[] };

/**
 * Keeps the session's cookie when Koa answers with an error: Koa removes all headers then, and the browser would not
 * get the cookie of a session that is stored already. So cookie and cache headers are set again just before the
 * response ends.
 *
 * They are not added to the error's headers: the error may be logged, frozen, or shared by requests of several people.
 *
 * @param key the name of the session's cookie
 */
export function keepOnError(ctx: KeepingContext, key: string): void {
  // oxlint-disable-next-line typescript/unbound-method -- called on a context below
  const { onerror } = ctx;
  const keys = (ctx[slot] ??= []);
  if (!keys.includes(key)) keys.push(key);
  if (onerror === keepSessions) return;
  // One function for all requests: with a closure for each, V8 keeps every request until the next full garbage
  // collection, which costs 8 µs a request. Only a context with its own `onerror` gets a closure.
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
