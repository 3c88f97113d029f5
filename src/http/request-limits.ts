import createError from 'http-errors';
import type { Middleware } from 'koa';

/** For n parameters Koa's `ctx.query` takes n² steps (Koa 3.3). */
const MAX_PARAMETERS = 256;

/** In characters. Browsers send fewer than 200; negotiator takes n² steps for n characters after an unterminated quote. */
const MAX_ACCEPT_LENGTH = 1024;

/**
 * Rejects input for which the parsers below take quadratic time. Run it right below the error pages, before anything reads `ctx.query`
 * or `ctx.accepts`. An `Accept` that is too long is ignored, as RFC 9110 section 12.5.1 allows.
 *
 * @throws 400 for more than 256 query parameters
 */
export function requestLimits(): Middleware {
  return async function requestLimitsMiddleware(ctx, next) {
    if (ctx.get('Accept').length > MAX_ACCEPT_LENGTH) delete ctx.req.headers.accept;
    const count = ctx.querystring.split('&').length;
    if (count > MAX_PARAMETERS) {
      throw createError(
        400,
        `The address has ${count} query parameters; this server takes ${MAX_PARAMETERS} at most.`,
      );
    }
    await next();
  };
}
