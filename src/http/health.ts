import type { EventEmitter } from 'node:events';
import type { Middleware } from 'koa';

/** Emitted on the app, once, when the server starts to shut down. */
export const DRAINING = 'draining';

/**
 * `GET /healthz` answers 200 as long as the process can answer at all (restart it if not); `GET /readyz` answers 200
 * until `app.emit(DRAINING)`, then 503 (send it no more requests). Text, or JSON for `Accept: application/json`.
 *
 * Run it above the session, so that a probe every second neither makes sessions nor waits for their store.
 *
 * @param app whose {@link DRAINING} event ends the readiness
 */
export function health(app: EventEmitter): Middleware {
  let draining = false;
  app.once(DRAINING, () => {
    draining = true;
  });

  return async function healthMiddleware(ctx, next) {
    const reads = ctx.method === 'GET' || ctx.method === 'HEAD';
    if (!reads || (ctx.path !== '/healthz' && ctx.path !== '/readyz')) {
      await next();
      return;
    }
    const unready = ctx.path === '/readyz' && draining;
    const status = unready ? 'draining' : 'ok';
    ctx.status = unready ? 503 : 200;
    ctx.set('Cache-Control', 'no-store');
    ctx.vary('Accept');
    ctx.body = ctx.accepts('text', 'json') === 'json' ? { status } : `${status}\n`;
  };
}
