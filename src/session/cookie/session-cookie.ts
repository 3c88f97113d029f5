import Cookies from 'cookies';
import type { Context } from 'koa';
import type { ResolvedOptions } from '../resolve-options.ts';
import { LateWriteError } from '../errors.ts';
import { emitSessionEvent } from '../events.ts';
import { contradictionOf } from './contradictions.ts';
import { keepOnError } from './keep-on-error.ts';
import type { Sealer } from './seal.ts';
import { requireTexts, sealerOf } from './sealers.ts';
import { requireFits } from './size.ts';

/** What the cookie library signs with, as far as it is needed here. */
interface Keygrip {
  /** Which of the keys has made the signature, the newest being 0; -1: none. */
  index(data: string, signature: string): number;
}

/** What a process was warned of already. There are no more of these than names of sessions. */
const warned = new Set<string>();

/** The session's cookie on one request and its response, with its attributes, signature or seal, and cache headers. */
export class SessionCookie {
  /** It was sealed or signed with an old key, so it is to be sent anew, whole. */
  isStale = false;

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

  /** What the cookie carries, undefined when there is none or it was neither sealed nor signed by us. */
  read(): string | undefined {
    requireKeys(this.#ctx, this.#options);
    const { key, signed, encrypt } = this.#options;
    const value = this.#cookies.get(key, { signed: false });
    if (encrypt) return this.#open(value);
    if (!signed || value === undefined) return value || undefined;
    const signature = this.#cookies.get(`${key}.sig`, { signed: false });
    const age = signature ? this.#keygrip.index(`${key}=${value}`, signature) : -1;
    // The cookie library would send a new signature alone, without its expiry and its attributes.
    this.isStale = age > 0;
    if (age >= 0) return value || undefined;
    // It tells the browser to drop a wrong signature.
    if (!this.#ctx.headerSent) this.#cookies.get(key, { signed });
    return undefined;
  }

  /** What the cookie carries where a stand-in may take the place of the id, as {@link sealStandIn} has made it. */
  readPresented(): { id?: string; standIn?: string } {
    const { key, encrypt } = this.#options;
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
    return this.#options.encrypt ? this.#sealer.seal(text) : text;
  }

  /**
   * @param value of the cookie
   * @param data that are in it, for the error to say what is large
   * @param id of the session, for the event
   * @throws {CookieTooLargeError} when browsers would not keep it; `session:rejected` tells of it, too
   */
  requireFits(value: string, data: object, id: string | undefined): void {
    try {
      requireFits(this.#options.key, value, data);
    } catch (error) {
      emitSessionEvent('rejected', this.#ctx, id, error);
      throw error;
    }
  }

  /**
   * Sends the cookie.
   * @param text what it carries; sealed already, when it is to be
   * @param endsAt when the browser drops it, ms since 1970; undefined: when it closes
   * @throws {Error} as {@link requireSendable} does
   */
  write(text: string, endsAt: number | undefined): void {
    const {
      key,
      overwrite,
      httpOnly,
      signed,
      encrypt,
      secure,
      sameSite,
      domain,
      path,
      partitioned,
      priority,
    } = this.#options;
    this.requireSendable();
    this.#cookies.set(key, text, {
      overwrite,
      httpOnly,
      signed: signed && !encrypt,
      secure,
      sameSite,
      domain,
      partitioned,
      priority,
      expires: endsAt === undefined ? undefined : new Date(endsAt),
      // Given as undefined, the cookie library would send no path at all.
      ...(path !== undefined && { path }),
    });
    this.isStale = false;
    if (secure === undefined && text !== '') this.#reportRejection();
    this.#keepFromSharedCaches();
    keepOnError(this.#ctx, key);
  }

  /** Takes back what this response was going to set. */
  withdraw(): void {
    const lines = [this.#ctx.response.get('Set-Cookie') ?? []].flat();
    const { key } = this.#options;
    const others = lines.filter((line) => !line.startsWith(`${key}=`) && !line.startsWith(`${key}.sig=`));
    if (others.length === lines.length) return;
    if (others.length > 0) this.#ctx.set('Set-Cookie', others);
    else this.#ctx.remove('Set-Cookie');
  }

  /** Tells the browser to drop the cookie. */
  expire(): void {
    // An app that hands its ids out otherwise may have no keys, and then no cookie of ours is about.
    if (this.#options.externalKey && !hasKeys(this.#ctx, this.#options)) return;
    this.write('', 0);
  }

  /**
   * @param lateUse made where the session was used after the headers were sent, for the error to say so
   * @throws {Error} saying what to set or to do, when this response cannot carry the cookie
   */
  requireSendable(lateUse?: Error): void {
    requireKeys(this.#ctx, this.#options);
    const { key, secure } = this.#options;
    if (secure && !this.#cookies.secure) throw new Error(insecure(key));
    if (this.#ctx.headerSent) throw new LateWriteError(key, lateUse);
  }

  /**
   * What contradicts itself in any case was refused at set-up. Here `Secure` depends on the request, and koa-session sends
   * the cookie all the same: so does this, but not without a word.
   */
  #reportRejection(): void {
    const { key } = this.#options;
    const contradiction = contradictionOf(this.#options, this.#cookies.secure);
    if (contradiction === undefined) return;
    const error = new Error(`session: browsers drop the cookie '${key}': ${contradiction}`);
    emitSessionEvent('rejected', this.#ctx, undefined, error);
    if (warned.has(error.message)) return;
    warned.add(error.message);
    process.emitWarning(error);
  }

  get #sealer(): Sealer {
    const { key, keys, store, ContextStore } = this.#options;
    return sealerOf(keys ?? this.#ctx.app.keys, {
      name: key,
      purpose: (store ?? ContextStore) ? 'id' : 'session',
    });
  }

  get #standInSealer(): Sealer {
    const { key, keys } = this.#options;
    return sealerOf(keys ?? this.#ctx.app.keys, { name: key, purpose: 'stand-in' });
  }

  #open(value: string | undefined): string | undefined {
    const opened = value === undefined ? undefined : this.#sealer.open(value);
    if (!opened) return undefined;
    this.isStale = opened.isStale;
    return opened.text || undefined;
  }

  get #keygrip(): Keygrip {
    return (this.#cookies as Cookies & { keys: Keygrip }).keys;
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

/** @throws {Error} saying which keys to set, when the cookie is signed or sealed and there are none */
export function requireKeys(ctx: Context, options: ResolvedOptions): void {
  if (hasKeys(ctx, options)) {
    // Better now than in an outage.
    if (options.onStoreError === 'cookie') requireTexts(options.keys ?? ctx.app.keys, options.key);
    return;
  }
  throw new Error(
    `session: the cookie '${options.key}' is ${options.encrypt ? 'sealed' : 'signed'}, but there are no keys. Set app.keys = ['…'] (or the option keys) to at ` +
      'least 32 random characters, made for example by: ' +
      `node -p "crypto.randomBytes(32).toString('base64url')"`,
  );
}

/** Whether the cookie can be sent: with the keys that there are, or neither signed nor sealed. */
function hasKeys({ app }: Context, { signed, encrypt, onStoreError, keys }: ResolvedOptions): boolean {
  const present: unknown = keys ?? app.keys;
  return (
    (!signed && !encrypt && onStoreError === 'throw') ||
    (Array.isArray(present) ? present.length > 0 : Boolean(present))
  );
}

function insecure(key: string): string {
  return (
    `session: the cookie '${key}' is Secure, but this request came over http as far as Koa can tell. Behind a proxy ` +
    'that ends TLS set app.proxy = true and let the proxy send X-Forwarded-Proto: https; without TLS set the option ' +
    'secure to false.'
  );
}
