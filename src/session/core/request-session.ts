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

/** What a handler asks a commit for, beyond what has changed. */
export type HandlerCall = 'save' | 'regenerate' | undefined;

/** What is done when another request has changed the session meanwhile. Without it the last one wins. */
export interface Conflicts {
  /** Puts on `held` what others have made of `base`; what the handlers have changed stays. */
  merge(held: Session, base: object, theirs: object): void;

  /**
   * Runs `work` when no other request of this process, that was told by `changed` that others were faster, is at it on this
   * id of the store. Each of many that meet is then told so once or twice, and not by each of the others.
   */
  inTurn<Result>(store: object, id: string, work: () => MaybePromise<Result>): MaybePromise<Result>;

  /** `session.update()` */
  update<Result>(request: RequestSession, change: UpdateFunction<Result>): Steps<Result>;
}

/** A request whose session has to be committed before the headers of its response are sent. */
export type Committing = Pick<RequestSession, 'ctx' | 'commitNow'>;

/** Makes responses wait for the session. Without it, only what Koa itself sends comes after the commit. */
export interface Headers {
  /** From now on the first byte of the response waits for a commit. */
  hold(request: Committing): void;
  /** Commits; what is sent from now on need not wait. */
  open(request: Committing): MaybePromise<void>;
}

/** What is known when the middleware is made, and the same for all its requests. */
export interface SetUp {
  readonly options: Readonly<ResolvedOptions>;
  readonly isInStore: boolean;
  /** Whether sessions are loaded before the handlers run, where waiting is still possible. */
  readonly loadsFirst: boolean;
  /** Whether records say when their session began, and which have a `maxAge` of their own. */
  readonly recordsCreatedAt: boolean;
  readonly cookie: SessionCookie;
  readonly keeper: Keeper;
  readonly conflicts: Conflicts | undefined;
  readonly headers: Headers | undefined;
  readonly commit: (request: RequestSession, call?: HandlerCall) => Steps<void>;
}

/** What is known of the session where it is kept. It never changes: each step makes another. */
export interface Seen {
  /** As it is kept now; undefined: nothing is. */
  readonly kept?: Kept | undefined;
  /** Its data as they were read, for the handler that asks first. */
  readonly object?: object | undefined;
  /** Nobody has looked yet at what the request brings. */
  readonly isUnread?: true;
  /** Why it could not be loaded, for the handler that asks. */
  readonly failure?: { readonly error: unknown };
  /** What another request has done to it: nothing may be kept or sent any more. */
  readonly gone?: 'replaced' | 'ended' | 'left' | undefined;
  /** As it was kept before. */
  readonly former?: Kept | undefined;
  /** What of it was lost by that, when it was reported. */
  readonly lost?: Session | undefined;
  /** Its cookie was made with an old key. */
  readonly needsReseal?: boolean | undefined;
  /** This request has kept it. */
  readonly wasSaved?: boolean | undefined;
  /** This request has removed it. */
  readonly wasRemoved?: boolean;
}

const UNREAD: Seen = { isUnread: true };

/** The session of one request: all of it that changes. */
export class RequestSession implements SessionOwner, Asking {
  readonly ctx: Context;
  readonly setUp: SetUp;
  readonly configured: Readonly<ResolvedOptions>;
  readonly isInStore: boolean;
  readonly arrival: Arrival;
  /**
   * The commits of one request run one after another, so that none works on half of another's result. A lock for all
   * requests would keep them: what a Map held when it last grew or shrank stays until the next full collection.
   */
  readonly #turns = new Locks();

  /** What handlers hold. undefined: none has asked for it; null: one has set it to null. */
  held: Session | null | undefined;
  seen: Seen = UNREAD;
  note: unknown;
  store: Asking['store'];
  /** A handler has set it to null: what may follow is another session. */
  wasNull = false;
  /** A handler has set it to an object: nothing that is kept is to stay. */
  wasSet = false;
  /** A handler has set `maxAge`; `'unsaved'`: and that is still to be kept. */
  maxAgeIs: 'unsaved' | 'set' | undefined;
  /** A handler has asked for the session or set it; an error was made where that came too late for the headers. */
  used: boolean | Error = false;
  /** Where the middleware is: its handlers have not begun, are under way, or are done. */
  phase: 'before' | 'running' | 'over' = 'before';
  /** Undefined: none was needed so far. */
  id: string | undefined;
  #maxAge: number | 'session';
  /** This request's own copy of the options. */
  #own: ResolvedOptions | undefined;

