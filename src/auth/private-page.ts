import type { Context, Middleware } from 'koa';

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

/**
 * Has the browser drop what it keeps of this site at logout: cached pages, those for Back and Forward included, and
 * what scripts have stored (ASVS 5.0, 14.3.1). `"cookies"` is not asked for: it would take the cookies of the
 * other hosts of this domain along, and the session's own is removed by name.
 *
 * Browsers heed it from trustworthy origins only, which are https and localhost; elsewhere it is not sent.
 *
 * @see https://www.w3.org/TR/clear-site-data/
 */
export function clearSiteData(ctx: Context): void {
  if (ctx.secure || ctx.hostname === 'localhost') ctx.set('Clear-Site-Data', '"cache", "storage"');
}
