import helmet from 'koa-helmet';
import type { Middleware } from 'koa';

const DAY = 86_400;

/**
 * Security headers through helmet. The content security policy lets a page load scripts, styles, images and data from
 * its own origin and nothing else: no inline script or style runs anywhere, so that injected markup stays markup.
 *
 * HSTS goes out in production over HTTPS only. Sent from a developer's machine it would lock https onto localhost, for
 * every project and for a year. `upgrade-insecure-requests`, which helmet sets by default, is left out: pages only refer
 * to their own origin, and over plain HTTP it would break every one of those references.
 *
 * Run it above the error pages, so that they carry the headers too.
 *
 * @see https://www.w3.org/TR/CSP3/ and OWASP ASVS 5.0, V3.4 (browser security mechanism headers)
 */
export function securityHeaders({ production }: { production: boolean }): Middleware {
  const plain = helmetWith(false);
  const overHttps = helmetWith({ maxAge: 365 * DAY, includeSubDomains: false });

  return async function securityHeadersMiddleware(ctx, next) {
    ctx.set(
      'Permissions-Policy',
      'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()',
    );
    await (production && ctx.secure ? overHttps : plain)(ctx, next);
  };
}

function helmetWith(
  strictTransportSecurity: false | { maxAge: number; includeSubDomains: boolean },
): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    // Keeps paths and queries from other sites, but leaves the Referer that our own pages may look at.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity,
    xFrameOptions: { action: 'deny' },
  });
}
