import Cookies from 'cookies';
import type { Context } from 'koa';
import type { RequestOptions, ResolvedOptions } from '../resolve-options.ts';
import { LateWriteError } from '../errors.ts';
import { emitSessionEvent } from '../events.ts';
import { keepFromSharedCaches } from './caching.ts';
import { contradictionOf } from './contradictions.ts';
import { attributesOf, belongsTo, cookieLine, linesOf } from './cookie-line.ts';
import { KEY_COMMAND, assertKeyNotEmpty, assertKeygripKeysNotEmpty } from './empty-key.ts';
import { keepOnError } from './keep-on-error.ts';
import { areTexts, requireTexts, sealerOf, signerOf } from './key-holders.ts';
import type { Sealer } from './seal.ts';
import type { Signer } from './signer.ts';
import { requireFits } from './size.ts';

/** What signs, as far as it is needed here: ours, or a Keygrip that the app has made. */
type Signs = Pick<Signer, 'index' | 'sign'>;

/** What a process was warned of already. There are no more of these than names of sessions. */
const warned = new Set<string>();

/** The session's cookie on one request and its response, with its attributes, signature or seal, and cache headers. */
export class SessionCookie {
  /** It was sealed or signed with an old key, so it is to be sent anew, whole. */
  isStale = false;

  readonly #ctx: Context;
  readonly #request: RequestOptions;
  #ownCookies: Cookies | undefined;

  /** The options are read at each use, since a handler may change those of its request. */
  constructor(ctx: Context, request: RequestOptions) {
    this.#ctx = ctx;
    this.#request = request;
  }