  constructor(ctx: Context, setUp: SetUp) {
    this.ctx = ctx;
    this.setUp = setUp;
    this.configured = setUp.options;
    this.isInStore = setUp.isInStore;
    this.#maxAge = setUp.options.maxAge;
    this.arrival = setUp.cookie.arrive(ctx);
  }

  /** What this request follows: the set-up, or what a handler has made of its own copy of the options. */
  get options(): Readonly<ResolvedOptions> {
    return this.#own ?? this.setUp.options;
  }

  get cookie(): SessionCookie {
    return this.#own ? new SessionCookie(this.#own, this.setUp.cookie.use) : this.setUp.cookie;
  }

  /** `ctx.sessionOptions`; its `maxAge` is that of the session. */
  copyOptions(): ResolvedOptions {
    return (this.#own ??= { ...this.setUp.options, maxAge: this.#maxAge });
  }

  /** The id of the session, made if there is none; undefined for a cookie that needs none. */
  needId(): string | undefined {
    if (!this.isInStore && !this.setUp.recordsCreatedAt) return this.id;
    const { genid, prefix } = this.options;
    return (this.id ??= genid ? genid(this.ctx) : generateSessionId(prefix));
  }

  /** What is kept goes by another id than the session now. */
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

  /** When the session began and ends, as it is kept. */
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

  /** Goes on with that of the session, which no handler has set. */
  followMaxAge(maxAge: number | 'session'): void {
    if (this.#own) this.#own.maxAge = maxAge;
    else this.#maxAge = maxAge;
  }

  /** Loads what must be there before the handlers run, since `ctx.session` cannot wait. */
  begin(): MaybePromise<void> {
    this.phase = 'running';
    if (this.used) this.#holdHeaders();
    if (!this.configured.externalKey && !this.arrival.ring) this.setUp.cookie.requireKeys(this.ctx);
    if (this.setUp.loadsFirst && (this.isInStore || this.held === undefined)) return this.load();
  }

  /** `ctx.session`: reads it where that need not wait. */
  get(): Session | null {
    this.#noticeUse();
    if (this.held === undefined) {
      // In a store it is only missing before the middleware has run, which will then take the place of this one.
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
      // What follows an ended session is another one: it must inherit neither the id nor the end.
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
    // No commit of the middleware would notice a change. A store takes each; a cookie can take none, as is said once.
    if (isOver && this.configured.autoCommit && (isFirst || this.isInStore))
      setImmediate(() => void this.commit());
  }

  #holdHeaders(): void {
    if (this.phase !== 'before' && this.configured.autoCommit) this.setUp.headers?.hold(this);
  }

  /** Does what is due when the handlers are done. */
  end(): MaybePromise<void> {
    this.phase = 'over';
    if (!this.configured.autoCommit) return;
    const { headers } = this.setUp;
    if (!headers || !this.used) return this.commitNow();
    return after(headers.open(this), () => {
      // The app answers by itself, perhaps later.
      if (this.ctx.respond === false && canSend(this.ctx)) headers.hold(this);
    });
  }

  /** Writes or removes what has changed, and extends what is due. */
  commitNow(): MaybePromise<void> {
    // Rolling and renew hold for requests whose handlers leave the session alone, too; so does a new key.
    if (this.held === undefined && ((!this.mayExtend() && !this.needsReseal) || isShared(this.ctx))) return;
    return this.#turns.run('', () => run(this.setUp.commit(this)));
  }

  /** For a handler that asks for it. */
  commit(call?: HandlerCall): Promise<void> {
    return this.#inTurn(() => this.setUp.commit(this, call));
  }

  update<Result>(change: UpdateFunction<Result>): Promise<Result> {
    return this.#inTurn(() => {
      if (this.setUp.conflicts) return this.setUp.conflicts.update(this, change);
      throw new Error('session: update() is in the folder conflicts/, which this app leaves out');
    });
  }

