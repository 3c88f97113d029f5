import type { Context } from 'koa';
import { belongsTo, linesOf } from './cookie-lines.ts';

/** The sessions whose cookies a context keeps, and how it answered errors before. */
type Keeping = { keys: string[]; onerror: Context['onerror'] };

const slot = Symbol('what is kept when Koa answers with an error');

type KeepingContext = Context & { [slot]?: Keeping };

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
  const keeping = (ctx[slot] ??= { keys: [], onerror });
  if (!keeping.keys.includes(key)) keeping.keys.push(key);
  // One function for all requests: with a function for each, V8 kept every request until the next full garbage
  // collection, which cost each request 8 µs.
  if (onerror === keeping.onerror) ctx.onerror = keepSessions;
  // The app has replaced ours.
  else if (onerror !== keepSessions) ctx.onerror = (error) => answer(ctx, { ...keeping, onerror }, error);
}

function keepSessions(this: KeepingContext, error: Error): void {
  answer(this, this[slot] as Keeping, error);
}

function answer(ctx: Context, { keys, onerror }: Keeping, error: Error): void {
  // Koa also calls it without an error, at the end of each response.
  if (error == null) return onerror.call(ctx, error);
  const { res } = ctx;
  const cookies = linesOf(res).filter((line) => keys.some((key) => belongsTo(line, key)));
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