  /** What the cookie carries, undefined when there is none or it was neither sealed nor signed by us. */
  read(): string | undefined {
    requireKeys(this.#ctx, this.#request.options);
    const { key, signed, encrypt } = this.#request.options;
    const value = this.#cookies.get(key, { signed: false });
    if (encrypt) return this.#open(value);
    if (!signed || value === undefined) return value || undefined;
    const signature = this.#cookies.get(`${key}.sig`, { signed: false });
    const age = signature ? this.#signs.index(`${key}=${value}`, signature) : -1;
    // The cookie library would send a new signature alone, without its expiry and its attributes.
    this.isStale = age > 0;
    if (age >= 0) return value || undefined;
    // It tells the browser to drop a wrong signature.
    if (!this.#ctx.headerSent) this.#cookies.get(key, { signed });
    return undefined;
  }

  /** What the cookie carries where a stand-in may take the place of the id, as {@link sealStandIn} has made it. */
  readPresented(): { id?: string; standIn?: string } {
    const { key, encrypt } = this.#request.options;
    const id = this.read();
    if (encrypt && id !== undefined) return { id };
    const value = encrypt ? this.#cookies.get(key, { signed: false }) : id;
    const standIn = value === undefined ? undefined : this.#standInSealer.open(value);
    if (standIn) return { standIn: standIn.text };
    return id === undefined ? {} : { id };
  }

  sealStandIn(text: string): string {
    return this.#standInSealer.seal(text);
  }

  /** `text` as the cookie can carry it: sealed, if the cookie is to be. */
  seal(text: string): string {
    return this.#request.options.encrypt ? this.#sealer.seal(text) : text;
  }

  /**
   * @param value of the cookie
   * @param data that are in it, for the error to say what is large
   * @param id of the session, for the event
   * @throws {CookieTooLargeError} when browsers would not keep it; `session:rejected` tells of it, too
   */
  requireFits(value: string, data: object | (() => object), id: string | undefined): void {
    try {
      requireFits(this.#request.options.key, value, data);
    } catch (error) {
      emitSessionEvent('rejected', this.#ctx, id, error);
      throw error;
    }
  }

  /**
   * Sends the cookie.
   * @param text what it carries; sealed already, when it is to be
   * @param endsAt when the browser drops it, ms since 1970; undefined: when it closes
   * @throws {Error} as {@link requireSendable} does, or when `verdict` says that browsers drop it
   */
  write(text: string, endsAt: number | undefined): void {
    this.requireSendable();
    const { options } = this.#request;
    // An app may have put other cookies in the place of Koa's, or taken over how they are set.
    if (this.#cookies.set === Cookies.prototype.set) this.#send(text, endsAt);
    else this.#sendByLibrary(text, endsAt);
    this.isStale = false;
    if (options.secure === undefined && text !== '' && !options.verdict) this.#reportRejection();
    keepFromSharedCaches(this.#ctx);
    keepOnError(this.#ctx, options.key);
  }

  #send(text: string, endsAt: number | undefined): void {
    const { options } = this.#request;
    const { key, overwrite, signed, encrypt } = options;
    const isSecure = options.secure ?? this.#cookies.secure;
    const expiry = text === '' ? 0 : endsAt;
    const lines = [cookieLine(key, text, expiry, options, isSecure)];
    if (signed && !encrypt) {
      const signature = this.#signs.sign(`${key}=${text}`);
      lines.push(cookieLine(`${key}.sig`, signature, expiry, options, isSecure));
    }
    this.#checkLines(lines);
    const { res } = this.#ctx;
    const before = linesOf(res.getHeader('Set-Cookie'));
    const kept = overwrite ? before.filter((line) => !belongsTo(line, key)) : before;
    res.setHeader('Set-Cookie', [...kept, ...lines]);
  }

  #sendByLibrary(text: string, endsAt: number | undefined): void {
    const { options } = this.#request;
    const { key, overwrite, signed, encrypt, secure } = options;
    const before = linesOf(this.#ctx.res.getHeader('Set-Cookie'));
    this.#cookies.set(key, text, {
      ...attributesOf(options),
      overwrite,
      signed: signed && !encrypt,
      secure,
      expires: endsAt === undefined ? undefined : new Date(endsAt),
    });
    this.#checkLines(linesOf(this.#ctx.res.getHeader('Set-Cookie')).filter((line) => !before.includes(line)));
  }

  /** @throws {Error} outside production, when the option `verdict` says that a browser drops one of the lines */
  #checkLines(lines: readonly string[]): void {
    const { verdict } = this.#request.options;
    if (!verdict) return;
    const { app, href } = this.#ctx;
    // As for `Secure`, an app that sets ctx.cookies.secure knows better than Koa.
    const url = this.#cookies.secure ? href.replace(/^http:/, 'https:') : href;
    // No browser sends a request whose Host makes no URL.
    if (!URL.canParse(url)) return;
    for (const line of lines) {
      const { stored, deletes, reasons } = verdict(line, { url });
      if (stored || deletes) continue;
      const why = reasons.map(({ message }) => message).join(' ');
      const error = new Error(`session: browsers drop the cookie '${line.split('=', 1)[0]}': ${why}`);
      if (app.env !== 'production') throw error;
      emitSessionEvent('rejected', this.#ctx, undefined, error);
    }
  }

  /** Takes back what this response was going to set. */
  withdraw(): void {
    const lines = linesOf(this.#ctx.res.getHeader('Set-Cookie'));
    const { key } = this.#request.options;
    const others = lines.filter((line) => !belongsTo(line, key));
    if (others.length === lines.length) return;
    if (others.length > 0) this.#ctx.set('Set-Cookie', others);
    else this.#ctx.remove('Set-Cookie');
  }

  /** Tells the browser to drop the cookie. */
  expire(): void {
    // An app that hands its ids out otherwise may have no keys, and then no cookie of ours is about.
    if (this.#request.options.externalKey && !hasKeys(this.#ctx, this.#request.options)) return;
    this.write('', 0);
  }

  /**
   * @param lateUse made where the session was used after the headers were sent, for the error to say so
   * @throws {Error} saying what to set or to do, when this response cannot carry the cookie
   */
  requireSendable(lateUse?: Error): void {
    requireKeys(this.#ctx, this.#request.options);
    const { key, secure } = this.#request.options;
    if (secure && !this.#cookies.secure) throw new Error(insecure(key));
    if (this.#ctx.headerSent) throw new LateWriteError(key, lateUse);
  }

  /**
   * What contradicts itself in any case was refused at set-up. Here `Secure` depends on the request, and koa-session sends
   * the cookie all the same: so does this, but not without a word.
   */
  #reportRejection(): void {
    const { key } = this.#request.options;
    const contradiction = contradictionOf(this.#request.options, this.#cookies.secure);
    if (contradiction === undefined) return;
    const error = new Error(`session: browsers drop the cookie '${key}': ${contradiction}`);
    emitSessionEvent('rejected', this.#ctx, undefined, error);
    if (warned.has(error.message)) return;
    warned.add(error.message);
    process.emitWarning(error);
  }

  get #sealer(): Sealer {
    const { key, keys, store, ContextStore } = this.#request.options;
    return sealerOf(keys ?? this.#ctx.app.keys, {
      name: key,
      purpose: (store ?? ContextStore) ? 'id' : 'session',
    });
  }

  get #standInSealer(): Sealer {
    const { key, keys } = this.#request.options;
    return sealerOf(keys ?? this.#ctx.app.keys, { name: key, purpose: 'stand-in' });
  }

  #open(value: string | undefined): string | undefined {
    const opened = value === undefined ? undefined : this.#sealer.open(value);
    if (!opened) return undefined;
    this.isStale = opened.isStale;
    return opened.text || undefined;
  }

  get #signs(): Signs {
    const keys: unknown = this.#request.options.keys ?? this.#ctx.app.keys;
    return areTexts(keys) ? signerOf(keys) : (this.#cookies as Cookies & { keys: Signs }).keys;
  }

  get #cookies(): Cookies {
    const { keys } = this.#request.options;
    if (!keys) return this.#ctx.cookies;
    const { req, res, secure } = this.#ctx;
    return (this.#ownCookies ??= new Cookies(req, res, { keys: [...keys], secure }));
  }
}

/** @throws {Error} saying what to set, when the cookie is signed or sealed and a key is missing or empty */
export function requireKeys(ctx: Context, options: ResolvedOptions): void {
  if (!needsKeys(options)) return;
  const keys = keysOf(ctx, options);
  if (!keys) {
    throw new Error(
      `session: the cookie '${options.key}' is ${options.encrypt ? 'sealed' : 'signed'}, but there are no keys. Set app.keys = ['…'] (or the option keys) to at ` +
        `least 32 random characters, made for example by: ${KEY_COMMAND}`,
    );
  }
  if (Array.isArray(keys)) keys.forEach(assertKeyNotEmpty);
  else assertKeygripKeysNotEmpty(keys);
  // Better now than in an outage.
  if (options.onStoreError === 'cookie') requireTexts(keys, options.key);
}

/** Whether the cookie can be sent: with the keys that there are, or neither signed nor sealed. */
function hasKeys(ctx: Context, options: ResolvedOptions): boolean {
  return !needsKeys(options) || keysOf(ctx, options) !== undefined;
}

function needsKeys({ signed, encrypt, onStoreError }: ResolvedOptions): boolean {
  return signed || encrypt || onStoreError === 'cookie';
}

/** A list of one key or more, or a Keygrip; undefined: none. */
function keysOf({ app }: Context, { keys }: ResolvedOptions): readonly unknown[] | object | undefined {
  const given: unknown = keys ?? app.keys;
  if (Array.isArray(given) && given.length === 0) return undefined;
  return given || undefined;
}

function insecure(key: string): string {
  return (
    `session: the cookie '${key}' is Secure, but this request came over http as far as Koa can tell. Behind a proxy ` +
    'that ends TLS set app.proxy = true and let the proxy send X-Forwarded-Proto: https; without TLS set the option ' +
    'secure to false.'
  );
}