  #inTurn<T>(work: () => Steps<T>): Promise<T> {
    const done = async (): Promise<T> => this.#turns.run('', () => run(work()));
    return Answer.of(done(), this.ctx);
  }

  /** Whether a request that changes nothing may still move the end. */
  mayExtend(): boolean {
    if (!this.isInStore && !canSend(this.ctx)) return false;
    const { rolling, renew, idleTimeout } = this.options;
    if (rolling || renew || (this.maxAge === 'session' && idleTimeout !== undefined)) return true;
    return lacksItsEnd(this.life, this.maxAge, idleTimeout);
  }

  /** Whether the request is a person's doing. */
  isActivity(): boolean {
    return this.options.isActivity?.(this.ctx) ?? true;
  }

  /** A visitor with a good cookie of an old key gets one of the newest. */
  get needsReseal(): boolean {
    const { needsReseal = false } = this.seen;
    return needsReseal && !this.configured.externalKey && canSend(this.ctx);
  }

  /** Only `valid` and `revocations` could make this wait, and the middleware has awaited those that do. */
  #read(): void {
    if (!this.seen.isUnread || this.seen.failure) return;
    const loading = this.load();
    if (!isPromise(loading)) return;
    void loading.then(() => this.seen.failure && reportError(this.ctx, this.seen.failure.error));
    throw new Error(
      'session: with an asynchronous `valid` or `revocations`, ctx.session answers only behind the middleware',
    );
  }

  /** A cookie that cannot be decoded, or a `valid` or a store that fails, fails the handler that asks, and no other. */
  load(): MaybePromise<void> {
    return caught(
      () => after(this.setUp.keeper.load(this), (found) => this.#accept(found)),
      (error) => void (this.seen = { ...this.seen, failure: { error } }),
    );
  }

  /** Takes up the session that the request brings if it is fit; else there will be a new one, under a new id. */
  #accept(found: Found = {}): MaybePromise<void> {
    const { kept, object, isReplaced, event, id, value, needsReseal, isPartial } = found;
    this.seen = { needsReseal, gone: isReplaced ? 'replaced' : undefined };
    this.held = undefined;
    this.wasNull = false;
    this.wasSet = false;
    this.id = undefined;
    if (event) this.emit(event, id, value);
    // `valid` is asked about a session as a whole; of a part when the store is back.
    if (!kept) return;
    return after(validate(this, kept, object, isPartial), (validity) => {
      if (validity !== 'valid') return this.emit(validity, kept.id, recordOf(this, kept, object));
      this.id = kept.id;
      this.seen = { kept, object, needsReseal };
      // `valid` may have looked at ctx.session, and was shown a new one.
      if (!this.wasSet && !this.wasNull) this.held = undefined;
      this.followMaxAge(this.maxAgeOf(kept.life));
    });
  }

  /** The `maxAge` that the session goes on with: what koa-session wrote has its own, and so may any other. */
  maxAgeOf({ maxAge, hasOwnMaxAge, createdAt }: Life): number | 'session' {
    const followsItself = hasOwnMaxAge || createdAt === undefined;
    return (followsItself ? maxAge : undefined) ?? this.configured.maxAge;
  }

  /** The session to hand out: what is kept, or a new one. */
  unpack(): Session {
    const { kept, object } = this.seen;
    if (!kept) return this.#withId(new SessionBase(this));
    if (object) return new SessionBase(this, object);
    try {
      const record = JSON.parse(kept.data) as object;
      const data = dataOf(record);
      // What would be written if nobody changed it.
      if (data !== record) this.seen = { ...this.seen, kept: { ...kept, data: JSON.stringify(data) } };
      return new SessionBase(this, data);
    } catch {
      // It cannot be written again, so no change of it could be told.
      this.startAgain();
      this.emit('invalid', kept.id, undefined);
      return this.unpack();
    }
  }

  /** As with koa-session, what the app's own `genid` puts on the context is there once the session is used. */
  #withId(held: Session): Session {
    if (this.options.genid) this.needId();
    return held;
  }

  /** What follows is a session of its own. */
  startAgain(): void {
    this.id = undefined;
    this.seen = {};
    if (this.maxAgeIs === undefined) this.followMaxAge(this.configured.maxAge);
  }

  /** Whose session it is, if anybody is logged in. */
  userOf(kept: Kept | undefined): string | undefined {
    return kept && userIn(objectIn(kept.data), this.configured);
  }

  /** Whether the user has logged in since that session was kept. */
  isNewUser(userId: string | undefined, former: Kept | undefined): boolean {
    return userId !== undefined && userId !== this.userOf(former);
  }

  /** Whether the request brings a cookie that may hold a session. */
  isPresented(): boolean {
    return !this.isInStore && canSend(this.ctx) && this.cookie.read(this) !== undefined;
  }

  /** What could not be read on the server can be neither replaced nor ended there. */
  requireKnown(): void {
    const { failure } = this.seen;
    if (failure && (this.isInStore || this.configured.revocations)) throw failure.error;
  }

  emit(name: SessionEventName, id: string | undefined, value: unknown, reason?: string): void {
    emitSessionEvent(name, this.ctx, id, value, reason);
  }
}
