import createError from 'http-errors';
import type { Middleware } from 'koa';

/** For n parameters Koa's `ctx.query` takes n² steps (Koa 3.3). */
const MOST_PARAMETERS = 256;

/** In characters. Browsers send fewer than 200, and with a quote that never ends n characters take n² steps (negotiator). */
const LONGEST_ACCEPT = 1024;

/**
 * Keeps what costs more than its size from the parsers below. Run it right below the error pages, before anything reads `ctx.query`
 * or `ctx.accepts`. An `Accept` that is too long counts as none, as RFC 9110 section 12.5.1 allows.
 *
 * @throws 400 for more than 256 query parameters
 */
export function requestLimits(): Middleware {
  return async function requestLimitsMiddleware(ctx, next) {
    if (ctx.get('Accept').length > LONGEST_ACCEPT) delete ctx.req.headers.accept;
    const count = ctx.querystring.split('&').length;
    if (count > MOST_PARAMETERS) {
      throw createError(
        400,
        `The address has ${count} query parameters; this server takes ${MOST_PARAMETERS} at most.`,
      );
    }
    await next();
  };
}
