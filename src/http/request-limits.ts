import createError from 'http-errors';
import type { Middleware } from 'koa';

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
      if (length <= MAX_HOST_LENGTH) continue;
      throw createError(
        400,
        `The header ${name} has ${length} characters; this server takes ${MAX_HOST_LENGTH} at most.`,
      );
    }
    // Not `ctx.querystring`, which throws for a target that is not a URL.
    const start = url.indexOf('?');
    const count = start < 0 ? 0 : url.slice(start).split('&').length;
    if (count > MAX_PARAMETERS) {
      throw createError(
        400,
        `The address has ${count} query parameters; this server takes ${MAX_PARAMETERS} at most.`,
      );
    }
    await next();
  };
}
