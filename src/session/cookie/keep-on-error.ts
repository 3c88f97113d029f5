import type { Context } from 'koa';
import { belongsTo, linesOf } from './cookie-line.ts';

/**
 * Koa's error handler clears all headers and ends the response with those of the error: a session that is stored
 * already would be lost to the browser. Here its cookie and cache headers come back between the two.
 *
 * They never go through the error object, which may be logged, frozen, or shared by the requests of several people.
 *
 * @param key name of the session's cookie
 */
export function keepOnError(ctx: Context, key: string): void {
  // oxlint-disable-next-line typescript/unbound-method -- called on ctx below
  const { onerror, res } = ctx;
  ctx.onerror = function onerrorKeepingTheSession(error: Error): void {
    const kept = {
      cookies: linesOf(res.getHeader('Set-Cookie')).filter((line) => belongsTo(line, key)),
      cacheControl: res.getHeader('Cache-Control'),
    };
    // oxlint-disable-next-line typescript/unbound-method -- called on res below
    const { end } = res;
    res.end = function endWithTheSession(...args: Parameters<typeof end>) {
      res.end = end;
      if (!res.headersSent) restore(ctx, kept);
      return end.apply(res, args);
    } as typeof end;
    onerror.call(ctx, error);
    res.end = end;
  };
}

interface Kept {
  cookies: string[];
  cacheControl: number | string | string[] | undefined;
}

function restore(ctx: Context, { cookies, cacheControl }: Kept): void {
  const others = linesOf(ctx.res.getHeader('Set-Cookie')).filter((line) => !cookies.includes(line));
  if (cookies.length > 0) ctx.res.setHeader('Set-Cookie', [...cookies, ...others]);
  ctx.vary('Cookie');
  if (cacheControl !== undefined && !ctx.res.hasHeader('Cache-Control')) {
    ctx.res.setHeader('Cache-Control', cacheControl);
  }
}
