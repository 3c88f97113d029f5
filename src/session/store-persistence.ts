import type { Context } from 'koa';
import { SessionCookie } from './cookie/session-cookie.ts';
import { emitSessionEvent } from './events.ts';
import { KeptSession } from './kept-session.ts';
import { after, isPromise, recovering } from './maybe-promise.ts';
import type { Draft, Persistence, Presented } from './persistence.ts';
import { isRecord } from './record.ts';
import type { RequestOptions } from './resolve-options.ts';
import { ClassicStore } from './koa-session/classic-store.ts';
import type { Locks } from './locks.ts';
import type { MaybePromise, Outcome, StoredSession, Version, VersionedStore } from './store.ts';
import type { Unread } from './unread.ts';

/**
 * How long a request waits for its turn, in ms. A turn only makes it rarer that requests meet: who has it may be slow, or wait
 * for a request that waits here.
 */
const LONGEST_WAIT = 1000;

/** What all requests share that use one store. */
interface Shared {
  turns: Locks;
  unread: Unread | undefined;
}

/** The session in a store, the id in the cookie or wherever `externalKey` puts it. */
export class StorePersistence implements Persistence {
  readonly cookie: SessionCookie;
  readonly place = 'store';
  readonly #ctx: Context;
  readonly #request: RequestOptions;
  readonly #store: VersionedStore;
  readonly #shared: Shared;

  constructor(ctx: Context, request: RequestOptions, store: VersionedStore, shared: Shared) {
    this.cookie = new SessionCookie(ctx, request);
    this.#ctx = ctx;
    this.#request = request;
    this.#store = store;
    this.#shared = shared;
  }

  load(): MaybePromise<Presented | undefined> {
    const { externalKey } = this.#request.options;
    const id = externalKey ? externalKey.get(this.#ctx) : this.cookie.read();
    return id ? this.loadId(id) : undefined;
  }

  loadId(id: string): MaybePromise<Presented> {
    const store = this.#store;
    if (store instanceof ClassicStore) {
      return after(
        this.#ask(id, () => store.get(id)),
        (found) => presentRecord(id, found),
      );
    }
    const found = this.#ask(id, () => store.read(id));
    return isPromise(found) ? found.then((one) => present(id, one)) : present(id, found);
  }

  requireDelivery(lateUse?: Error): void {
    if (!this.#request.options.externalKey) this.cookie.requireSendable(lateUse);
  }

  /** Each call to the store says for itself when that cannot be reached. */
  requireStore(): void {}

  create(draft: Draft): MaybePromise<Version | undefined> {
    const { id = '' } = draft;
    this.#shared.unread?.willChange(draft.life);
    return this.#ask(id, () => this.#store.create(id, draft));
  }

  update({ id = '', version }: KeptSession, draft: Draft): MaybePromise<Outcome> {
    this.#shared.unread?.willChange(draft.life);
    return this.#ask(id, () => this.#store.update(id, version, draft));
  }

  touch({ id = '', version }: KeptSession, draft: Draft): MaybePromise<Outcome> {
    this.#shared.unread?.willChange(draft.life);
    return this.#ask(id, () => this.#store.touch(id, version, draft));
  }

  deliver({ id = '', endsAt }: Draft): void {
    const { externalKey } = this.#request.options;
    if (externalKey) externalKey.set(this.#ctx, id);
    // A client that has the id can do without the cookie's new expiry; the headers are gone.
    else if (!this.#ctx.headerSent) this.cookie.write(this.cookie.seal(id), endsAt);
  }

  destroy({ id = '' }: KeptSession, how?: { version?: Version; replaced?: boolean }): MaybePromise<Outcome> {
    this.#shared.unread?.willChange();
    return this.#ask(id, () => this.#store.destroy(id, how));
  }

  standing({ id = '' }: KeptSession): MaybePromise<'there' | 'replaced' | 'gone'> {
    return after(
      this.#ask(id, () => this.#store.read(id)),
      (found) => (found === 'replaced' ? 'replaced' : found && found !== 'invalid' ? 'there' : 'gone'),
    );
  }

  inTurn<Result>(id: string | undefined, work: () => MaybePromise<Result>): MaybePromise<Result> {
    return this.#shared.turns.run(id ?? '', work, LONGEST_WAIT);
  }

  /** Reports what the store fails with; what becomes of it is for the caller. */
  #ask<T>(id: string, work: () => MaybePromise<T>): MaybePromise<T> {
    return recovering(work, (error) => {
      emitSessionEvent('store-error', this.#ctx, id, error);
      throw error;
    });
  }
}

function present(id: string, found: StoredSession | 'replaced' | 'invalid' | undefined): Presented {
  if (found === undefined) return { event: 'missed', id, value: undefined };
  if (found === 'invalid') return { event: 'invalid', id, value: undefined };
  return found === 'replaced' ? { replaced: id } : { kept: KeptSession.ofStored(id, found, found.version) };
}

function presentRecord(id: string, found: unknown): Presented {
  if (!found) return { event: 'missed', id, value: found };
  if (!isRecord(found)) return { event: 'invalid', id, value: found };
  return { kept: KeptSession.ofRecord(id, found) };
}
