import type { Context } from 'koa';
import { SessionCookie } from './cookie/session-cookie.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { SessionRecord } from './record.ts';
import type { SessionStore } from './stores/store.ts';

/** A value now, or a promise of it: no request waits for a store that needs no waiting. */
export type MaybePromise<T> = T | Promise<T>;

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === 'function';
}

/** Goes on with `next` at once, or when the promise is there. */
export function after<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** What a request presents: an id and what the store has for it, or just what the cookie holds. */
export interface Presented {
  id?: string;
  /** Not checked yet: anything that a decoder or a store answers. */
  record: unknown;
}

/** Where the session of one request is kept. What to keep and when is for {@link RequestSession} to say. */
export interface Persistence {
  readonly cookie: SessionCookie;
  /** Undefined when the request presents no session. */
  load(): MaybePromise<Presented | undefined>;
  /** @throws {Error} when the client cannot be given the cookie, or the id, on this response */
  requireDelivery(): void;
  /** `id` is undefined in cookie mode. `changed` is false when only the expiry moved. */
  save(id: string | undefined, record: SessionRecord, changed: boolean): MaybePromise<void>;
  /** Forgets `id` on the server; the cookie is left to the caller. */
  destroy(id: string): MaybePromise<void>;
}

/** `options` are this request's own; `ContextStore` goes before `store`. */
export function makePersistence(ctx: Context, options: ResolvedOptions): Persistence {
  const { ContextStore } = options;
  const store = ContextStore ? new ContextStore(ctx) : options.store;
  return store ? new StorePersistence(ctx, options, store) : new CookiePersistence(ctx, options);
}

/** All in the cookie. */
export class CookiePersistence implements Persistence {
  readonly cookie: SessionCookie;
  readonly #options: ResolvedOptions;

  constructor(ctx: Context, options: ResolvedOptions) {
    this.cookie = new SessionCookie(ctx, options);
    this.#options = options;
  }

  load(): Presented | undefined {
    const text = this.cookie.read();
    if (text === undefined) return undefined;
    try {
      return { record: this.#options.decode(text) };
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      // Else the same cookie would fail the next request too.
      this.cookie.expire();
      throw error;
    }
  }

  requireDelivery(): void {
    this.cookie.requireSendable();
  }

  save(_id: undefined, record: SessionRecord): void {
    this.cookie.write(this.#options.encode(record), expiresOf(record));
  }

  destroy(): void {
    // Nothing is kept on the server.
  }
}

/** The record in a store, the id in the cookie or wherever `externalKey` puts it. */
export class StorePersistence implements Persistence {
  /** Ten seconds, in ms: the store forgets later than the cookie ends, whatever the clocks. */
  static readonly GRACE = 10_000;

  readonly cookie: SessionCookie;
  readonly #ctx: Context;
  readonly #options: ResolvedOptions;
  readonly #store: SessionStore;

  constructor(ctx: Context, options: ResolvedOptions, store: SessionStore) {
    this.cookie = new SessionCookie(ctx, options);
    this.#ctx = ctx;
    this.#options = options;
    this.#store = store;
  }

  load(): MaybePromise<Presented | undefined> {
    const { externalKey, maxAge, rolling } = this.#options;
    const id = externalKey ? externalKey.get(this.#ctx) : this.cookie.read();
    if (!id) return undefined;
    return after(this.#store.get(id, maxAge, { ctx: this.#ctx, rolling }), (record) => ({ id, record }));
  }

  requireDelivery(): void {
    if (!this.#options.externalKey) this.cookie.requireSendable();
  }

  save(id: string, record: SessionRecord, changed: boolean): MaybePromise<void> {
    const { externalKey, rolling } = this.#options;
    const ttl = record._maxAge === undefined ? 'session' : record._maxAge + StorePersistence.GRACE;
    const stored = this.#store.set(id, record, ttl, { changed, ctx: this.#ctx, rolling });
    return after(stored, () => {
      if (externalKey) externalKey.set(this.#ctx, id);
      // A client that has the id can do without the cookie's new expiry; the headers are gone.
      else if (!this.#ctx.headerSent) this.cookie.write(id, expiresOf(record));
    });
  }

  destroy(id: string): MaybePromise<void> {
    return after(this.#store.destroy(id, { ctx: this.#ctx }), () => undefined);
  }
}

function expiresOf(record: SessionRecord): Date | undefined {
  return record._expire === undefined ? undefined : new Date(record._expire);
}
