import type { Context } from 'koa';
import { canSend, isShared } from '../cookie/response.ts';
import { type Arrival, SessionCookie } from '../cookie/session-cookie.ts';
import { Answer, emitSessionEvent, reportError, type SessionEventName } from './events.ts';
import { type Asking, validate, type Found, type Keeper, type Kept, objectIn, recordOf } from './keeper.ts';
import { endOf, lacksItsEnd, type Life } from './life.ts';
import { checkMaxAge, DEFAULT_MAX_AGE, type ResolvedOptions, userIn } from './options.ts';
import { dataOf, plain, SessionBase } from './session.ts';
import type { Session, SessionOwner, UpdateFunction } from './session.ts';
import { generateSessionId } from './session-id.ts';
import { after, caught, isPromise, Locks, type MaybePromise, run, type Steps } from './waiting.ts';

/** The method that a handler has called to commit. */
export type HandlerCall = 'save' | 'regenerate' | undefined;

/** How conflicts with other requests are resolved. Without this part the last write wins. */
export interface Conflicts {
  /** Applies to `held` what other requests have changed since `base`. The handlers' own changes stay. */
  merge(held: Session, base: object, theirs: object): void;

  /**
   * Runs `work` when no other request of this process is retrying on this id of the store. So each of many parallel
   * requests has one or two conflicts, and not one with each of the others.
   */
  inTurn<Result>(store: object, id: string, work: () => MaybePromise<Result>): MaybePromise<Result>;

  /** `session.update()` */
  update<Result>(request: RequestSession, change: UpdateFunction<Result>): Steps<Result>;
}

/** A request whose session must be committed before its headers are sent. */
export type Committing = Pick<RequestSession, 'ctx' | 'commitNow'>;

/** Makes responses wait for the commit. Without this part only Koa's own responses wait. */
export interface Headers {
  /** From now on the first byte of the response waits for the commit. */
  hold(request: Committing): void;
  /** Commits. Bytes that are sent afterwards do not wait. */
  open(request: Committing): MaybePromise<void>;
}

/** What is computed once, when the middleware is made, for all its requests. */
export interface SetUp {
  readonly options: Readonly<ResolvedOptions>;
  readonly isInStore: boolean;
  /** Whether the session is loaded before the handlers run, since `ctx.session` cannot wait. */
  readonly loadsFirst: boolean;
  /** Whether records have `_created`, and `_own` if a handler has set `maxAge`. */
  readonly recordsCreatedAt: boolean;
  readonly cookie: SessionCookie;
  readonly keeper: Keeper;
  readonly conflicts: Conflicts | undefined;
  readonly headers: Headers | undefined;
  readonly commit: (request: RequestSession, call?: HandlerCall) => Steps<void>;
}

/** What the request knows about the stored session. Each step makes a new object. */
export interface Seen {
  /** The stored session; undefined: nothing is stored. */
  readonly kept?: Kept | undefined;
  /** The data as they were read, for the first use of `ctx.session`. */
  readonly object?: object | undefined;
  /** The cookie or id of the request has not been read yet. */
  readonly isUnread?: true;
  /** Why the session could not be loaded: thrown to handlers that use it. */
  readonly failure?: { readonly error: unknown };
  /** Set when another request has ended or replaced the session: changes are then discarded. See `Before`. */
  readonly gone?: 'replaced' | 'ended' | 'left' | undefined;
  /** The stored session, as last seen before another request ended or replaced it. */
  readonly former?: Kept | undefined;
  /** The handlers' session whose lost changes were reported already. */
  readonly lost?: Session | undefined;
  /** The cookie was made with an old key. */
  readonly needsReseal?: boolean | undefined;
  /** This request has stored the session. */
  readonly wasSaved?: boolean | undefined;
  /** This request has ended the session. */
  readonly wasRemoved?: boolean;
}

const UNREAD: Seen = { isUnread: true };

/** The session of one request: all of its mutable state. */
export class RequestSession implements SessionOwner, Asking {
  readonly ctx: Context;
  readonly setUp: SetUp;
  readonly configured: Readonly<ResolvedOptions>;
  readonly isInStore: boolean;
  readonly arrival: Arrival;
  /**
   * The commits of one request run one after another, so that none sees half of another's result. Each request has its
   * own locks: the Map of shared ones would keep ended requests in memory until the next full garbage collection.
   */
  readonly #turns = new Locks();

