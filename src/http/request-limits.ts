import createError from 'http-errors';
import type { Context, Middleware } from 'koa';

/** For n parameters Koa's `ctx.query` takes n² steps (Koa 3.3). */
const MAX_PARAMETERS = 256;

/** In characters. Browsers send fewer than 200; negotiator takes n² steps for n characters after an unterminated quote. */
const MAX_ACCEPT_LENGTH = 1024;

/**
 * In characters, the longest name that DNS has (RFC 1035 section 2.3.4), without a port. URL parsers take n² steps to
 * normalize n.
 */
const MAX_HOST_LENGTH = 255 + ':65535'.length;

/**
 * Rejects input for which the parsers below take quadratic time. Run it right below the error pages, before anything reads
 * `ctx.query` or `ctx.accepts`. An `Accept` that is too long is ignored, as RFC 9110 section 12.5.1 allows.
 *
 * @throws 400 for more than 256 query parameters, or a host of more than 255 characters
 */
export function requestLimits(): Middleware {
  return async function requestLimitsMiddleware(ctx, next) {
    const { headers, url = '' } = ctx.req;
    if ((headers.accept ?? '').length > MAX_ACCEPT_LENGTH) delete headers.accept;
    for (const name of ['Host', 'X-Forwarded-Host']) {
      const { length } = ctx.get(name);
      if (length > MAX_HOST_LENGTH)
        throw tooMuch(`The header ${name} has ${length} characters`, MAX_HOST_LENGTH);
    }
    // Not `ctx.querystring`, which throws for a target that is not a URL.
    const start = url.indexOf('?');
    const count = start < 0 ? 0 : url.slice(start).split('&').length;
    if (count > MAX_PARAMETERS) throw tooMuch(`The address has ${count} query parameters`, MAX_PARAMETERS);
    await next();
  };
}

function tooMuch(found: string, limit: number): Error {
  return createError(400, `${found}; this server takes ${limit} at most.`);
}

/**
 * Refuses a request whose target has no path, such as `GET http://[::1` or `GET *`. The absolute form (`GET http://host/x`)
 * becomes `/x` in `ctx.url`, since not all middleware parses it as Koa does; `ctx.originalUrl` is unchanged.
 *
 * @throws 400
 * @see RFC 9112, 3.2
 */
export function requestTarget(): Middleware {
  return async function requestTargetMiddleware(ctx, next) {
    const path = pathOf(ctx);
    if (path === '*' && ctx.method === 'OPTIONS') return next();
    if (!path?.startsWith('/')) throw createError(400, 'The address of this request could not be read.');
    if (!ctx.url.startsWith('/')) ctx.url = `${path}${ctx.search}`;
    await next();
  };
}

/** `ctx.path`, or undefined if the target is not a URL: Koa then throws or returns null. */
export function pathOf(ctx: Context): string | undefined {
  try {
    return ctx.path ?? undefined;
  } catch {
    return undefined;
  }
}
