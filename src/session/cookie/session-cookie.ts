import Cookies from 'cookies';
import type { Context } from 'koa';
import { varyByCookie } from './caching.ts';
import { belongsTo, canSend, isAbandoned, linesOf, lineWriter, setOptions } from './cookie-lines.ts';
import { keepOnError } from './keep-on-error.ts';
import { hasKeys, type KeyRing, type Purpose, requireKeys, ringOf, sealerOf } from './keys.ts';
import { type CookieOptions, contradictionOf } from './options.ts';
import { oversizeOf } from './size.ts';

/** Called for a cookie that browsers drop. */
export type OnRejected = (ctx: Context, error: Error, id?: string) => void;

/** The warnings that this process has shown: at most one for each name of a session. */
const warned = new Set<string>();

/** The cookie of a session, with its attributes, signature or seal, and cache headers. One serves all requests. */
export class SessionCookie {
  readonly #options: Readonly<CookieOptions>;
  readonly #purpose: Purpose;
  readonly #onRejected: OnRejected;
  readonly #line: ReturnType<typeof lineWriter>;

  constructor(options: Readonly<CookieOptions>, purpose: Purpose, onRejected: OnRejected) {
    this.#options = options;
    this.#purpose = purpose;
    this.#onRejected = onRejected;
    this.#line = lineWriter(options);
  }

