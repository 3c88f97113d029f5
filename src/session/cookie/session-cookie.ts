import Cookies from 'cookies';
import type { Context } from 'koa';
import { type CookieOptions, contradictionOf, oversizeOf, warnOnce } from './browser-rules.ts';
import { attributesOf, belongsTo, linesOf, lineWriter, valuesIn } from './cookie-lines.ts';
import { KEY_COMMAND, type KeyRing, type Purpose, ringOf, type Signer, usable, verify } from './keys.ts';
import { canSend, keepOnError, LateWriteError, varyByCookie } from './response.ts';
import type { Sealer } from './seal.ts';

/** Called for a cookie that browsers drop. */
export type OnRejected = (ctx: Context, error: Error, id?: string) => void;

/** `app` is the app given to `session()`. Its keys are used, even if it is mounted in another app. */
export type CookieUse = { app: object & { keys?: unknown }; purpose: Purpose; onRejected: OnRejected };

/**
 * The text of a valid cookie. `needsReseal`: its key was not the newest, so the cookie should be sent again. `next`:
 * another valid cookie of the same name.
 */
export type Carried = { text: string; needsReseal: boolean; next?: Carried | undefined };

/**
 * Cookie header, keys and https of a request, as it arrived: handlers may change the headers for an upstream, or the
 * keys. `secure`: whether a trusted proxy says https; undefined: there is no such proxy.
 */
export type Arrival = Readonly<{ cookie: string; ring: KeyRing | undefined; secure: boolean | undefined }>;

type Arrived = { readonly ctx: Context; readonly arrival: Arrival };

/** Reads and writes a session's cookie, its signature or seal, and cache headers. One object serves all requests. */
export class SessionCookie {
  /** Public, so that a request with options of its own can make its cookie. */
  readonly use: CookieUse;
  readonly #options: Readonly<CookieOptions>;
  readonly #lines: ReturnType<typeof lineWriter>;

  constructor(options: Readonly<CookieOptions>, use: CookieUse) {
    // A seal needs no signature.
    this.#options = { ...options, signed: options.signed && !options.encrypt };
    this.use = use;
    this.#lines = lineWriter(options, use.purpose);
  }

