import type { Context } from 'koa';

// Koa's own ways to set a header do more than is needed here: Node's take half the time.

/** Caches keep the response for this cookie alone (RFC 9110, 12.5.5). */
export function varyByCookie(ctx: Context): void {
  const known = ctx.res.getHeader('Vary');
  if (known === undefined) ctx.res.setHeader('Vary', 'Cookie');
  else if (known !== 'Cookie') ctx.vary('Cookie');
}

/**
 * A response that sets a session cookie belongs to one person (RFC 9111, 7.3; OWASP Session Management, web content
 * caching). An app's own Cache-Control stays.
 */
export function keepFromSharedCaches(ctx: Context): void {
  varyByCookie(ctx);
  if (!ctx.res.getHeader('Cache-Control')) ctx.res.setHeader('Cache-Control', 'private, no-cache');
}
