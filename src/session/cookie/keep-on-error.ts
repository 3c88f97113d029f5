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
  const { onerror, [slot]: keeping } = ctx;
  if (!keeping) {
    ctx[slot] = { keys: [key], onerror };
    // One function for all requests: with a function for each, V8 kept every request until the next full garbage
    // collection, which cost each request 8 µs.
    ctx.onerror = onerrorKeepingSessions;
  } else if (onerror !== onerrorKeepingSessions) {
    // The app has replaced ours.
    ctx.onerror = (error: Error): void => answer(ctx, { keys: [key], onerror }, error);
  } else if (!keeping.keys.includes(key)) keeping.keys.push(key);
}

function onerrorKeepingSessions(this: KeepingContext, error: Error): void {
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
    res.end = end;
    if (!res.headersSent) {
      const others = linesOf(res).filter((line) => !cookies.includes(line));
      if (cookies.length > 0) res.setHeader('Set-Cookie', [...cookies, ...others]);
      if (caching !== undefined && !res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', caching);
      ctx.vary('Cookie');
    }
    return end.apply(res, args);
  } as typeof end;
  onerror.call(ctx, error);
  res.end = end;
}