  arrive(ctx: Context): Arrival {
    const { signed, encrypt } = this.#options;
    const ring = signed || encrypt ? ringOf(this.#keys(ctx)) : undefined;
    return { cookie: ctx.req.headers.cookie ?? '', ring, secure: ctx.app.proxy ? ctx.secure : undefined };
  }

  /** Undefined if the cookie is missing, or is not signed or sealed with our keys. */
  read({ ctx, arrival }: Arrived, purpose = this.use.purpose): Carried | undefined {
    const { cookie, ring } = arrival;
    if (!ring) this.requireKeys(ctx);
    const { key, signed, encrypt } = this.#options;
    const isOurs = this.#isOurs(ctx);
    const values = isOurs ? valuesIn(cookie, key) : [this.#get({ ctx, arrival }) ?? ''];
    const signer = isOurs && signed && values.length > 0 ? this.#signer(ctx, ring) : undefined;
    let next: Carried | undefined;
    for (const value of values.length > 1 ? values.toReversed() : values) {
      const age = signer ? verify(signer, `${key}=${value}`, valuesIn(cookie, `${key}.sig`)) : 'fresh';
      const text = age && { text: value, needsReseal: age === 'stale' };
      const read = encrypt ? this.sealer(ctx, purpose, ring).open(value) : text;
      if (read?.text && read.text !== next?.text)
        next = { text: read.text, needsReseal: read.needsReseal, next };
    }
    return next;
  }

  /** Reads the cookie by the app's own `ctx.cookies.get`, with the header as it arrived. */
  #get({ ctx, arrival }: Arrived): string | undefined {
    const { key, signed } = this.#options;
    const { headers } = ctx.req;
    const { cookie } = headers;
    headers.cookie = arrival.cookie;
    try {
      return ctx.cookies.get(key, { signed });
    } finally {
      headers.cookie = cookie;
    }
  }

  /** The value of the cookie: the text, which is sealed if `encrypt` is on. */
  seal(ctx: Context, text: string): string {
    return this.#options.encrypt ? this.sealer(ctx).seal(text) : text;
  }

  /** @throws {TypeError} when the keys are not a list of strings: a Keygrip can sign but not seal */
  sealer(ctx: Context, purpose = this.use.purpose, ring = ringOf(this.#keys(ctx))): Sealer {
    if (ring) return ring.sealer(this.#options.key, purpose);
    throw new TypeError(
      `session: to seal the cookie '${this.#options.key}' the keys themselves are needed, as a list of strings: ` +
        "set app.keys = ['…'] or the option keys, not a Keygrip",
    );
  }

  /**
   * @param data of the session: the error names the largest keys
   * @param id of the session, for the event
   * @throws {CookieTooLargeError} when browsers would drop the cookie; `session:rejected` is emitted first
   */
  requireFits(ctx: Context, value: string, data: object, id: string | undefined): void {
    const error = oversizeOf(this.#options.key, value, data);
    if (error) this.#reject(ctx, error, id);
  }

  /**
   * Sends the cookie.
   * @param value the result of {@link seal}
   * @param endsAt when the cookie expires, ms since 1970; undefined: when the browser closes
   * @throws {Error} as {@link assertSendable} does, and outside production when `verdict` says that browsers drop the
   *   cookie
   */
  write(request: Arrived, value: string, endsAt: number | undefined): void {
    this.assertSendable(request);
    const { ctx } = request;
    const { key, signed, overwrite, secure, verdict, now } = this.#options;
    const isSecure = secure ?? cameSecurely(request);
    const before = linesOf(ctx.res);
    if (this.#isOurs(ctx)) {
      const others = overwrite ? before.filter((line) => !belongsTo(line, key)) : before;
      const made = this.#lines(value, endsAt, isSecure, signed ? this.#signer(ctx) : undefined);
      if (verdict) this.#judge(request, made, verdict);
      ctx.res.setHeader('Set-Cookie', others.concat(made));
    } else {
      const end = endsAt === undefined ? {} : { expires: new Date(endsAt), maxAge: endsAt - now() };
      ctx.cookies.set(key, value, { ...attributesOf(this.#options), ...end, signed, overwrite, secure });
      const made = linesOf(ctx.res).filter((line) => !before.includes(line));
      if (verdict) this.#judge(request, made, verdict);
    }
    if (!verdict && value) this.#report(ctx, key, contradictionOf(this.#options, isSecure));
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
  expire(request: Arrived): void {
    // With `externalKey` the app may have no keys; then the browser cannot have a cookie of ours.
    const { externalKey, signed, encrypt } = this.#options;
    if (externalKey && (signed || encrypt) && !this.#keys(request.ctx)) return;
    this.write(request, '', 0);
  }

  /**
   * @param lateUse an error made at the place where the session was used too late: the message names it
   * @throws {Error} when this response cannot carry the cookie; the message says what to do
   */
  assertSendable(request: Arrived, lateUse?: Error): void {
    const { ctx } = request;
    this.requireKeys(ctx);
    const { key, secure } = this.#options;
    if (!canSend(ctx)) this.#reject(ctx, new LateWriteError(key, ctx, lateUse));
    if (!secure || cameSecurely(request)) return;
    throw new Error(
      `session: the cookie '${key}' is Secure, but this request came over http as far as Koa can tell. Behind a ` +
        'proxy that ends TLS set app.proxy = true and let the proxy send X-Forwarded-Proto: https; without TLS set ' +
        'the option secure to false.',
    );
  }

  #reject(ctx: Context, error: Error, id?: string): never {
    this.use.onRejected(ctx, error, id);
    throw error;
  }

  #judge(request: Arrived, lines: readonly string[], verdict: NonNullable<CookieOptions['verdict']>): void {
    const { ctx } = request;
    const url = cameSecurely(request) ? ctx.href.replace(/^http:/, 'https:') : ctx.href;
    // Browsers never send a Host that makes no URL.
    if (!URL.canParse(url)) return;
    for (const line of lines) {
      const { stored, deletes, reasons } = verdict(line, { url });
      const why = stored || deletes ? undefined : reasons.map(({ message }) => message).join(' ');
      this.#report(ctx, line.replace(/=.*/s, ''), why);
    }
  }

  /**
   * Reports a cookie that browsers drop. It is sent anyway, as by koa-session; with the option `verdict` the request
   * fails instead, outside production.
   */
  #report(ctx: Context, name: string, why: string | undefined): void {
    if (why === undefined) return;
    const error = new Error(`session: browsers drop the cookie '${name}': ${why}`);
    if (this.#options.verdict && ctx.app.env !== 'production') throw error;
    this.use.onRejected(ctx, error);
    if (!this.#options.verdict) warnOnce(error);
  }

  /** False if the app has replaced `ctx.cookies`, with the right keys: its own then reads and writes the cookie. */
  #isOurs(ctx: Context): boolean {
    const cookies = cookiesIn(ctx);
    if (!cookies || this.#keys(ctx) !== usable(ctx.app.keys)) return true;
    return cookies.get === Cookies.prototype.get && cookies.set === Cookies.prototype.set;
  }

  /** Signs and verifies. If the app has put its own Keygrip into `ctx.cookies`, that Keygrip is used. */
  #signer(ctx: Context, former?: KeyRing): Signer {
    const cookies = cookiesIn(ctx) as { keys?: Signer } | undefined;
    if (!cookies && former) return former;
    const keys = this.#keys(ctx);
    const ring = ringOf(keys);
    const isInCookies = keys === usable(ctx.app.keys) && (!former || former === ring);
    const own = (isInCookies ? cookies?.keys : undefined) ?? former ?? ring;
    // For a list with keys that are not strings the cookie library makes a Keygrip.
    return own ?? (Reflect.get(new Cookies(ctx.req, ctx.res, { keys: keys as string[] }), 'keys') as Signer);
  }

  /** The keys of the option, of the app given to `session()`, or of the app that it is mounted in. */
  #keys({ app }: Context): object | undefined {
    return this.#options.keys ?? usable(this.use.app.keys) ?? usable(app.keys);
  }

  /** @throws {Error} when the cookie is signed or sealed and a key is missing or empty; it says what to set */
  requireKeys(ctx: Context): void {
    const { key, signed, encrypt, onStoreError } = this.#options;
    const sealsInOutage = onStoreError === 'cookie';
    if (!signed && !encrypt && !sealsInOutage) return;
    const keys = this.#keys(ctx);
    if (!keys && (ctx.app.keys || !(ctx.cookies as { keys?: object }).keys))
      throw new Error(
        `session: the cookie '${key}' is ${encrypt ? 'sealed' : 'signed'}, but there are no keys. Set ` +
          `app.keys = ['…'] (or the option keys) to at least 32 random characters, made for example by: ${KEY_COMMAND}`,
      );
    // Keys that cannot seal are an error now, and not only in an outage.
    if (sealsInOutage) this.sealer(ctx, 'stand-in');
    else ringOf(keys);
  }
}

/** The symbol under which Koa keeps the cookies of a request. */
let slot: symbol | undefined;

/**
 * `ctx.cookies`, if the app has used or replaced it. Undefined: Koa has not created it yet, and to create it would cost
 * as much as two signatures.
 */
function cookiesIn(ctx: Context): Cookies | undefined {
  const isReplaced = Object.hasOwn(ctx, 'cookies') || Object.hasOwn(ctx.app.context, 'cookies');
  if (slot && !isReplaced) return (ctx as { [slot: symbol]: Cookies | undefined })[slot];
  const { cookies } = ctx;
  slot ??= Object.getOwnPropertySymbols(ctx).find(({ description }) => description === 'context#cookies');
  return cookies;
}

/** Whether the request came over https. An app may set `ctx.cookies.secure` if Koa cannot know. */
function cameSecurely({ ctx, arrival }: Arrived): boolean {
  const secure = cookiesIn(ctx)?.secure;
  return secure === undefined || secure === ctx.secure ? (arrival.secure ?? ctx.secure) : secure;
}