  /** `ctx.session` as handlers hold it. undefined: no handler has used it; null: a handler has set it to null. */
  held: Session | null | undefined;
  seen: Seen = UNREAD;
  note: unknown;
  store: Asking['store'];
  /** A handler has set the session to null: a session set after that is another one. */
  wasNull = false;
  /** A handler has set the session to an object, which replaces all stored data. */
  wasSet = false;
  /** A handler has set `maxAge`; `'unsaved'`: it is not stored yet. */
  maxAgeIs: 'unsaved' | 'set' | undefined;
  /** A handler has read or set the session. An error marks the place of the first use after the headers were sent. */
  used: boolean | Error = false;
  /** Whether the handlers have not begun, are running, or are done. */
  phase: 'before' | 'running' | 'over' = 'before';
  /** Undefined until an id is needed. */
  id: string | undefined;
  #maxAge: number | 'session';
  /** This request's copy of the options, once a handler has asked for it. */
  #own: ResolvedOptions | undefined;

  constructor(ctx: Context, setUp: SetUp) {
    this.ctx = ctx;
    this.setUp = setUp;
    this.configured = setUp.options;
    this.isInStore = setUp.isInStore;
    this.#maxAge = setUp.options.maxAge;
    this.arrival = setUp.cookie.arrive(ctx);
  }

  /** The options of this request: those of the set-up, or the copy that a handler may have changed. */
  get options(): Readonly<ResolvedOptions> {
    return this.#own ?? this.setUp.options;
  }

  get cookie(): SessionCookie {
    return this.#own ? new SessionCookie(this.#own, this.setUp.cookie.use) : this.setUp.cookie;
  }

  /** `ctx.sessionOptions`. Its `maxAge` is that of the session. */
  copyOptions(): ResolvedOptions {
    return (this.#own ??= { ...this.setUp.options, maxAge: this.#maxAge });
  }

  /** The id of the session, made when it is first needed; undefined for a cookie that needs no id. */
  needId(): string | undefined {
    if (!this.isInStore && !this.setUp.recordsCreatedAt) return this.id;
    const { genid, prefix } = this.options;
    return (this.id ??= genid ? genid(this.ctx) : generateSessionId(prefix));
  }

  /** The session now has another id than the stored one. */
  get idChanged(): boolean {
    const { kept } = this.seen;
    return kept?.id !== undefined && kept.id !== this.id;
  }

  get externalKey(): string | undefined {
    return this.isInStore ? this.needId() : undefined;
  }

  get isAway(): boolean {
    return this.setUp.keeper.isAway?.(this) ?? false;
  }

  /** When the stored session began and ends. */
  get life(): Life | undefined {
    return this.wasNull ? undefined : this.seen.kept?.life;
  }

  get createdAt(): number | undefined {
    return this.life?.createdAt;
  }

  get expiresAt(): number | undefined {
    return this.life && endOf(this.life, this.configured);
  }

  get maxAge(): number | 'session' {
    return this.#own ? this.#own.maxAge : this.#maxAge;
  }

  set maxAge(value: number | 'session') {
    this.followMaxAge(checkMaxAge(value) || DEFAULT_MAX_AGE);
    this.maxAgeIs = 'unsaved';
  }

  /** After how many ms without activity the session ends on the server. */
  get idleTimeout(): number | undefined {
    return this.maxAge === 'session' ? this.options.idleTimeout : this.maxAge;
  }

  /** Takes a `maxAge` that no handler has set, so it need not be saved. */
  followMaxAge(maxAge: number | 'session'): void {
    if (this.#own) this.#own.maxAge = maxAge;
    else this.#maxAge = maxAge;
  }

  /** Called before the handlers run. Loads the session if that may have to wait, since `ctx.session` cannot. */
  begin(): MaybePromise<void> {
    this.phase = 'running';
    if (this.used) this.#holdHeaders();
    if (!this.configured.externalKey && !this.arrival.ring) this.setUp.cookie.requireKeys(this.ctx);
    if (this.setUp.loadsFirst && (this.isInStore || this.held === undefined)) return this.load();
  }

  /** `ctx.session`. Reads the cookie if the session was not loaded before. */
  get(): Session | null {
    this.#noticeUse();
    if (this.held === undefined) {
      // A stored session is unread only before the middleware runs, which then loads it and replaces this object.
      if (!this.isInStore) this.#read();
      if (this.seen.failure) throw this.seen.failure.error;
      this.held = this.unpack();
    }
    return this.held;
  }

  /**
   * `ctx.session =`
   * @throws {TypeError} for anything but null and objects, and for data with a reserved key
   */
  set(value: object | null): void {
    this.#noticeUse();
    if (value !== null && typeof value !== 'object')
      throw new TypeError(`ctx.session can be set to an object or to null, got ${typeof value}`);
    const held = value && new SessionBase(this, plain(value, this));
    if (value === null) {
      // A session set after this is another one: it must not inherit the id or the end.
      this.id = undefined;
      this.wasNull = true;
      if (this.setUp.recordsCreatedAt) {
        this.followMaxAge(this.configured.maxAge);
        this.maxAgeIs = undefined;
      }
    }
    this.wasSet = value !== null;
    if (this.maxAgeIs === 'unsaved') this.maxAgeIs = 'set';
    this.held = held && this.#withId(held);
  }

  #noticeUse(): void {
    const isOver = this.phase === 'over';
    if (canSend(this.ctx)) {
      if (!this.used || isOver) this.#holdHeaders();
      this.used ||= true;
      return;
    }
    const isFirst = !(this.used instanceof Error);
    if (isFirst) this.used = new Error('The session was used here, too late.');
    // The middleware has committed, so commit again. A store can take each change; a cookie can take none, which is
    // reported once.
    if (isOver && this.configured.autoCommit && (isFirst || this.isInStore))
      setImmediate(() => void this.commit());
  }

  #holdHeaders(): void {
    if (this.phase !== 'before' && this.configured.autoCommit) this.setUp.headers?.hold(this);
  }

