import type { Context } from 'koa';
import type { Life, SessionRecord } from './life.ts';
import type { MaybePromise } from './waiting.ts';

/**
 * Identifies one state of a stored session. Opaque: only the store that made it compares it. It changes with every
 * `update` and with no `touch`. A session created again under the same id never gets a version of an earlier one.
 */
export type Version = string | number;

/** A session as a store keeps it. */
export interface StoredSession {
  /**
   * JSON of the app's data, an object. It is text, so a handler that changes its data does not change the stored ones.
   */
  data: string;
  life: Life;
  version: Version;
  /** Set if the session was read by an id that was renewed: the handle of its new id. */
  successor?: string | undefined;
}

/** What a store has to keep of a session. */
export interface SessionWrite {
  /** JSON of the app's data, an object. */
  data: string;
  life: Life;
  /** After how many ms the store may forget the session; 0 or less: at once; undefined: the session has no end. */
  ttl: number | undefined;
  /** The user of the session; undefined: nobody is logged in. */
  userId: string | undefined;
  /**
   * The most sessions that the user may have. If this write gives the user one more, the oldest others are ended: those
   * extended longest ago or, at the store's choice, those that would end first. Undefined: no limit, and later limits
   * need not count this session.
   */
  maxOfUser?: number | undefined;
}

/**
 * The outcome of a conditional write:
 *
 * - `done`: it was made; `version` is the new version of the session
 * - `changed`: nothing was written, since another request has changed the session; `current` is the stored session
 * - `gone`: nothing was written, since the session is no longer there
 */
export type Outcome =
  | { kind: 'done'; version: Version }
  | { kind: 'changed'; current: StoredSession }
  | { kind: 'gone' };

/** The outcome of a write that cannot conflict. Its version has no meaning. */
export const DONE: Outcome = { kind: 'done', version: 0 };

/** How a session is ended. `version`: only if it is still at that version; `replaced`: it has a new id. */
export interface Ending {
  version?: Version;
  replaced?: boolean;
  successor?: Successor | undefined;
}

/**
 * The session that a renewed id leads to, so that parallel requests succeed. Called with the old id, `read`, `update`,
 * `touch` and `destroy` work on that session and return its handle: for `for` ms, and while it belongs to `userId`.
 */
export interface Successor {
  id: string;
  userId: string | undefined;
  /** In ms. */
  for: number;
}

/** One of the sessions of a user, without its id. */
export interface ListedSession extends StoredSession {
  /** `handleOf(id)`: names the session for `destroyByUser`, and gives no access to it. */
  handle: string;
}

/** What `userSessions` needs of a store. */
export interface UserIndex {
  /** All sessions that were last written with this `userId` and have not ended, in any order. */
  listByUser(userId: string): MaybePromise<ListedSession[]>;

  /**
   * Ends the sessions of a user and returns how many there were. Without `only`, renewed ids of the user no longer lead
   * to a session; only the id `except` still does.
   *
   * @param which `except`: all but the session with that id; `only`: just the one with that handle
   */
  destroyByUser(userId: string, which?: { except?: string; only?: string }): MaybePromise<number>;
}

/**
 * A store that loses nothing: a destroyed session never comes back, and no write replaces data that its request has not
 * read.
 *
 * Every method may answer at once or with a promise, and each is atomic: of two calls on one id, one comes first. `id`
 * is the session id as the client has it: any text, of any length. A store keeps its {@link handleOf} and never the id
 * itself, so that a leaked store gives nobody access to a session.
 *
 * A missing session is not an error. Errors (thrown or rejected) are for faults of the system: no connection, disk
 * full. After an error the caller does not know whether the write was made.
 *
 * The tests in `testing/store-contract/` can be run on any store.
 */
export interface VersionedStore extends UserIndex {
  /**
   * Returns the session stored under `id`.
   *
   * - undefined: there is no session, or it has ended
   * - `'replaced'`: it was ended by `destroy` with `replaced` less than {@link REPLACED_FOR} ms ago
   * - `'invalid'`: the record is damaged or not of this store; the other methods treat it as missing
   */
  read(id: string): MaybePromise<StoredSession | 'replaced' | 'invalid' | undefined>;

  /**
   * Stores a new session. Returns undefined, and changes nothing, if the id is taken. A replaced id is not taken.
   */
  create(id: string, session: SessionWrite): MaybePromise<Version | undefined>;

  /**
   * Overwrites the session if it is still at `version`, and gives it a new version.
   *
   * The end never moves back: if the stored `idleEndsAt` is later than the given one and both have the same `maxAge`,
   * the stored life and time to live stay.
   */
  update(id: string, version: Version, session: SessionWrite): MaybePromise<Outcome>;

  /**
   * Extends the session if it is still at `version`. Data and version stay. The end never moves back, as in `update`.
   *
   * @param session its `userId` is that of the last write, so that a store can extend its index of users too
   */
  touch(id: string, version: Version, session: Omit<SessionWrite, 'data'>): MaybePromise<Outcome>;

  /**
   * Ends the session. With `version` only if it is still at that version, and with the outcomes of `update`; otherwise
   * the outcome is `done` or `gone`. (The version of `done` has no meaning here.)
   *
   * @param how `replaced`: the session has a new id. Until {@link REPLACED_FOR} ms from now, `read` returns
   *   `'replaced'`, or while the grace of a `successor` lasts, the successor
   */
  destroy(id: string, how?: Ending): MaybePromise<Outcome>;
}

