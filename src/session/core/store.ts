import type { Context } from 'koa';
import type { Life, SessionRecord } from './life.ts';
import type { MaybePromise } from './waiting.ts';

/**
 * Tells one state of a stored session from another. Opaque: only the store that gave it out compares it. It changes
 * with every `update` and with no `touch`. A session that is created again under an id never has a version that an
 * earlier one had.
 */
export type Version = string | number;

/** A session as a store keeps it. */
export interface StoredSession {
  /** JSON of the app's data, an object. Text, so that nobody can change what is stored by changing what they hold. */
  data: string;
  life: Life;
  version: Version;
  /** It was found by an id that was renewed: the handle of the session that goes on. */
  successor?: string | undefined;
}

/** What a store is to keep. */
export interface SessionWrite {
  /** JSON of the app's data, an object. */
  data: string;
  life: Life;
  /** After how many ms the store may forget the session; 0 or less: at once; undefined: it has no end of its own. */
  ttl: number | undefined;
  /** Whose session it is; undefined: nobody has logged in. */
  userId: string | undefined;
  /**
   * The most sessions that the user may have. Giving this one to the user ends the oldest of the others beyond that:
   * those that were extended longest ago or, at the store's choice, that would end first. Undefined: no limit, and a
   * session that was given without one need not count later.
   */
  maxOfUser?: number | undefined;
}

/**
 * What became of a write that holds only for one version:
 *
 * - `done`: it was made; `version` is that of the session now
 * - `changed`: it was not made, since somebody else has changed the session; `current` is what is stored now
 * - `gone`: it was not made, since there is no such session any more
 */
export type Outcome =
  | { kind: 'done'; version: Version }
  | { kind: 'changed'; current: StoredSession }
  | { kind: 'gone' };

/** For a write that always holds. Its version has no meaning. */
export const DONE: Outcome = { kind: 'done', version: 0 };

/** How a session is ended: only if it is still at `version`; `replaced`: it goes on under another id. */
export interface Ending {
  version?: Version;
  replaced?: boolean;
  successor?: Successor | undefined;
}

/**
 * To which session a renewed id leads: for `for` ms, and as long as it belongs to `userId`, `read`, `update`, `touch` and
 * `destroy` of the old id are those of the new one, and what they answer has its handle. Parallel requests then succeed.
 */
export interface Successor {
  id: string;
  userId: string | undefined;
  /** In ms. */
  for: number;
}

/** One of the sessions of a user, without its id. */
export interface ListedSession extends StoredSession {
  /** Names the session for `destroyByUser`, and opens nothing: `handleOf` its id. */
  handle: string;
}

/** What `userSessions` needs of a store. */
export interface UserIndex {
  /** All sessions that were last written with this `userId` and whose time is not over, in no order. */
  listByUser(userId: string): MaybePromise<ListedSession[]>;

  /**
   * Forgets the sessions of a user and answers how many they were. Without `only`, no renewed id of theirs leads to a
   * session any more, but that of `except`.
   *
   * @param which `except`: all but the session of that id; `only`: none but the one of that handle
   */
  destroyByUser(userId: string, which?: { except?: string; only?: string }): MaybePromise<number>;
}

/**
 * A store that loses nothing: a destroyed session never comes back, and no write replaces what it has not seen.
 *
 * Every method may answer at once or with a promise, and each is atomic: of two that meet on one id, one comes first.
 * `id` is the session id as the client has it. A store keeps its {@link handleOf} and never the id itself, so that
 * who reads the store cannot become anybody. It may be any text that a client sends, of any length.
 *
 * A session that is not there is no error. Errors (thrown, or rejected) are for faults of the system: no connection,
 * disk full. After an error the caller knows nothing of whether the write was made.
 *
 * Any store can be put through the tests of `testing/store-contract/`.
 */
export interface VersionedStore extends UserIndex {
  /**
   * What is stored under `id`.
   *
   * - undefined: nothing, or its time is over
   * - `'replaced'`: it went by `destroy` with `replaced` less than {@link REPLACED_FOR} ms ago
   * - `'invalid'`: something that this store did not write, or that was damaged; for writes it is not there
   */
  read(id: string): MaybePromise<StoredSession | 'replaced' | 'invalid' | undefined>;

  /**
   * Keeps a new session. Undefined, and nothing is changed, when the id is taken. An id that is known as replaced is not
   * taken.
   */
  create(id: string, session: SessionWrite): MaybePromise<Version | undefined>;

  /**
   * Replaces all of the session if it is still at `version`; the version is another one afterwards.
   *
   * A life never moves back: when the stored `idleEndsAt` is later than the given one, and the `maxAge` of both is the same,
   * the stored life and time to live stay.
   */
  update(id: string, version: Version, session: SessionWrite): MaybePromise<Outcome>;

  /**
   * Extends the session's life if it is still at `version`, which stays: the data are not written. A life never moves
   * back, as in `update`.
   *
   * @param session its `userId` is that of the last write, for stores whose index of users has to live as long
   */
  touch(id: string, version: Version, session: Omit<SessionWrite, 'data'>): MaybePromise<Outcome>;

