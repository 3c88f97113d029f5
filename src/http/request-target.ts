import createError from 'http-errors';
import type { Context, Middleware } from 'koa';

/**
 * Refuses a request whose target has no path, such as `GET http://[::1` or `GET *`. The absolute form (`GET http://host/x`)
 * becomes `/x` in `ctx.url`, which not every middleware parses as Koa does; `ctx.originalUrl` is unchanged.
 *
 * @throws 400
 * @see RFC 9112, 3.2
 */
export function requestTarget(): Middleware {
  return async function requestTargetMiddleware(ctx, next) {
    const path = pathOf(ctx);
    const isServerWide = path === '*' && ctx.method === 'OPTIONS';
    if (!path?.startsWith('/') && !isServerWide) {
      throw createError(400, 'The address of this request could not be read.');
    }
    if (!isServerWide && !ctx.url.startsWith('/')) ctx.url = `${path}${ctx.search}`;
    await next();
  };
}

/** `ctx.path`, or undefined if the target is not a URL: Koa throws then, or has null. */
export function pathOf(ctx: Context): string | undefined {
  try {
    return ctx.path ?? undefined;
  } catch {
    return undefined;
  }
}