  /** Called when the handlers are done: commits, unless `autoCommit` is off. */
  end(): MaybePromise<void> {
    this.phase = 'over';
    if (!this.configured.autoCommit) return;
    const { headers } = this.setUp;
    if (!headers || !this.used) return this.commitNow();
    return after(headers.open(this), () => {
      // The app sends the response itself, perhaps later.
      if (this.ctx.respond === false && canSend(this.ctx)) headers.hold(this);
    });
  }

  /** Commits: writes, ends or extends the session as needed. */
  commitNow(): MaybePromise<void> {
    // A session that no handler has used may still have to be extended, or its cookie sent again after a key change.
    if (this.held === undefined && ((!this.mayExtend() && !this.needsReseal) || isShared(this.ctx))) return;
    return this.#turns.run('', () => run(this.setUp.commit(this)));
  }

  /** `save()`, `regenerate()` and `manuallyCommit()`. */
  commit(call?: HandlerCall): Promise<void> {
    return this.#inTurn(() => this.setUp.commit(this, call));
  }

  update<Result>(change: UpdateFunction<Result>): Promise<Result> {
    return this.#inTurn(() => {
      if (this.setUp.conflicts) return this.setUp.conflicts.update(this, change);
      throw new Error('session: update() needs the folder conflicts/, which this app leaves out');
    });
  }

  #inTurn<T>(work: () => Steps<T>): Promise<T> {
    const done = async (): Promise<T> => this.#turns.run('', () => run(work()));
    return Answer.of(done(), this.ctx);
  }

  /** Whether the options let a request extend the session although no data has changed. */
  mayExtend(): boolean {
    if (!this.isInStore && !canSend(this.ctx)) return false;
    const { rolling, renew, idleTimeout } = this.options;
    if (rolling || renew || (this.maxAge === 'session' && idleTimeout !== undefined)) return true;
    return lacksItsEnd(this.life, this.maxAge, idleTimeout);
  }

  /** Whether the request may extend the session (option `isActivity`). */
  isActivity(): boolean {
    return this.options.isActivity?.(this.ctx) ?? true;
  }

  /** The cookie is valid but was made with an older key, so it must be sent again. */
  get needsReseal(): boolean {
    const { needsReseal = false } = this.seen;
    return needsReseal && !this.configured.externalKey && canSend(this.ctx);
  }

  /** Loads the session from the cookie. With an asynchronous `valid` or `revocations` only the middleware can do so. */
  #read(): void {
    if (!this.seen.isUnread || this.seen.failure) return;
    const loading = this.load();
    if (!isPromise(loading)) return;
    void loading.then(() => this.seen.failure && reportError(this.ctx, this.seen.failure.error));
    throw new Error(
      'session: with an asynchronous `valid` or `revocations`, ctx.session can be read only behind the middleware',
    );
  }

  /** Loads the session. An error of `decode`, `valid` or the store is kept for handlers that use the session. */
  load(): MaybePromise<void> {
    return caught(
      () => after(this.setUp.keeper.load(this), (found) => this.#accept(found)),
      (error) => void (this.seen = { ...this.seen, failure: { error } }),
    );
  }

  /** Takes the session that was found if it is valid; otherwise the request starts without one. */
  #accept(found: Found = {}): MaybePromise<void> {
    const { kept, object, isReplaced, event, id, value, needsReseal, isPartial } = found;
    this.seen = { needsReseal, gone: isReplaced ? 'replaced' : undefined };
    this.held = undefined;
    this.wasNull = false;
    this.wasSet = false;
    this.id = undefined;
    if (event) this.emit(event, id, value);
    if (!kept) return;
    // If only a part was found, `valid` is asked when the store is back.
    return after(validate(this, kept, object, isPartial), (validity) => {
      if (validity !== 'valid') return this.emit(validity, kept.id, recordOf(this, kept, object));
      this.id = kept.id;
      this.seen = { kept, object, needsReseal };
      // `valid` may have read ctx.session, which was then a new one.
      if (!this.wasSet && !this.wasNull) this.held = undefined;
      this.followMaxAge(this.maxAgeOf(kept.life));
    });
  }

  /**
   * The `maxAge` of a stored session: its own if a handler set it, or if koa-session wrote the record; else the option.
   */
  maxAgeOf({ maxAge, hasOwnMaxAge, createdAt }: Life): number | 'session' {
    const isItsOwn = hasOwnMaxAge || createdAt === undefined;
    return (isItsOwn ? maxAge : undefined) ?? this.configured.maxAge;
  }

  /** The session for handlers: the stored one, or a new one. */
  unpack(): Session {
    const { kept, object } = this.seen;
    if (!kept) return this.#withId(new SessionBase(this));
    if (object) return new SessionBase(this, object);
    try {
      const record = JSON.parse(kept.data) as object;
      const data = dataOf(record);
      // A reserved key was left out of the data. They must still compare as unchanged.
      if (data !== record) this.seen = { ...this.seen, kept: { ...kept, data: JSON.stringify(data) } };
      return new SessionBase(this, data);
    } catch {
      // The stored data are no JSON, so they cannot be used.
      this.startAgain();
      this.emit('invalid', kept.id, undefined);
      return this.unpack();
    }
  }

  /** As in koa-session, using the session calls `genid`: it may put something on the context. */
  #withId(held: Session): Session {
    if (this.options.genid) this.needId();
    return held;
  }

  /** From now on this request works on a new session. */
  startAgain(): void {
    this.id = undefined;
    this.seen = {};
    if (this.maxAgeIs === undefined) this.followMaxAge(this.configured.maxAge);
  }

  /** The user id of a stored session; undefined: nobody is logged in. */
  userOf(kept: Kept | undefined): string | undefined {
    return kept && userIn(objectIn(kept.data), this.configured);
  }

  /** Whether this user was not yet logged in when `former` was stored. */
  isNewUser(userId: string | undefined, former: Kept | undefined): boolean {
    return userId !== undefined && userId !== this.userOf(former);
  }

  /** Whether the request brings a cookie that may hold a session. */
  isPresented(): boolean {
    return !this.isInStore && canSend(this.ctx) && this.cookie.read(this) !== undefined;
  }

  /** Throws the error of a failed load: a session that could not be read on the server cannot be changed there. */
  requireKnown(): void {
    const { failure } = this.seen;
    if (failure && (this.isInStore || this.configured.revocations)) throw failure.error;
  }

  emit(name: SessionEventName, id: string | undefined, value: unknown, reason?: string): void {
    emitSessionEvent(name, this.ctx, id, value, reason);
  }
}
