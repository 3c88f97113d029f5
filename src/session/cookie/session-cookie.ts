import { ServerResponse } from 'node:http';
import Cookies from 'cookies';
import type { Context } from 'koa';
import type { ResolvedOptions } from '../resolve-options.ts';
import { keepOnError } from './keep-on-error.ts';

/** The session's cookie on one request and its response, with its attributes, signature and cache headers. */
export class SessionCookie {
  readonly #ctx: Context;
  readonly #options: ResolvedOptions;
  readonly #cookies: Cookies;

  /** `options` are read at each use, since a handler may change those of its request. */
  constructor(ctx: Context, options: ResolvedOptions) {
    this.#ctx = ctx;
    this.#options = options;
    this.#cookies = options.keys
      ? new Cookies(ctx.req, ctx.res, { keys: [...options.keys], secure: ctx.secure })
      : ctx.cookies;
  }

  /** The cookie's value, undefined when there is none or its signature is not ours. */
  read(): string | undefined {
    requireKeys(this.#ctx, this.#options);
    const { key, signed } = this.#options;
    // Reading may also send: a signature by the newest key, or the removal of a wrong one.
    const cookies = this.#ctx.headerSent ? this.#readOnly() : this.#cookies;
    return cookies.get(key, { signed }) || undefined;
  }

  /**
   * Sends the cookie.
   * @param expires when the browser drops it; undefined: when it closes
   * @throws {Error} as {@link requireSendable} does
   */
  write(value: string, expires: Date | undefined): void {
    const { key, overwrite, httpOnly, signed, secure, sameSite, domain, path, partitioned, priority } =
      this.#options;
    this.requireSendable();
    this.#cookies.set(key, value, {
      overwrite,
      httpOnly,
      signed,
      secure,
      sameSite,
      domain,
      partitioned,
      priority,
      expires,
      // Given as undefined, the cookie library would send no path at all.
      ...(path !== undefined && { path }),
    });
    this.#keepFromSharedCaches();
    keepOnError(this.#ctx, key);
  }

  /** Tells the browser to drop the cookie. */
  expire(): void {
    // An app that hands its ids out otherwise may have no keys, and then no cookie of ours is about.
    if (this.#options.externalKey && !hasKeys(this.#ctx, this.#options)) return;
    this.write('', new Date(0));
  }

  #readOnly(): Cookies {
    const keys = this.#options.keys ? [...this.#options.keys] : this.#ctx.app.keys;
    return new Cookies(this.#ctx.req, new ServerResponse(this.#ctx.req), { keys });
  }

  /** @throws {Error} saying what to set or to do, when this response cannot carry the cookie */
  requireSendable(): void {
    requireKeys(this.#ctx, this.#options);
    const { key, secure } = this.#options;
    if (secure && !this.#cookies.secure) throw new Error(insecure(key));
    if (this.#ctx.headerSent) throw new Error(tooLate(key));
  }

  /**
   * A response that sets a session cookie belongs to one person (RFC 9111, 7.3; OWASP Session Management, web content
   * caching). An app's own Cache-Control stays.
   */
  #keepFromSharedCaches(): void {
    this.#ctx.vary('Cookie');
    if (!this.#ctx.response.get('Cache-Control')) this.#ctx.set('Cache-Control', 'private, no-cache');
  }
}

/** @throws {Error} saying which keys to set, when the cookie is signed and there are none */
export function requireKeys(ctx: Context, options: ResolvedOptions): void {
  if (hasKeys(ctx, options)) return;
  throw new Error(
    `session: the cookie '${options.key}' is signed, but there are no keys. Set app.keys = ['…'] (or the option keys) to at ` +
      'least 32 random characters, made for example by: ' +
      `node -p "crypto.randomBytes(32).toString('base64url')"`,
  );
}

/** Whether the cookie can be sent: signed with the keys that there are, or not signed at all. */
function hasKeys({ app }: Context, { signed, keys }: ResolvedOptions): boolean {
  const present: unknown = keys ?? app.keys;
  return !signed || (Array.isArray(present) ? present.length > 0 : Boolean(present));
}

function insecure(key: string): string {
  return (
    `session: the cookie '${key}' is Secure, but this request came over http as far as Koa can tell. Behind a proxy ` +
    'that ends TLS set app.proxy = true and let the proxy send X-Forwarded-Proto: https; without TLS set the option ' +
    'secure to false.'
  );
}

function tooLate(key: string): string {
  return (
    `session: '${key}' was changed after the response headers were sent, so its cookie cannot reach the browser. ` +
    'Call `await ctx.session.save()` before the first byte of the response.'
  );
}
