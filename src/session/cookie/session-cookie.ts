import Cookies from 'cookies';
import type { Context } from 'koa';
import { keepFromSharedCaches } from './caching.ts';
import { contradictionOf } from './contradictions.ts';
import { belongsTo, type CookieAttributes, CookieLines, linesOf, setOptions } from './cookie-lines.ts';
import { keepOnError } from './keep-on-error.ts';
import { requireFits } from './size.ts';
import { hasKeys, type KeyOptions, type Purpose, requireKeys, sealerOf, signerOf } from './keys.ts';

/** What the option `verdict` answers. Neither `stored` nor `deletes`: the browser drops the line, for these reasons. */
export interface CookieVerdict {
  stored: boolean;
  deletes: boolean;
  reasons: readonly { message: string }[];
}

/** What a session's cookie follows. */
export interface CookieOptions extends CookieAttributes, KeyOptions {
  overwrite: boolean;
  secure: boolean | undefined;
  externalKey: object | undefined;
  verdict: ((line: string, response: { url: string }) => CookieVerdict) | undefined;
}

/** Told of a cookie that browsers drop. */
export type OnRejected = (ctx: Context, error: Error, id?: string) => void;

/** What a process was warned of already. There are no more of these than names of sessions. */
const warned = new Set<string>();

/** The cookie of a session, with its attributes, signature or seal, and cache headers. One serves all requests. */
export class SessionCookie {
  readonly #options: Readonly<CookieOptions>;
  readonly #purpose: Purpose;
  readonly #onRejected: OnRejected;
  readonly #secureLines: CookieLines;
  readonly #insecureLines: CookieLines;

  constructor(options: Readonly<CookieOptions>, purpose: Purpose, onRejected: OnRejected) {
    this.#options = options;
    this.#purpose = purpose;
    this.#onRejected = onRejected;
    this.#secureLines = new CookieLines(options, true);
    this.#insecureLines = new CookieLines(options, false);
  }

