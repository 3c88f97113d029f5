import type { Context } from 'koa';
import { belongsTo, linesOf } from './cookie-lines.ts';

/** Whose cookies a context keeps, and how it has answered before. */
interface Keeping {
  keys: string[];
  onerror: Context['onerror'];
}

const slot = Symbol('what is kept when Koa answers with an error');

type KeepingContext = Context & { [slot]?: Keeping };

/**
 * Koa's error handler clears all headers and ends the response with those of the error: a session that is stored
 * already would be lost to the browser. Here its cookie and cache headers come back between the two.
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
    // One function for all requests: with one of its own, V8 kept each request until the next full collection of garbage,
    // which cost every request 8 µs.
    ctx.onerror = onerrorKeepingSessions;
  } else if (onerror !== onerrorKeepingSessions) {
    // The app has put something over ours.
    ctx.onerror = (error: Error): void => answer(ctx, { keys: [key], onerror }, error);
  } else if (!keeping.keys.includes(key)) {
    keeping.keys.push(key);
  }
}

function onerrorKeepingSessions(this: KeepingContext, error: Error): void {
  const keeping = this[slot];
  if (keeping) answer(this, keeping, error);
}

function answer(ctx: Context, { keys, onerror }: Keeping, error: Error): void {
  // Koa calls it at the end of each response, and where none has failed with nothing.
  if (error == null) {
    onerror.call(ctx, error);
    return;
  }
  const { res } = ctx;
  const kept = {
    cookies: linesOf(res.getHeader('Set-Cookie')).filter((line) => keys.some((key) => belongsTo(line, key))),
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
