import { format } from 'node:util';
import Cookies from 'cookies';
import type { Context } from 'koa';
import type { ResolvedOptions } from '../options.ts';

/** The session's cookie on one request and its response, with its attributes, signature and cache headers. */
export class SessionCookie {
  readonly #ctx: Context;
  readonly #options: ResolvedOptions;
  readonly #cookies: Cookies;
  #written = false;

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
    return this.#cookies.get(this.#options.key, { signed: this.#options.signed }) || undefined;
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
    if (!this.#written) keepOnError(this.#ctx, [`${key}=`, `${key}.sig=`]);
    this.#written = true;
  }

  /** Tells the browser to drop the cookie. */
  expire(): void {
    // An app that hands its ids out otherwise may have no keys, and then no cookie of ours is about.
    if (this.#options.externalKey && !hasKeys(this.#ctx, this.#options)) return;
    this.write('', new Date(0));
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

/**
 * Koa's error handler clears all headers but those of the error, and would drop a cookie whose session is already
 * stored. The headers are lent to the error only while that handler runs: an error object can be shared by many
 * requests, and one person's cookie must not travel with it to another.
 */
function keepOnError(ctx: Context, prefixes: readonly string[]): void {
  // oxlint-disable-next-line typescript/unbound-method -- called on ctx below
  const { onerror } = ctx;
  ctx.onerror = function onerrorKeepingTheSession(thrown: unknown): void {
    if (thrown == null || ctx.headerSent) return onerror.call(ctx, thrown as Error);
    const error: Error & { headers?: Headers | undefined } =
      thrown instanceof Error ? thrown : new Error(format('non-error thrown: %j', thrown));
    const own = error.headers;
    error.headers = withSession(own, ctx, prefixes);
    try {
      onerror.call(ctx, error);
    } finally {
      if (own) error.headers = own;
      else delete error.headers;
    }
  };
}

type Headers = Record<string, string | string[]>;

/** The session's cookies and cache headers of this response, and over them those that the error asks for. */
function withSession(own: Headers | undefined, ctx: Context, prefixes: readonly string[]): Headers {
  const lines = [ctx.res.getHeader('Set-Cookie') ?? []].flat().map(String);
  const cookies = lines.filter((line) => prefixes.some((prefix) => line.startsWith(prefix)));
  const headers: Headers = { 'set-cookie': cookies };
  for (const name of ['vary', 'cache-control']) {
    const value = ctx.res.getHeader(name);
    if (value !== undefined) headers[name] = String(value);
  }
  for (const [name, value] of Object.entries(own ?? {})) {
    const key = name.toLowerCase();
    headers[key] = key === 'set-cookie' ? [...cookies, ...[value].flat()] : value;
  }
  return headers;
}
