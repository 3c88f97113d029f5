import { canSend } from '../cookie/response.ts';
import { emitSessionEvent } from './events.ts';
import type { Carried } from '../cookie/session-cookie.ts';
import { type Asking, type PendingWrite, type Found, type Keeper, type Kept, newer } from './keeper.ts';
import type { Ending, Outcome, StoredSession, VersionedStore } from './store.ts';
import { after, caught, type MaybePromise } from './waiting.ts';

/** Keeps sessions in a store, and the id in the cookie or where `externalKey` puts it. */
export class StoreKeeper implements Keeper {
  readonly #storeFor: (asking: Asking) => VersionedStore;

  /** @param storeFor returns the store of a request; called once for each request */
  constructor(storeFor: (asking: Asking) => VersionedStore) {
    this.#storeFor = storeFor;
  }

  load(asking: Asking): MaybePromise<Found | undefined> {
    const { externalKey } = asking.options;
    const id = externalKey?.get(asking.ctx);
    if (externalKey) return id ? this.loadId(asking, id) : undefined;
    const read = asking.cookie.read(asking);
    return read && this.#loadAll(asking, read);
  }

  /** Loads the session of each cookie with the name, usually one, and takes the newest. */
  #loadAll(asking: Asking, { text, needsReseal, next }: Carried): MaybePromise<Found> {
    const found = this.loadId(asking, text, needsReseal);
    return next ? after(found, (one) => after(this.#loadAll(asking, next), (two) => newer(one, two))) : found;
  }

  loadId(asking: Asking, id: string, needsReseal = false): MaybePromise<Found> {
    const read = this.ask(asking, id, (store) => store.read(id));
    return after(read, (found): Found => {
      if (found === 'invalid') return { event: found, id };
      if (typeof found !== 'object') return { event: 'missed', id, isReplaced: found === 'replaced' };
      const { data, life, version, successor, object } = found as StoredSession & { object?: object };
      return { kept: { id, data, life, version, successor }, object, needsReseal };
    });
  }

  write(asking: Asking, former: Kept | undefined, write: PendingWrite): MaybePromise<Outcome> {
    const { id = '' } = former ?? write;
    const { data, life, ttl, userId, maxOfUser, isSame } = write;
    // The id is a secret, so it is not among what the store keeps.
    const session = { data, life, ttl, userId, maxOfUser };
    if (former && isSame) return this.ask(asking, id, (store) => store.touch(id, former.version, session));
    if (former) return this.ask(asking, id, (store) => store.update(id, former.version, session));
    const created = this.ask(asking, id, (store) => store.create(id, session));
    return after(created, (version) => {
      if (version !== undefined) return { kind: 'done', version };
      throw new RangeError(
        'session: the new session id is already taken, so nothing was saved. The option genid must make a different ' +
          'id each time, from at least 128 random bits.',
      );
    });
  }

  deliver(asking: Asking, { id = '', endsAt }: PendingWrite): void {
    const { ctx, cookie, options } = asking;
    if (options.externalKey) options.externalKey.set(ctx, id);
    // If the headers are sent, only the cookie's new expiry is lost: assertDeliverable has checked that.
    else if (canSend(ctx)) cookie.write(asking, cookie.seal(ctx, id), endsAt);
  }

  destroy(asking: Asking, { id = '' }: Kept, how?: Ending): MaybePromise<Outcome> {
    return this.ask(asking, id, (store) => store.destroy(id, how));
  }

  status(asking: Asking, { id = '' }: Kept): MaybePromise<'there' | 'replaced' | 'gone'> {
    return after(this.loadId(asking, id), ({ kept, isReplaced }) => {
      if (isReplaced || kept?.successor !== undefined) return 'replaced';
      return kept ? 'there' : 'gone';
    });
  }

  /** Calls the store, and emits `store-error` for its errors before it throws them on. */
  ask<T>(asking: Asking, id: string, work: (store: VersionedStore) => MaybePromise<T>): MaybePromise<T> {
    return caught(
      () => work((asking.store ??= this.#storeFor(asking))),
      (error): never => {
        emitSessionEvent('store-error', asking.ctx, id, error);
        throw error;
      },
    );
  }
}
