import type { Context } from 'koa';
import { fromRecord, isRecord, type Life, outlasts, type SessionRecord, toRecord } from '../core/life.ts';
import type { Asking } from '../core/keeper.ts';
import type {
  Ending,
  Outcome,
  SessionStore,
  SessionWrite,
  StoredSession,
  Version,
  VersionedStore,
} from '../core/store.ts';
import { Locks, after, type MaybePromise } from '../core/waiting.ts';

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
const locks = new WeakMap<object, Locks>();

/** Makes of a store of koa-session's kind, for one request, one that the core can use. */
export function adapt(store: SessionStore, { ctx, options }: Asking): VersionedStore {
  const { ContextStore, maxAge, rolling } = options;
  const owner = ContextStore ?? store;
  const lock = locks.get(owner) ?? new Locks();
  locks.set(owner, lock);
  // Stores compute with it, as koa-redis does: they get a number or nothing, and no text.
  const idle = maxAge === 'session' ? undefined : maxAge;
  return new ClassicStore(store, { ctx, maxAge: idle, rolling, locks: lock });
}

/** How long a session lives, and how long the store keeps it. */
type Lifetime = Pick<SessionWrite, 'life' | 'ttl'>;
type Act = (stored: StoredSession) => MaybePromise<Outcome>;

/**
 * A store of koa-session's kind, for one request, with what it lacks as far as one process can add it. Reading,
 * comparing and writing are one step for all requests of this process; those of another process may come between.
 *
 * What it cannot do:
 *
 * - Versions are the data themselves: what was changed and changed back counts as unchanged.
 * - A change of nothing but `maxAge` is no change of data: a parallel touch may undo it.
 * - `create` replaces what is there, as koa-session does: a `genid` may give one id again.
 * - `destroy` without `version` does not look whether there is anything, and answers `done`.
 * - `replaced` is not kept: koa-session's stores have no place for it, and are called here as koa-session calls them.
 * - It cannot list sessions by user.
 * - Ids go to the store as they are.
 *
 * It answers at once whenever the store does, and throws what the store throws.
 */
export class ClassicStore implements VersionedStore {
  readonly #store: SessionStore;
  readonly #options: ClassicStoreOptions;
  readonly listByUser = refuseUsers;
  readonly destroyByUser = refuseUsers;
  /** What this request has created: until the headers are sent no client has the id, so nobody can have changed it. */
  readonly #own = new Map<string, StoredSession | undefined>();

  constructor(store: SessionStore, options: ClassicStoreOptions) {
    this.#store = store;
    this.#options = options;
  }

  read(id: string): MaybePromise<StoredSession | 'invalid' | undefined> {
    const { ctx, maxAge, rolling } = this.#options;
    return after(this.#store.get(id, maxAge, { ctx, rolling }), (found) => {
      if (!found) return undefined;
      return isRecord(found) ? storedOf(found) : 'invalid';
    });
  }

  create(id: string, session: SessionWrite): MaybePromise<Version> {
    return this.#options.locks.run(id, () => {
      this.#own.set(id, undefined);
      return this.#set(id, session, true);
    });
  }

  update(id: string, version: Version, { data, life, ttl }: SessionWrite): MaybePromise<Outcome> {
    return this.#ifStill(id, version, (stored) => {
      const set = this.#set(id, { data, ...laterOf(stored.life, { life, ttl }) }, data !== stored.data);
      return after(set, (version) => ({ kind: 'done', version }));
    });
  }

  touch(id: string, version: Version, { life, ttl }: Lifetime): MaybePromise<Outcome> {
    const done: Outcome = { kind: 'done', version };
    return this.#ifStill(id, version, (stored) => {
      if (outlasts(stored.life, life)) return done;
      return after(this.#set(id, { data: stored.data, life, ttl }, false), () => done);
    });
  }

  destroy(id: string, { version }: Ending = {}): MaybePromise<Outcome> {
    const destroy = (): MaybePromise<Outcome> =>
      after(this.#store.destroy(id, { ctx: this.#options.ctx }), () => {
        this.#own.delete(id);
        return { kind: 'done', version: '' };
      });
    return version === undefined ? this.#options.locks.run(id, destroy) : this.#ifStill(id, version, destroy);
  }

  #ifStill(id: string, version: Version, act: Act): MaybePromise<Outcome> {
    const { ctx, locks } = this.#options;
    return locks.run(id, () => {
      const own = (ctx.res as { headersSent: boolean } | undefined)?.headersSent
        ? undefined
        : this.#own.get(id);
      return after(own ?? this.read(id), (stored): MaybePromise<Outcome> => {
        if (typeof stored !== 'object') return { kind: 'gone' };
        return stored.version === version ? act(stored) : { kind: 'changed', current: stored };
      });
    });
  }

  #set(id: string, write: Omit<SessionWrite, 'userId'>, changed: boolean): MaybePromise<Version> {
    const { data, life, ttl } = write;
    const { ctx, rolling } = this.#options;
    const record = toRecord(JSON.parse(data) as object, life);
    // Before the store has the record, which may change it.
    const version = JSON.stringify(fromRecord(record).data);
    return after(this.#store.set(id, record, ttl, { changed, ctx, rolling }), () => {
      if (this.#own.has(id)) this.#own.set(id, { data, life, version });
      return version;
    });
  }
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
    'session: a store of three methods (get, set, destroy) cannot list sessions by user; MemoryStore can, and so can ' +
      'any VersionedStore',
  );
}