  /** The same cookie with other options. */
  with(options: Readonly<CookieOptions>): SessionCookie {
    return new SessionCookie(options, this.#purpose, this.#onRejected);
  }

  /**
   * What the cookie carries, undefined when there is none or it was neither sealed nor signed by us. `isStale`: it was sealed or
   * signed with an old key, so it is to be sent anew, whole.
   */
  read(ctx: Context): { text: string; isStale: boolean } | undefined {
    requireKeys(ctx, this.#options);
    const { key, signed, encrypt } = this.#options;
    const value = ctx.cookies.get(key, { signed: false });
    if (value === undefined) return undefined;
    if (encrypt) {
      const opened = sealerOf(ctx, this.#options, this.#purpose).open(value);
      return opened?.text ? opened : undefined;
    }
    if (!signed) return value ? { text: value, isStale: false } : undefined;
    const signature = ctx.cookies.get(`${key}.sig`, { signed: false });
    const signs = signerOf(ctx, this.#options) ?? (this.#cookiesOf(ctx) as Cookies & { keys: Keygrip }).keys;
    const age = signature ? signs.index(`${key}=${value}`, signature) : -1;
    if (age >= 0) return value ? { text: value, isStale: age > 0 } : undefined;
    // The library tells the browser to drop a wrong signature.
    if (!ctx.headerSent) this.#cookiesOf(ctx).get(key, { signed });
    return undefined;
  }

  /** The value as it came, whoever made it. */
  readRaw(ctx: Context): string | undefined {
    return ctx.cookies.get(this.#options.key, { signed: false });
  }

  /** `text` as the cookie can carry it: sealed, if the cookie is to be. */
  seal(ctx: Context, text: string): string {
    return this.#options.encrypt ? sealerOf(ctx, this.#options, this.#purpose).seal(text) : text;
  }

  /**
   * @param data that are in it, for the error to say what is large
   * @param id of the session, for the event
   * @throws {CookieTooLargeError} when browsers would not keep it; `session:rejected` tells of it, too
   */
  requireFits(ctx: Context, value: string, data: object, id: string | undefined): void {
    try {
      requireFits(this.#options.key, value, data);
    } catch (error) {
      this.#onRejected(ctx, error as Error, id);
      throw error;
    }
  }

  /**
   * Sends the cookie.
   * @param text what it carries; sealed already, when it is to be
   * @param endsAt when the browser drops it, ms since 1970; undefined: when it closes
   * @throws {Error} as {@link requireSendable} does
   */
  write(ctx: Context, text: string, endsAt: number | undefined): void {
    this.requireSendable(ctx);
    const { key, keys, secure, verdict } = this.#options;
    // An app may have put other cookies in the place of Koa's, or taken over how they are set.
    if (keys || ctx.cookies.set === Cookies.prototype.set) this.#send(ctx, text, endsAt);
    else this.#sendByLibrary(ctx, text, endsAt);
    if (secure === undefined && text !== '' && !verdict) this.#reportRejection(ctx);
    keepFromSharedCaches(ctx);
    keepOnError(ctx, key);
  }

  #send(ctx: Context, text: string, endsAt: number | undefined): void {
    const { key, overwrite, signed, encrypt, secure } = this.#options;
    const made = (secure ?? ctx.cookies.secure) ? this.#secureLines : this.#insecureLines;
    const expiry = text === '' ? 0 : endsAt;
    const lines = [made.line(key, text, expiry)];
    if (signed && !encrypt) {
      const signs =
        signerOf(ctx, this.#options) ?? (this.#cookiesOf(ctx) as Cookies & { keys: Keygrip }).keys;
      lines.push(made.line(`${key}.sig`, signs.sign(`${key}=${text}`), expiry));
    }
    this.#checkLines(ctx, lines);
    const before = linesOf(ctx.res.getHeader('Set-Cookie'));
    const kept = overwrite ? before.filter((line) => !belongsTo(line, key)) : before;
    ctx.res.setHeader('Set-Cookie', [...kept, ...lines]);
  }

  #sendByLibrary(ctx: Context, text: string, endsAt: number | undefined): void {
    const { key, overwrite, signed, encrypt, secure } = this.#options;
    const before = linesOf(ctx.res.getHeader('Set-Cookie'));
    ctx.cookies.set(key, text, {
      ...setOptions(this.#options),
      overwrite,
      signed: signed && !encrypt,
      secure,
      expires: endsAt === undefined ? undefined : new Date(endsAt),
    });
    this.#checkLines(
      ctx,
      linesOf(ctx.res.getHeader('Set-Cookie')).filter((line) => !before.includes(line)),
    );
  }

  /** @throws {Error} outside production, when the option `verdict` says that a browser drops one of the lines */
  #checkLines(ctx: Context, lines: readonly string[]): void {
    const { verdict } = this.#options;
    if (!verdict) return;
    // As for `Secure`, an app that sets ctx.cookies.secure knows better than Koa.
    const url = ctx.cookies.secure ? ctx.href.replace(/^http:/, 'https:') : ctx.href;
    // No browser sends a request whose Host makes no URL.
    if (!URL.canParse(url)) return;
    for (const line of lines) {
      const { stored, deletes, reasons } = verdict(line, { url });
      if (stored || deletes) continue;
      const why = reasons.map(({ message }) => message).join(' ');
      const error = new Error(`session: browsers drop the cookie '${line.split('=', 1)[0]}': ${why}`);
      if (ctx.app.env !== 'production') throw error;
      this.#onRejected(ctx, error);
    }
  }

  /** Takes back what this response was going to set. */
  withdraw(ctx: Context): void {
    const lines = linesOf(ctx.res.getHeader('Set-Cookie'));
    const others = lines.filter((line) => !belongsTo(line, this.#options.key));
    if (others.length === lines.length) return;
    if (others.length > 0) ctx.set('Set-Cookie', others);
    else ctx.remove('Set-Cookie');
  }

  /** Tells the browser to drop the cookie. */
  expire(ctx: Context): void {
    // An app that hands its ids out otherwise may have no keys, and then no cookie of ours is about.
    if (this.#options.externalKey && !hasKeys(ctx, this.#options)) return;
    this.write(ctx, '', 0);
  }

  /**
   * @param lateUse made where the session was used after the headers were sent, for the error to say so
   * @throws {Error} saying what to set or to do, when this response cannot carry the cookie
   */
  requireSendable(ctx: Context, lateUse?: Error): void {
    requireKeys(ctx, this.#options);
    const { key, secure } = this.#options;
    if (secure && !ctx.cookies.secure) throw new Error(insecure(key));
    if (ctx.headerSent) throw new LateWriteError(key, lateUse);
  }

  /**
   * What contradicts itself in any case was refused at set-up. Here `Secure` depends on the request, and koa-session sends
   * the cookie all the same: so does this, but not without a word.
   */
  #reportRejection(ctx: Context): void {
    const contradiction = contradictionOf(this.#options, ctx.cookies.secure);
    if (contradiction === undefined) return;
    const error = new Error(`session: browsers drop the cookie '${this.#options.key}': ${contradiction}`);
    this.#onRejected(ctx, error);
    if (warned.has(error.message)) return;
    warned.add(error.message);
    process.emitWarning(error);
  }

  #cookiesOf(ctx: Context): Cookies {
    const { keys } = this.#options;
    const { req, res, secure } = ctx;
    return keys ? new Cookies(req, res, { keys: [...keys], secure }) : ctx.cookies;
  }
}

/** What signs: ours, or a Keygrip that the app has made. */
interface Keygrip {
  index(data: string, signature: string): number;
  sign(data: string): string;
}

function insecure(key: string): string {
  return (
    `session: the cookie '${key}' is Secure, but this request came over http as far as Koa can tell. Behind a proxy ` +
    'that ends TLS set app.proxy = true and let the proxy send X-Forwarded-Proto: https; without TLS set the option ' +
    'secure to false.'
  );
}

/** The session was changed when the headers were gone, and with them the way for its cookie. */
export class LateWriteError extends Error {
  readonly code = 'ERR_SESSION_LATE_WRITE';

  /** @param use an error made where the session was used too late, when that is known */
  constructor(key: string, use?: Error) {
    const place = placeOf(use);
    super(
      `session: '${key}' was changed after the response headers were sent, so its cookie cannot reach the browser. ` +
        'Call `await ctx.session.save()` before the first byte of the response.' +
        (place ? ` It was used too late ${place}` : ''),
      use && { cause: use },
    );
    this.name = 'LateWriteError';
  }
}

/** The first line of the stack outside of `ctx.session` itself: the handler. */
function placeOf(use: Error | undefined): string | undefined {
  return use?.stack
    ?.split('\n')
    .slice(1)
    .find((line) => !/[\\/]session[\\/]core[\\/](?:request-session|middleware)\.[cm]?[jt]s/.test(line))
    ?.trim();
}
