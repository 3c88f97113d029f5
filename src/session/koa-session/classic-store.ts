import type { Context } from 'koa';
import { type Asking, isEqualJson } from '../core/keeper.ts';
import { fromRecord, isRecord, type Life, outlasts, type SessionRecord, toRecord } from '../core/life.ts';
import type { SessionStore, SessionWrite, StoredSession, VersionedStore } from '../core/store.ts';
import { DONE, type Ending, type Outcome, type Version } from '../core/store.ts';
import { Locks, after, caught, type MaybePromise } from '../core/waiting.ts';

/** For whom a {@link ClassicStore} works. */
export interface ClassicStoreOptions {
  /** The request; the store is told of it with every call. */
  ctx: Context;
  /** The idle timeout in force, in ms; undefined: there is none. */
  maxAge: number | undefined;
  rolling: boolean;
  /** Shared by all requests that use the same store. */
  locks: Locks;
}

/** What one call of a store takes, by store, or by its class when each request makes one: they have to meet here. */
const locksByStore = new WeakMap<object, Locks>();

/** Makes of a store of koa-session's kind, for one request, one that the core can use. */
export function adapt(store: SessionStore, { ctx, options }: Asking): VersionedStore {
  const { ContextStore, maxAge, rolling } = options;
  const owner = ContextStore ?? store;
  const locks = locksByStore.get(owner) ?? new Locks();
  locksByStore.set(owner, locks);
  // Stores compute with it, as koa-redis does: they get a number or nothing, and no text.
  return new ClassicStore(store, { ctx, maxAge: maxAge === 'session' ? undefined : maxAge, rolling, locks });
}

/** How long a session lives, and how long the store keeps it. */
type Lifetime = Pick<SessionWrite, 'life' | 'ttl'>;

/** How many earlier states a request remembers, so that one that saves again and again holds no more than these. */
const MOST_STATES = 100;

/**
 * A store of koa-session's kind, for one request, with what it lacks as far as one process can add it. Reading,
 * comparing and writing are one step for all requests of this process; those of another process may come between.
 *
 * What it cannot do:
 *
 * - Versions are the data themselves: what was changed and changed back counts as unchanged.
 * - The store may read from a replica that lags. So what ends earlier than a state that this request knows, or is one of
 *   them and ends no later, counts as the store's late answer and not as a change by others.
 * - That nothing is stored counts as the end of the session, also where only the replica does not know of it yet.
 * - A change of nothing but `maxAge` is no change of data: a parallel touch may undo it.
 * - `create` replaces what is there, as koa-session does: a `genid` may give one id again.
 * - `destroy` without `version` does not look whether there is anything, and answers `done`.
 * - `replaced` is not kept: koa-session's stores have no place for it, and are called here as koa-session calls them.
 * - It cannot list sessions by user.
 * - Ids go to the store as they are.
 *
 * It answers at once whenever the store does, and throws what the store throws, but for records that it cannot parse. A
 * call that never settles holds up the writes of its session for as long as {@link Locks} say.
 */
export class ClassicStore implements VersionedStore {
  readonly #store: SessionStore;
  readonly #options: ClassicStoreOptions;
  readonly listByUser = refuseUsers;
  readonly destroyByUser = refuseUsers;
  /** The ids that this request has made. Until the headers are sent no client has them. */
  readonly #new: string[] = [];
  /** All states of a session that this request has met or tried to write, the last one now; none: it is destroyed. */
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

  /** Answers the version of what is stored now. */
  #set(id: string, data: string, { life, ttl }: Lifetime, changed: boolean): MaybePromise<string> {
    const { ctx, rolling } = this.#options;
    const record = toRecord(JSON.parse(data) as object, life);
    // Before the store has the record, which may change it.
    const version = JSON.stringify(fromRecord(record).data);
    const made = { data: version, life, version };
    const states = this.#states.get(id);
    // Before the last: a store that fails may have made the write or not.
    states?.splice(-1, 0, made);
    return after(this.#store.set(id, record, ttl, { changed, ctx, rolling }), () => {
      states?.splice(0, states.push(made) - MOST_STATES);
      return version;
    });
  }
}

const doneAt = (version: Version): Outcome => ({ kind: 'done', version });

/**
 * Whether a replica that lags has answered with something older than a state that is known: a life never moves back. With
 * the same end it is that state itself.
 */
function isLate({ data, life }: StoredSession, state: StoredSession): boolean {
  return outlasts(state.life, life) || (isEqualJson(state.data, data) && !outlasts(life, state.life));
}

/** A store that reads text that is no JSON has answered: the record is broken, and concerns its owner alone. */
function invalidIfBroken(error: unknown): 'invalid' {
  if (error instanceof SyntaxError) return 'invalid';
  throw error;
}

/** The stored expiry where it outlasts the given one. The store does not say how long it keeps: life tells. */
function laterOf(stored: Life, { life, ttl }: Lifetime): Lifetime {
  if (!outlasts(stored, life)) return { life, ttl };
  const ahead = (stored.idleEndsAt ?? 0) - (life.idleEndsAt ?? 0);
  return { life: stored, ttl: ttl === undefined ? undefined : ttl + ahead };
}

/** Its `object` is what the store has made of the data, a Date perhaps; it is not enumerable, as no store keeps it. */
function storedOf(record: SessionRecord): StoredSession | 'invalid' {
  const { data, life } = fromRecord(record);
  try {
    const json = JSON.stringify(data);
    return Object.defineProperty({ data: json, life, version: json }, 'object', { value: data });
  } catch {
    // A BigInt, a cycle, or nested too deep: no change of it could be told.
    return 'invalid';
  }
}

function refuseUsers(): never {
  throw new Error(
    'session: a store of three methods (get, set, destroy) cannot list sessions by user; MemoryStore can, and ' +
      'so can any VersionedStore',
  );
}
