import createError from 'http-errors';
import type { Context, Middleware } from 'koa';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Refuses requests that another site makes a browser send, with its cookies, to change something here (cross-site
 * request forgery). It needs no token in forms, since browsers say themselves where a request comes from:
 *
 * 1. `Sec-Fetch-Site`, which a page cannot forge, must be `same-origin`, or `none` (the person's own doing, such as a
 *    reload). `same-site` is refused: a sibling subdomain is not us.
 * 2. Without it (old browsers, and any browser over plain HTTP but to localhost) `Origin` must be our own origin.
 *    `Origin: null` comes from sandboxed frames and the like and is refused.
 * 3. With neither it is no browser, so there are no cookies that it could be tricked into sending: curl may pass.
 *
 * Safe methods (RFC 9110 §9.2.1) pass always, so a GET must not change anything.
 *
 * @throws 403 that says what was wrong
 * @see https://www.w3.org/TR/fetch-metadata/
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function csrf(): Middleware {
  return async function csrfMiddleware(ctx, next) {
    if (!SAFE_METHODS.has(ctx.method)) refuseForeign(ctx);
    await next();
  };
}

function refuseForeign(ctx: Context): void {
  const site = ctx.headers['sec-fetch-site'];
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return;
    throw refusal(`the browser says that it comes from another site (Sec-Fetch-Site: ${shortened(site)})`);
  }

  const origin = ctx.headers.origin;
  if (origin === undefined) return;
  const own = ownOrigin(ctx);
  if (own !== undefined && origin === own) return;
  throw refusal(
    `it comes from ${shortened(origin)}, and this site is ${own ?? 'unknown, for want of a valid Host'}. ` +
      'If both are yours, the proxy in between must pass X-Forwarded-Proto and X-Forwarded-Host on, and TRUST_PROXY be true',
  );
}

// Not ctx.origin: in Koa 3 that is the Origin header itself, and comparing it with itself would let everyone in.
function ownOrigin(ctx: Context): string | undefined {
  const origin = `${ctx.protocol}://${ctx.host}`;
  // The parser makes the case and the default port what browsers make them in Origin.
  return URL.canParse(origin) ? new URL(origin).origin : undefined;
}

function refusal(reason: string): Error {
  return createError(
    403,
    `This request was refused: ${reason}. Open the page on this site and send it from there.`,
  );
}

function shortened(value: string): string {
  return value.length > 100 ? `${value.slice(0, 100)}…` : value;
}