/**
 * How long stores remember, in ms, that `regenerate()` has replaced an id. Requests that the browser sent before it got
 * the new id arrive within this time.
 */
export const REPLACED_FOR = 60_000;

/** Through how many renewals an old id still leads to its session. */
export const MOST_RENEWALS = 10;

/** Whether `store` is a {@link VersionedStore}; otherwise it is a store of koa-session's kind. */
export function isVersioned(store: SessionStore | VersionedStore): store is VersionedStore {
  return 'read' in store && 'create' in store && 'update' in store && 'touch' in store;
}

/** What a store of koa-session's kind gets in addition. `ctx` is the request that it works for. */
export interface StoreContext {
  ctx: Context;
}

/** What `set` gets in addition: `changed` is false if only the expiry moved. */
type WriteContext = StoreContext & { changed: boolean; rolling: boolean };

/**
 * A store of koa-session's kind: any object with these three methods. Each may answer at once or with a promise.
 * For this process, `classic-store.ts` makes writes conditional.
 *
 * Handlers may go on changing the nested values of a record, so a store keeps text or a deep copy, never the object.
 * Errors are for faults of the system (no connection, disk full); a missing session is not an error. With `signed:
 * false` the id may be any text that a browser sends.
 *
 * @example
 * // One file per session, named by a hash, since the id comes from the browser. Expired files are never deleted.
 * function fileStore(folder: string): SessionStore {
 *   const fileOf = (id: string) => join(folder, createHash('sha256').update(id).digest('hex'));
 *   return {
 *     async get(id) {
 *       const text = await readFile(fileOf(id), 'utf8').catch((error: NodeJS.ErrnoException) => {
 *         if (error.code !== 'ENOENT') throw error;
 *       });
 *       const { endsAt, record } = JSON.parse(text ?? '{}') as { endsAt?: number; record?: SessionRecord };
 *       return endsAt !== undefined && endsAt < Date.now() ? undefined : record;
 *     },
 *     async set(id, record, ttl) {
 *       const endsAt = ttl && Date.now() + ttl;
 *       const part = `${fileOf(id)}.${randomUUID()}`;
 *       await writeFile(part, JSON.stringify({ endsAt, record }), { mode: 0o600 });
 *       await rename(part, fileOf(id));
 *     },
 *     destroy: (id) => rm(fileOf(id), { force: true }),
 *   };
 * }
 */
export interface SessionStore {
  /**
   * Returns the record stored under `id`; undefined or null if it is missing or has ended. Handlers change what they
   * get, so every call returns a new object.
   * @param maxAge the current idle timeout in ms; undefined: sessions have no idle timeout
   */
  get(id: string, maxAge: number | undefined, options: StoreContext & { rolling: boolean }): unknown;

  /**
   * Stores `record` under `id`, and overwrites an earlier one.
   * @param ttl ms after which the store may forget the record: `maxAge` and ten seconds, so that the cookie ends first;
   *   undefined: the session has no end
   */
  set(id: string, record: SessionRecord, ttl: number | undefined, options: WriteContext): unknown;

  /** Removes the record of `id`, if there is one. */
  destroy(id: string, options: StoreContext): unknown;
}

/** How much longer than its session a revocation is kept, in ms: clocks of processes may differ. */
export const CLOCK_MARGIN = 86_400_000;

/** A session in a cookie, as `revocations` sees it. */
export interface RevocableSession {
  /** The id that its cookie carries. */
  id: string;
  /** Creation or last `regenerate()`, ms since 1970, by the clock of the process that created it. */
  createdAt: number;
  /** The {@link Revocations.stamp} that it got when it was created; undefined: it got none. */
  stamp?: string | undefined;
  /**
   * The user of the session; undefined: nobody is logged in. It may be a getter that parses data: read it only if
   * needed.
   */
  readonly userId: string | undefined;
}

/**
 * Remembers which sessions in cookies were ended early: the server has no record to delete, and a copy of the cookie
 * stays valid. Each revocation is kept until the session would have ended.
 *
 * Every method may answer at once or with a promise. Errors are for faults of the system; the option
 * `onRevocationError` says what happens then.
 */
export interface Revocations {
  /**
   * Ends one session.
   * @param until ms since 1970: the cookie is invalid from then on, so the revocation can be forgotten. Infinity: never
   */
  revoke(session: RevocableSession, until: number): MaybePromise<void>;

  /**
   * Ends all sessions of a user that were created up to now, except one.
   * @param upTo ms since 1970: a session without a stamp is ended if it was created then or earlier; one with a stamp
   *   if the stamp was given before this call, whatever the clocks say. Infinity: all, including future ones
   * @param until as for {@link revoke}
   * @param except id of a session that this call does not end
   */
  revokeUser(userId: string, upTo: number, until: number, except?: string): MaybePromise<void>;

  /** Whether `revoke` or `revokeUser` has ended the session. */
  isRevoked(session: RevocableSession): MaybePromise<boolean>;

  /**
   * Called once when a session is created, whose cookie then carries the stamp. From the stamp `isRevoked` knows whether
   * the session is older than a `revokeUser`, even if clocks of processes differ. The stamp consists of letters, digits,
   * `.`, `-` and `_`, or is empty. Without this method `createdAt` decides.
   * @param userId undefined: nobody is logged in
   */
  stamp?(userId: string | undefined): MaybePromise<string>;
}
