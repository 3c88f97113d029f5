import type { Context } from 'koa';
import { type Asking, isEqualJson } from '../core/keeper.ts';
import { fromRecord, isRecord, type Life, outlasts, type SessionRecord, toRecord } from '../core/life.ts';
import type { SessionStore, SessionWrite, StoredSession, VersionedStore } from '../core/store.ts';
import { DONE, type Ending, type Outcome, type Version } from '../core/store.ts';
import { Locks, after, caught, type MaybePromise } from '../core/waiting.ts';

/** What a {@link ClassicStore} knows about the request that it works for. */
export interface ClassicStoreOptions {
  /** The request, which is passed to the store with every call. */
  ctx: Context;
  /** The idle timeout in force, in ms; undefined: there is none. */
  maxAge: number | undefined;
  rolling: boolean;
  /** Shared by all requests that use the same store. */
  locks: Locks;
}

/** The locks of each store, or of its class if each request makes a store: all requests must share them. */
const locksByStore = new WeakMap<object, Locks>();

/** Wraps a store of koa-session's kind, for one request, so that the core can use it. */
export function adapt(store: SessionStore, { ctx, options }: Asking): VersionedStore {
  const { ContextStore, maxAge, rolling } = options;
  const owner = ContextStore ?? store;
  const locks = locksByStore.get(owner) ?? new Locks();
  locksByStore.set(owner, locks);
  // Stores such as koa-redis calculate with `maxAge`: they get a number or undefined, never a string.
  return new ClassicStore(store, { ctx, maxAge: maxAge === 'session' ? undefined : maxAge, rolling, locks });
}

/** How long a session lives, and how long the store keeps it. */
type Lifetime = Pick<SessionWrite, 'life' | 'ttl'>;

/** How many states of a session a request remembers at most, however often it saves. */
const MOST_STATES = 100;

/**
 * Adds what a store of koa-session's kind lacks, as far as one process can, for one request. Reading, comparing and
 * writing are one step among the requests of this process; requests of other processes may come between.
 *
 * What it cannot do:
 *
 * - Versions are the data itself: data that was changed and changed back counts as unchanged.
 * - The store may read from a replica that lags. So an answer that ends earlier than a state that this request knows,
 *   or equals such a state and ends no later, counts as outdated and not as a change by others.
 * - A missing record counts as the end of the session, even if only the replica lacks it.
 * - A change of `maxAge` alone is not a change of data: a parallel touch may undo it.
 * - `create` replaces an existing record, as koa-session does, since a `genid` may return the same id again.
 * - `destroy` without `version` does not check whether there is a record, and answers `done`.
 * - `replaced` is not stored: koa-session's stores have no place for it, and are called here as koa-session calls them.
 * - It cannot list sessions by user.
 * - Ids are passed to the store unhashed.
 *
 * It is synchronous whenever the store is, and throws what the store throws, except when a record cannot be parsed. A
 * call that never settles delays the writes of its session for as long as {@link Locks} allow.
 */
export class ClassicStore implements VersionedStore {
  readonly #store: SessionStore;
  readonly #options: ClassicStoreOptions;
  readonly listByUser = refuseUsers;
  readonly destroyByUser = refuseUsers;
  /** The ids that this request has created. Until the headers are sent no client has them. */
  readonly #new: string[] = [];
  /** The states of a session that this request has read or tried to write, the current one last; empty: destroyed. */
  readonly #states = new Map<string, StoredSession[]>();

  constructor(store: SessionStore, options: ClassicStoreOptions) {
    this.#store = store;
    this.#options = options;
  }

