import { emitSessionEvent } from '../core/events.ts';
import { type Asking, validate, type Found, type Kept, objectIn } from '../core/keeper.ts';
import { endOf, type Life, timeToLive } from '../core/life.ts';
import { userIn } from '../core/options.ts';
import type { StoreKeeper } from '../core/store-keeper.ts';
import { REPLACED_FOR, type SessionWrite, type Version, type VersionedStore } from '../core/store.ts';
import type { MaybePromise } from '../core/waiting.ts';
import { applyChanges, extendedLife, type PendingChanges } from './pending-changes.ts';

/** How many attempts may lose against other requests before the recovery fails. */
const MOST_ATTEMPTS = 100;

/** Whether the changes have expired, as a session would have. */
export function isOver({ configured, options }: Asking, { life }: PendingChanges): boolean {
  return (endOf(life, configured) ?? Infinity) < options.now();
}

/**
 * Applies the changes of an outage to the session in the store, once. If there is no session, it creates one.
 *
 * Several requests may bring the same changes, and each may be cut off at any point. So a request first reads the
 * session, then the marker. If the marker does not list the changes, the request applies them, provided that the
 * session has not changed since it was read. Then it sets the marker, and only then do handlers run. So while there is
 * no marker, no handler has changed the session after the changes were applied: applying them again does no harm.
 */
export class OutageRecovery {
  readonly #asking: Asking;
  readonly #inStore: StoreKeeper;
  readonly #pending: PendingChanges;
  /** The session in the store, as last read. */
  found: (Kept & { readonly id: string }) | undefined;
  /** Whether the error came from the store, and not from the app's own functions. */
  hasStoreFailed = false;

  constructor(asking: Asking, inStore: StoreKeeper, pending: PendingChanges) {
    this.#asking = asking;
    this.#inStore = inStore;
    this.#pending = pending;
  }

  /** @throws what the store and the app's own functions throw */
  async recover(): Promise<Found> {
    for (let count = 0; count < MOST_ATTEMPTS; count += 1) {
      const found = await this.#attempt();
      if (found) return found;
    }
    throw new Error(`session: not recovered after an outage: others changed it ${MOST_ATTEMPTS} times`);
  }

  /** Undefined when another request was faster: then try again. */
  async #attempt(): Promise<Found | undefined> {
    const { id, sessionId = id, revision } = this.#pending;
    const obstacle = await this.#find();
    if (obstacle === 'replaced') return { event: 'missed', id: sessionId, isReplaced: true };
    const marker = await this.#readMarker();
    if (marker.revision >= revision || isOver(this.#asking, this.#pending)) {
      if (this.found) return { kept: this.found };
      // Another request may be about to send the browser the id. Clocks differ: `at` may lie in the future.
      const isReplaced = Math.abs(this.#asking.options.now() - marker.at) < REPLACED_FOR;
      return { event: 'missed', id, isReplaced };
    }
    if (obstacle) return { event: 'invalid', id };
    const kept = await this.#apply(marker.revision);
    return kept && (await this.#setMarker(marker.version)) ? { kept } : undefined;
  }

  /** Finds the session that the changes belong to or have begun. Returns the obstacle if they cannot be applied. */
  async #find(): Promise<'replaced' | 'invalid' | undefined> {
    this.found = undefined;
    const { id, sessionId = id } = this.#pending;
    for (const one of new Set([sessionId, id])) {
      const stored = await this.#ask(one, (store) => store.read(one));
      if (stored === 'replaced') return stored;
      const kept = typeof stored === 'object' ? { ...stored, id: one } : undefined;
      if (kept && (await validate(this.#asking, kept)) === 'valid') {
        this.found = kept;
        return undefined;
      }
      // An unreadable or invalid session has taken the id of the changes.
      if (stored && one === id) return 'invalid';
      if (stored === 'invalid') emitSessionEvent('invalid', this.#asking.ctx, one, undefined);
    }
    return undefined;
  }

  /** Undefined when another request was faster. */
  async #apply(appliedRevision: number): Promise<Kept | undefined> {
    const { options } = this.#asking;
    const { found } = this;
    const before = found ? objectIn(found.data) : {};
    const changed = applyChanges(before, this.#pending, appliedRevision);
    // No login was possible during the outage, so changes that would log a user in are dropped.
    const user = userIn(changed, options);
    const isLogin = user !== undefined && user !== userIn(before, options);
    const data = isLogin ? before : changed;
    const { id, life } = found ?? this.#pending;
    const write = this.#writeOf(data, extendedLife(life, this.#pending), userIn(data, options));
    // Written even if nothing changes, so that an earlier write that is still under way fails.
    const version = await this.#put(id, id, write, found?.version);
    if (version === undefined) return undefined;
    return { id, data: write.data, life: write.life, version, successor: found?.successor };
  }

  #writeOf(data: object, life: Life, userId?: string): SessionWrite {
    const { configured, options } = this.#asking;
    const ttl = timeToLive(endOf(life, configured), options.now());
    return { data: JSON.stringify(data), life, ttl, userId };
  }

  /**
   * The last revision that was applied, so that no copy of the cookie applies it again. No `version`: there is no marker
   * yet. If the marker is unreadable, all changes count as applied: applying them twice could overwrite newer data.
   */
  async #readMarker(): Promise<{ revision: number; at: number; version?: Version }> {
    const { id } = this.#pending;
    const stored = await this.#ask(id, (store) => store.read(markerOf(id)));
    if (!stored) return { revision: 0, at: -Infinity };
    if (typeof stored === 'object') {
      const { round, at } = objectIn(stored.data);
      const revision = Number.isSafeInteger(round) ? Number(round) : 0;
      if (revision > 0) return { revision, at: Number(at), version: stored.version };
    }
    emitSessionEvent('invalid', this.#asking.ctx, id, undefined);
    return { revision: Infinity, at: 0 };
  }

  /**
   * The marker lives as long as a cookie that was made in the last moment of the outage.
   * @param former the version of the stored marker
   * @returns false when another request was faster
   */
  async #setMarker(former: Version | undefined): Promise<boolean> {
    const { id, revision, life } = this.#pending;
    const at = this.#asking.options.now();
    const idleEndsAt = typeof life.maxAge === 'number' ? at + life.maxAge : life.idleEndsAt;
    const write = this.#writeOf({ round: revision, at }, { ...life, idleEndsAt });
    return (await this.#put(id, markerOf(id), write, former)) !== undefined;
  }

  /** Creates a record, or updates the one at `version`. Undefined when another request was faster. */
  async #put(id: string, key: string, write: SessionWrite, version?: Version): Promise<Version | undefined> {
    if (version === undefined) return this.#ask(id, (store) => store.create(key, write));
    const outcome = await this.#ask(id, (store) => store.update(key, version, write));
    return outcome.kind === 'done' ? outcome.version : undefined;
  }

  async #ask<Answer>(id: string, work: (store: VersionedStore) => MaybePromise<Answer>): Promise<Answer> {
    try {
      return await this.#inStore.ask(this.#asking, id, work);
    } catch (error) {
      this.hasStoreFailed = true;
      throw error;
    }
  }
}

/** No session can have this id: a client cannot send a semicolon, which ends a cookie's value. */
function markerOf(id: string): string {
  return `laid;${id}`;
}
