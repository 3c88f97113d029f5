import type { Middleware } from 'koa';

/**
 * Keeps the pages below out of every cache, so that nobody can leaf back to them after logout. Holds for redirects and
 * errors too, and against headers that are set below.
 *
 * Chromium still keeps such a page for Back and Forward until its cookies change, so the layout gives it
 * `public/private-page.js`, which loads it again when it is brought back.
 *
 * @see RFC 9111 §5.2.2.5, OWASP ASVS 5.0, V14.3.2
 */
export function privatePage(): Middleware {
  return async function privatePageMiddleware(ctx, next) {
    try {
      await next();
    } finally {
      ctx.set('Cache-Control', 'no-store');
    }
  };
}