  /** The same cookie with other options. */
  with(options: Readonly<CookieOptions>): SessionCookie {
    return new SessionCookie(options, this.#purpose, this.#onRejected);
  }

  /**
   * What the cookie carries; undefined when there is none, or we neither sealed nor signed it. `isStale`: the key was
   * not the newest, so the cookie should be sent again, with another seal or signature.
   */
  read(ctx: Context): { text: string; isStale: boolean } | undefined {
    requireKeys(ctx, this.#options);
    const value = this.readRaw(ctx);
    if (value === undefined) return undefined;
    const { encrypt } = this.#options;
    const read = encrypt ? sealerOf(ctx, this.#options, this.#purpose).open(value) : this.#verify(ctx, value);
    return read?.text ? read : undefined;
  }

  #verify(ctx: Context, text: string): { text: string; isStale: boolean } | undefined {
    const { key, signed } = this.#options;
    if (!signed) return { text, isStale: false };
    const signature = ctx.cookies.get(`${key}.sig`, { signed: false });
    const age = signature ? this.#signer(ctx).index(`${key}=${text}`, signature) : -1;
    // The library tells the browser to drop a wrong signature.
    if (age < 0 && canSend(ctx)) this.#cookiesOf(ctx).get(key, { signed });
    return age < 0 ? undefined : { text, isStale: age > 0 };
  }

  /** The value as the browser sent it, unchecked. */
  readRaw(ctx: Context): string | undefined {
    return ctx.cookies.get(this.#options.key, { signed: false });
  }

  /** The value for `text`: sealed, if the cookie is to be. */
  seal(ctx: Context, text: string): string {
    return this.#options.encrypt ? sealerOf(ctx, this.#options, this.#purpose).seal(text) : text;
  }

  /**
   * @param data of the session, for the error to say what is large
   * @param id of the session, for the event
   * @throws {CookieTooLargeError} when browsers would not keep the cookie, after `session:rejected`
   */
  requireFits(ctx: Context, value: string, data: object, id: string | undefined): void {
    const error = oversizeOf(this.#options.key, value, data);
    if (!error) return;
    this.#onRejected(ctx, error, id);
    throw error;
  }

  /**
   * Sends the cookie.
   * @param value sealed already, if it is to be
   * @param endsAt when the browser drops it, ms since 1970; undefined: when it closes
   * @throws {Error} as {@link requireSendable} does; and outside production, when the option `verdict` says that a
   *   browser drops the cookie
   */
  write(ctx: Context, value: string, endsAt: number | undefined): void {
    this.requireSendable(ctx);
    const { key, keys, overwrite, encrypt, secure, verdict } = this.#options;
    const signed = this.#options.signed && !encrypt;
    const isSecure = secure ?? ctx.cookies.secure;
    const before = linesOf(ctx.res);
    // An app may have replaced Koa's cookies, or how they are set.
    if (keys || ctx.cookies.set === Cookies.prototype.set) {
      const lines = overwrite ? before.filter((line) => !belongsTo(line, key)) : [...before];
      const end = value === '' ? 0 : endsAt;
      lines.push(this.#line(isSecure, key, value, end));
      if (signed)
        lines.push(this.#line(isSecure, `${key}.sig`, this.#signer(ctx).sign(`${key}=${value}`), end));
      ctx.res.setHeader('Set-Cookie', lines);
    } else {
      ctx.cookies.set(key, value, { ...setOptions(this.#options, endsAt), overwrite, signed, secure });
    }
    if (verdict) this.#judge(ctx, before, verdict);
    else if (secure === undefined && value) this.#report(ctx, key, contradictionOf(this.#options, isSecure));
    varyByCookie(ctx);
    // The response belongs to one person (RFC 9111, 7.3; OWASP Session Management, web content caching).
    if (!ctx.res.getHeader('Cache-Control')) ctx.res.setHeader('Cache-Control', 'private, no-cache');
    keepOnError(ctx, key);
  }

  /** Removes this cookie from the response. */
  withdraw(ctx: Context): void {
    const others = linesOf(ctx.res).filter((line) => !belongsTo(line, this.#options.key));
    if (others.length > 0) ctx.set('Set-Cookie', others);
    else ctx.remove('Set-Cookie');
  }

  /** Tells the browser to drop the cookie. */
  expire(ctx: Context): void {
    // With an external key the app may have no keys, and then the browser has no cookie of ours.
    if (this.#options.externalKey && !hasKeys(ctx, this.#options)) return;
    this.write(ctx, '', 0);
  }

  /**
   * @param lateUse made where the session was used after the headers were sent, for the error to name the place
   * @throws {Error} saying what to set or to do, when this response cannot carry the cookie
   */
  requireSendable(ctx: Context, lateUse?: Error): void {
    requireKeys(ctx, this.#options);
    const { key, secure } = this.#options;
    if (!canSend(ctx)) {
      const error = new LateWriteError(key, lateUse, isAbandoned(ctx));
      this.#onRejected(ctx, error);
      throw error;
    }
    if (secure && !ctx.cookies.secure) {
      throw new Error(
        `session: the cookie '${key}' is Secure, but this request came over http as far as Koa can tell. Behind a ` +
          'proxy that ends TLS set app.proxy = true and let the proxy send X-Forwarded-Proto: https; without TLS set ' +
          'the option secure to false.',
      );
    }
  }

  /** @param before the lines that the response had before, which are not judged again */
  #judge(ctx: Context, before: readonly string[], verdict: NonNullable<CookieOptions['verdict']>): void {
    // As with `Secure`, ctx.cookies.secure overrides what Koa knows of the request.
    const url = ctx.cookies.secure ? ctx.href.replace(/^http:/, 'https:') : ctx.href;
    // No browser sends a request whose Host makes no URL.
    if (!URL.canParse(url)) return;
    for (const line of linesOf(ctx.res).filter((each) => !before.includes(each))) {
      const { stored, deletes, reasons } = verdict(line, { url });
      const why = stored || deletes ? undefined : reasons.map(({ message }) => message).join(' ');
      this.#report(ctx, line.replace(/=.*/s, ''), why);
    }
  }

  /**
   * A cookie that browsers drop is sent anyway, as koa-session does, and reported. The option `verdict` fails the
   * request outside production instead, and shows no warning.
   */
  #report(ctx: Context, name: string, why: string | undefined): void {
    if (why === undefined) return;
    const error = new Error(`session: browsers drop the cookie '${name}': ${why}`);
    if (this.#options.verdict && ctx.app.env !== 'production') throw error;
    this.#onRejected(ctx, error);
    if (this.#options.verdict || warned.has(error.message)) return;
    warned.add(error.message);
    process.emitWarning(error);
  }

  /** Ours, or the app's own Keygrip. */
  #signer(ctx: Context): Pick<KeyRing, 'sign' | 'index'> {
    return ringOf(ctx, this.#options) ?? (this.#cookiesOf(ctx) as Cookies & { keys: KeyRing }).keys;
  }

  #cookiesOf(ctx: Context): Cookies {
    const { keys } = this.#options;
    return keys ? new Cookies(ctx.req, ctx.res, { keys: [...keys], secure: ctx.secure }) : ctx.cookies;
  }
}

/** In a stack: the session itself, not the handler that uses it. */
const OWN_LINE = /[\\/]session[\\/]core[\\/](?:request-session|middleware)\.[cm]?[jt]s/;

/** The session was changed when its cookie could no longer be sent: after the headers, or when the client had gone. */
export class LateWriteError extends Error {
  readonly code = 'ERR_SESSION_LATE_WRITE';
  override readonly name = 'LateWriteError';
  /** Nobody is there to be answered, and nothing is wrong with the app: Koa does not log it. */
  readonly status: number | undefined;
  readonly expose: boolean;

  /**
   * @param use an error made where the session was used too late, when that is known
   * @param isAbandoned the client has closed the connection
   */
  constructor(key: string, use?: Error, isAbandoned = false) {
    const [, ...stack] = use?.stack?.split('\n') ?? [];
    const place = stack.find((line) => !OWN_LINE.test(line));
    super(
      (isAbandoned
        ? `session: '${key}' was changed when the client had closed the connection, so its cookie was not sent.`
        : `session: '${key}' was changed after the response headers were sent, so its cookie cannot reach the ` +
          'browser. Call `await ctx.session.save()` before the first byte of the response.') +
        (place ? ` It was used too late ${place.trim()}` : ''),
      use && { cause: use },
    );
    this.status = isAbandoned ? 499 : undefined;
    this.expose = isAbandoned;
  }
}