  read(id: string): MaybePromise<StoredSession | 'invalid' | undefined> {
    const { ctx, maxAge, rolling } = this.#options;
    const states = this.#states.get(id);
    const isSent = (ctx.res as { headersSent: boolean } | undefined)?.headersSent === true;
    if (states && (states.length === 0 || (this.#new.includes(id) && !isSent))) return states.at(-1);
    const met = states ?? [];
    const take = (found: unknown): StoredSession | 'invalid' | undefined => {
      const stored = isRecord(found) ? storedOf(found) : 'invalid';
      if (stored === 'invalid') return found ? stored : undefined;
      if (!states?.some((state) => isLate(stored, state))) met.push(stored);
      this.#states.set(id, met);
      return met.at(-1);
    };
    return caught(() => after(this.#store.get(id, maxAge, { ctx, rolling }), take), invalidIfBroken);
  }

  create(id: string, session: SessionWrite): MaybePromise<Version> {
    return this.#options.locks.run(id, () => {
      this.#new.push(id);
      this.#states.set(id, []);
      return this.#set(id, session.data, session, true);
    });
  }

  update(id: string, version: Version, session: SessionWrite): MaybePromise<Outcome> {
    const { data } = session;
    return this.#ifStill(id, version, (stored) =>
      after(this.#set(id, data, laterOf(stored.life, session), data !== version), doneAt),
    );
  }

  touch(id: string, version: Version, session: Lifetime): MaybePromise<Outcome> {
    return this.#ifStill(id, version, ({ data, life }) => {
      if (outlasts(life, session.life)) return doneAt(version);
      return after(this.#set(id, data, session, false), () => doneAt(version));
    });
  }

  destroy(id: string, { version }: Ending = {}): MaybePromise<Outcome> {
    const { ctx, locks } = this.#options;
    const destroy = (): MaybePromise<Outcome> =>
      after(this.#store.destroy(id, { ctx }), () => {
        this.#states.set(id, []);
        return DONE;
      });
    return version === undefined ? locks.run(id, destroy) : this.#ifStill(id, version, destroy);
  }

  #ifStill(id: string, version: Version, act: (stored: StoredSession) => MaybePromise<Outcome>) {
    return this.#options.locks.run(id, () =>
      after(this.read(id), (stored): MaybePromise<Outcome> => {
        if (typeof stored !== 'object') return { kind: 'gone' };
        return isEqualJson(stored.data, `${version}`) ? act(stored) : { kind: 'changed', current: stored };
      }),
    );
  }

  /** Returns the new version. */
  #set(id: string, data: string, { life, ttl }: Lifetime, changed: boolean): MaybePromise<string> {
    const { ctx, rolling } = this.#options;
    const record = toRecord(JSON.parse(data) as object, life);
    // Computed before the store gets the record, since the store may change it.
    const version = JSON.stringify(fromRecord(record).data);
    const made = { data: version, life, version };
    const states = this.#states.get(id);
    // Inserted before the current state: if the store fails, the write may have been made or not.
    states?.splice(-1, 0, made);
    return after(this.#store.set(id, record, ttl, { changed, ctx, rolling }), () => {
      states?.splice(0, states.push(made) - MOST_STATES);
      return version;
    });
  }
}

const doneAt = (version: Version): Outcome => ({ kind: 'done', version });

/**
 * Whether a replica that lags has answered with an older state than a known one: a life never moves back. Equal data
 * with the same end is the known state itself.
 */
function isLate({ data, life }: StoredSession, state: StoredSession): boolean {
  return outlasts(state.life, life) || (isEqualJson(state.data, data) && !outlasts(life, state.life));
}

/** A store whose record is not JSON is available: only this record is broken, so only its session is affected. */
function invalidIfBroken(error: unknown): 'invalid' {
  if (error instanceof SyntaxError) return 'invalid';
  throw error;
}

/** The stored life if it outlasts the given one. A store does not report its ttl, so it is computed from the life. */
function laterOf(stored: Life, { life, ttl }: Lifetime): Lifetime {
  if (!outlasts(stored, life)) return { life, ttl };
  const ahead = (stored.idleEndsAt ?? 0) - (life.idleEndsAt ?? 0);
  return { life: stored, ttl: ttl === undefined ? undefined : ttl + ahead };
}

/** `object` is the data as the store returned it, perhaps with a Date. It is not enumerable, so it is never copied. */
function storedOf(record: SessionRecord): StoredSession | 'invalid' {
  const { data, life } = fromRecord(record);
  try {
    const json = JSON.stringify(data);
    return Object.defineProperty({ data: json, life, version: json }, 'object', { value: data });
  } catch {
    // A BigInt, a cycle, or data nested too deep: its changes could not be detected.
    return 'invalid';
  }
}

function refuseUsers(): never {
  throw new Error(
    'session: a store of three methods (get, set, destroy) cannot list sessions by user; MemoryStore can, and ' +
      'so can any VersionedStore',
  );
}