  /**
   * Forgets the session. With `version` only if it is still at that; the answer is then `done`, `changed` or `gone` as in
   * `update`, else `done` or `gone`. (The version of `done` has no meaning here.)
   *
   * @param how `replaced`: it goes on under another id. For {@link REPLACED_FOR} ms `read` answers `'replaced'`, after the
   *   time of a `successor`
   */
  destroy(id: string, how?: Ending): MaybePromise<Outcome>;
}

/**
 * How long, in ms, an id that was replaced by `regenerate()` is known as such. A browser may have sent requests before
 * it got the new id; longer than this, no such request is under way.
 */
export const REPLACED_FOR = 60_000;

/** Through how many renewals an id leads to its session. */
export const MOST_RENEWALS = 10;

/** Whether `store` keeps the contract of {@link VersionedStore}, or only that of koa-session's stores. */
export function isVersioned(store: SessionStore | VersionedStore): store is VersionedStore {
  return 'read' in store && 'create' in store && 'update' in store && 'touch' in store;
}

/** What a store of koa-session's kind is told beside the id. `ctx` is the request on whose behalf it works. */
export interface StoreContext {
  ctx: Context;
}

/** What it is told when it writes: `changed` is false when only the expiry moved. */
type WriteContext = StoreContext & { changed: boolean; rolling: boolean };

/**
 * A store of koa-session's kind. Any object with these three methods is one; each may answer at once or with a promise.
 * It is used through `classic-store.ts`, which adds what it lacks as far as one process can.
 *
 * A record's nested values are those of the session, which handlers may go on changing: a store keeps text or a deep
 * copy, never the object. Errors are for faults of the system (no connection, disk full); a session that is not there
 * is no error. With `signed: false` an id is anything that a browser sends.
 *
 * @example
 * // One file per session. The id comes from the browser, so a hash of it names the file. Files that are over stay.
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
   * The record kept under `id`; undefined or null when there is none or when its time is over. Handlers change
   * what they get, so every call answers with an object of its own.
   * @param maxAge the idle timeout in force, in ms; undefined when there is none
   */
  get(id: string, maxAge: number | undefined, options: StoreContext & { rolling: boolean }): unknown;

  /**
   * Keeps `record` under `id`, replacing what was there.
   * @param ttl ms after which the record may be forgotten: the session's `maxAge` and ten seconds, so that the
   *   cookie ends first; undefined when the session has no end of its own
   */
  set(id: string, record: SessionRecord, ttl: number | undefined, options: WriteContext): unknown;

  /** Forgets `id`. Nothing happens when it is not there. */
  destroy(id: string, options: StoreContext): unknown;
}

/** How much longer than its session a revocation is kept, in ms: the clocks of two processes may differ. */
export const CLOCK_MARGIN = 86_400_000;

/** What tells one session that lives in a cookie from another. */
export interface RevocableSession {
  /** The id that its cookie carries. */
  id: string;
  /** Creation or last `regenerate()`, ms since 1970, by the clock of the process that created it. */
  createdAt: number;
  /** What {@link Revocations.stamp} answered when it was created. Undefined: nobody asked. */
  stamp?: string | undefined;
  /** Whose it is; undefined: nobody has logged in. May be a getter: read it if it is needed. */
  readonly userId: string | undefined;
}

/**
 * Remembers which sessions were ended although their cookies are still good: where the cookie holds all of the session
 * the server cannot remove it. It keeps only what was ended before its time, each until that time has come.
 *
 * Every method may answer at once or with a promise. Errors are for faults of the system alone; what happens to
 * sessions then is for the option `onRevocationError` to say.
 */
export interface Revocations {
  /**
   * Ends one session.
   * @param until ms since 1970; its cookie is good for nothing from then on, so the revocation can be forgotten.
   *   Infinity: never
   */
  revoke(session: RevocableSession, until: number): MaybePromise<void>;

  /**
   * Ends all sessions of a user that were created up to now, but one.
   * @param upTo ms since 1970: sessions without a stamp are ended if they were created then or earlier. Those with a stamp
   *   are ended if it was given before this call, whatever the clocks say. Infinity: all, also those to come
   * @param until as for {@link revoke}
   * @param except id of the session that goes on, unless an earlier call has ended it
   */
  revokeUser(userId: string, upTo: number, until: number, except?: string): MaybePromise<void>;

  /** Whether the session was ended by either of them. */
  isRevoked(session: RevocableSession): MaybePromise<boolean>;

  /**
   * Asked once when a session is created; the session carries the answer in its cookie. By it `isRevoked` tells sessions
   * from before a `revokeUser` from later ones, although the clocks of processes differ. Letters, digits, `.`, `-` and
   * `_`, or nothing. Without this method `createdAt` has to tell them apart.
   * @param userId undefined: nobody has logged in
   */
  stamp?(userId: string | undefined): MaybePromise<string>;
}
