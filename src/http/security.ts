import createError from 'http-errors';
import type { Context, Middleware } from 'koa';
import helmet from 'koa-helmet';

const YEAR = 365 * 24 * 60 * 60;
const SELF = ["'self'"];
const NONE = ["'none'"];

/**
 * Sets security headers with helmet. The content security policy lets a page load scripts, styles, images and data from
 * its own origin and nothing else: no inline script or style runs anywhere, so that injected markup stays markup.
 *
 * HSTS is sent only in production and over HTTPS. From a developer's machine it would force https on localhost, for every
 * project and for a year. `upgrade-insecure-requests`, which helmet sets by default, is left out: pages only refer to
 * their own origin, and over plain HTTP it would break every one of those references.
 *
 * Run it above the error pages, so that they carry the headers too.
 *
 * @see https://www.w3.org/TR/CSP3/ and OWASP ASVS 5.0, V3.4 (browser security mechanism headers)
 */
export function securityHeaders({ production }: { production: boolean }): Middleware {
  const setHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: NONE,
        scriptSrc: SELF,
        styleSrc: SELF,
        imgSrc: SELF,
        fontSrc: SELF,
        connectSrc: SELF,
        manifestSrc: SELF,
        formAction: SELF,
        frameAncestors: NONE,
        baseUri: NONE,
      },
    },
    // Hides paths and queries from other sites; our own pages still get the Referer.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
  const permissions = 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()';

  return async function securityHeadersMiddleware(ctx, next) {
    ctx.set('Permissions-Policy', permissions);
    if (production && ctx.secure) ctx.set('Strict-Transport-Security', `max-age=${YEAR}`);
    await setHeaders(ctx, next);
  };
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Refuses requests that another site makes a browser send, with its cookies, to change something here (cross-site
 * request forgery). It needs no token in forms, since browsers say themselves where a request comes from:
 *
 * 1. `Sec-Fetch-Site`, which a page cannot forge, must be `same-origin`, or `none` (the visitor's own action, such as a
 *    reload). `same-site` is refused: a sibling subdomain is not us.
 * 2. Without it (old browsers, and all browsers over plain HTTP except to localhost) `Origin` must be our own origin.
 *    `Origin: null` comes from sandboxed frames and the like and is refused.
 * 3. Without both the client is not a browser, so no other site can make it send cookies: curl passes.
 *
 * Safe methods (RFC 9110 §9.2.1) always pass, so a GET must not change anything.
 *
 * @throws 403 that says what was wrong
 * @see https://www.w3.org/TR/fetch-metadata/
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function csrf(): Middleware {
  return async function csrfMiddleware(ctx, next) {
    const problem = SAFE_METHODS.has(ctx.method) ? undefined : foreignOrigin(ctx);
    if (problem === undefined) return next();
    const advice = 'Open the page on this site and send it from there.';
    throw createError(403, `This request was refused, and nothing was changed: ${problem}. ${advice}`);
  };
}

/** What shows that a request comes from another site; undefined if nothing does. */
function foreignOrigin(ctx: Context): string | undefined {
  const { origin, 'sec-fetch-site': site } = ctx.headers;
  if (site === 'same-origin' || site === 'none') return undefined;
  if (site !== undefined) {
    return `the browser says that it comes from another site (Sec-Fetch-Site: ${site.slice(0, 100)})`;
  }
  const own = ownOrigin(ctx);
  if (origin === undefined || origin === own) return undefined;
  return (
    `it comes from ${origin.slice(0, 100)}, and this site is ${own ?? 'unknown, since its Host header is not valid'}. ` +
    'If both are yours, the proxy must pass on X-Forwarded-Proto and X-Forwarded-Host, and TRUST_PROXY must be true'
  );
}

// Not ctx.origin: in Koa 3 that is the Origin header itself, and comparing it with itself would let everyone in.
function ownOrigin(ctx: Context): string | undefined {
  const origin = `${ctx.protocol}://${ctx.host}`;
  // The parser normalizes case and default port as browsers do in Origin.
  return URL.canParse(origin) ? new URL(origin).origin : undefined;
}
