import type { Context } from 'koa';
import { requireKeys } from '../cookie/keys.ts';
import type { SessionCookie } from '../cookie/session-cookie.ts';
import { lacksItsEnd } from './decide.ts';
import { emitSessionEvent, type SessionEventName } from './events.ts';
import {
  type Asking,
  type Fit,
  type Found,
  fitnessOf,
  type Keeper,
  type Kept,
  type Place,
  recordOf,
} from './keeper.ts';
import { endOf, type Life, savedAt } from './life.ts';
import { checkMaxAge, DEFAULT_MAX_AGE, type ResolvedOptions, userIn } from './options.ts';
import { dataOf, type Session, SessionBase, type SessionOwner, type UpdateFunction } from './session.ts';
import { generateSessionId } from './session-id.ts';
import { isPromise, type MaybePromise } from './store.ts';

/** What a handler asks a commit for, beyond what has changed. */
export type Asked = 'save' | 'regenerate' | undefined;

/** What is done when another request has changed the session meanwhile. Without it the last one wins. */
export interface Conflicts {
  /** Lays on `held` what others have made of `base`; what the handlers have changed stays. */
  merge(held: Session, base: object, theirs: object): void;

  /**
   * Runs `work` when no other request of this process, that was told by `changed` that others were faster, is at it on this
   * id of the store. Each of many that meet is then told so once or twice, and not by each of the others.
   */
  inTurn<Result>(store: object, id: string, work: () => Promise<Result>): Promise<Result>;

  /** `session.update()` */
  update<Result>(request: RequestSession, change: UpdateFunction<Result>): Promise<Result>;
}

/** What is known when the middleware is made, and the same for all its requests. */
export interface SetUp {
  readonly options: Readonly<ResolvedOptions>;
  readonly isInStore: boolean;
  /** Whether records say when their session began, and which have a `maxAge` of their own. */
  readonly keepsBeginning: boolean;
  readonly cookie: SessionCookie;
  readonly keeper: Keeper;
  readonly conflicts: Conflicts | undefined;
  readonly commit: (request: RequestSession, asked: Asked) => Promise<void>;
  /** The same with a request's own options. */
  readonly remade: (options: ResolvedOptions) => SetUp;
}

/** What is known of the session where it is kept. It never changes: each step makes another. */
export interface Seen {
  /** As it is kept now; undefined: nothing is. */
  readonly kept?: Kept | undefined;
  /** Whether the request was looked at. */
  readonly isLoaded?: boolean;
  /** Why it could not be loaded, for the handler that asks. */
  readonly failure?: { readonly error: unknown };
  /** What another request has done to it: nothing may be kept or sent any more. */
  readonly gone?: 'replaced' | 'ended';
  /** What of it was lost by that, when it was reported. */
  readonly lost?: Session;
  /** Its cookie was made with an old key. */
  readonly isStale?: boolean;
  /** This request has kept it. */
  readonly wasSaved?: boolean;
  /** This request has removed it. */
  readonly wasRemoved?: boolean;
}

const UNREAD: Seen = {};

/** The session of one request: all of it that changes. */
export class RequestSession implements SessionOwner, Asking {
  readonly ctx: Context;
  /** As it was set up, whatever a handler has made of its own copy of the options. */
  readonly base: SetUp;

  /** What handlers hold. undefined: none has asked for it; null: one has set it to null. */
  held: Session | null | undefined;
  seen: Seen = UNREAD;
  note: unknown;
  /** A handler has set it: to an object, so nothing that is kept is to stay; to null, so what may follow is another session. */
  assigned: 'object' | 'null' | 'null, then an object' | undefined;
  /** A handler has set `maxAge`; `'unsaved'`: and that is still to be kept. */
  maxAgeIs: 'unsaved' | 'set' | undefined;
  /** A handler has asked for the session or set it. */
  touched = false;
  /** The middleware has taken it up. */
  hasBegun = false;
  /** Made where it was used after the headers were sent. */
  lateUse: Error | undefined;
  #id: string | undefined;
  #maxAge: number | 'session';
  /** This request's own copy of the options. */
  #own: ResolvedOptions | undefined;
  /** The last commit that is under way or waits for its turn; `'now'`: one that has had nothing to wait for so far. */
  #turn: Promise<unknown> | 'now' | 'waiting' | undefined;

  constructor(ctx: Context, base: SetUp) {
    this.ctx = ctx;
    this.base = base;
    this.#maxAge = base.options.maxAge;
  }

  get configured(): Readonly<ResolvedOptions> {
    return this.base.options;
  }

  /** What this request follows: the set-up, or what a handler has made of its own copy of the options. */
  get setUp(): SetUp {
    return this.#own ? this.base.remade(this.#own) : this.base;
  }

  get options(): Readonly<ResolvedOptions> {
    return this.#own ?? this.base.options;
  }

  /** `ctx.sessionOptions`; its `maxAge` is that of the session. */
  get ownOptions(): ResolvedOptions {
    return (this.#own ??= { ...this.base.options, maxAge: this.#maxAge });
  }

  /** The id of the session, made when it is first asked for; undefined for a cookie that needs none. */
  get id(): string | undefined {
    const { genid, prefix } = this.options;
    if (this.base.isInStore || this.base.keepsBeginning) {
      this.#id ??= genid ? genid(this.ctx) : generateSessionId(prefix);
    }
    return this.#id;
  }

  /** What is kept goes by another id than the session now. */
  get hasLeftItsId(): boolean {
    const { kept } = this.seen;
    return kept?.id !== undefined && kept.id !== this.#id;
  }

  set id(id: string | undefined) {
    this.#id = id;
  }

  get externalKey(): string | undefined {
    return this.base.isInStore ? this.id : undefined;
  }

  get place(): Place {
    return this.setUp.keeper.place(this);
  }

  /** When the session began and ends, as it is kept. */
  get life(): Life | undefined {
    return this.assigned?.startsWith('null') ? undefined : this.seen.kept?.life;
  }

  get createdAt(): number | undefined {
    return this.life?.createdAt;
  }

  get lastSeenAt(): number | undefined {
    return this.life && savedAt(this.life);
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

  /** Goes on with that of the session, which no handler has set. */
  followMaxAge(maxAge: number | 'session'): void {
    if (this.#own) this.#own.maxAge = maxAge;
    else this.#maxAge = maxAge;
  }

  /** Loads what must be there before the handlers run, since `ctx.session` cannot wait. */
  begin(): MaybePromise<void> {
    this.hasBegun = true;
    if (!this.configured.externalKey) requireKeys(this.ctx, this.configured);
    const { valid, revocations, absoluteMaxAge } = this.configured;
    const isDue = (valid ?? revocations ?? absoluteMaxAge) && this.held === undefined;
    if (this.base.isInStore || isDue) return this.load();
  }

  /** `ctx.session`: reads it where that need not wait. */
  get(): Session | null {
    this.#noticeUse();
    if (this.held === undefined) {
      // In a store it is only missing before the middleware has run, which will then take the place of this one.
      if (!this.base.isInStore) this.#read();
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
    if (value !== null && typeof value !== 'object') {
      throw new TypeError(`ctx.session can be set to an object or to null, got ${typeof value}`);
    }
    const held = value && new SessionBase(this, value);
    this.#noticeUse();
    if (value === null) {
      // What follows an ended session is another one: it must inherit neither the id nor the end.
      this.#id = undefined;
      this.assigned = 'null';
      if (this.base.keepsBeginning) {
        this.followMaxAge(this.configured.maxAge);
        this.maxAgeIs = undefined;
      }
    } else {
      this.assigned = this.assigned?.startsWith('null') ? 'null, then an object' : 'object';
    }
    if (this.maxAgeIs === 'unsaved') this.maxAgeIs = 'set';
    this.held = held;
  }

  #noticeUse(): void {
    this.touched = true;
    if (this.ctx.headerSent) this.lateUse ??= new Error('The session was used here, too late.');
  }

  /** Does what is due when the handlers are done. */
  end(): MaybePromise<void> {
    if (!this.configured.autoCommit) return;
    if (this.held === undefined && !this.mayWriteUnasked()) return;
    return this.inTurn(() => this.base.commit(this, undefined));
  }

  /** Writes or removes what the handlers have changed. */
  commit(asked?: Asked): Promise<void> {
    return this.inTurn(() => this.base.commit(this, asked));
  }

  async update<Result>(change: UpdateFunction<Result>): Promise<Result> {
    const { conflicts } = this.base;
    if (!conflicts)
      throw new Error('session: update() is in the folder conflicts/, which this app leaves out');
    return this.inTurn(() => this.wait(conflicts.update(this, change)));
  }

  /**
   * One at a time, so that none works on half of another's result. What need not wait is done when this returns: koa-session's
   * users call `save()` in cookie mode without `await`.
   */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (isPromise(this.#turn)) {
      const next = (): Promise<Result> => work();
      return this.#endWith(this.#turn.then(next, next));
    }
    this.#turn = 'now';
    const working = work();
    if (this.#isWaiting()) return this.#endWith(working);
    this.#turn = undefined;
    return working;
  }

  /** To be called where a commit waits: the next one then waits for it. */
  wait<Answer>(answer: Promise<Answer>): Promise<Answer> {
    if (this.#turn === 'now') this.#turn = 'waiting';
    return answer;
  }

  #isWaiting(): boolean {
    return this.#turn === 'waiting';
  }

  #endWith<Result>(last: Promise<Result>): Promise<Result> {
    this.#turn = last;
    const end = (): void => {
      if (this.#turn === last) this.#turn = undefined;
    };
    last.then(end, end);
    return last;
  }

  /** Rolling and renew hold for requests whose handlers leave the session alone, too; so does a new key. */
  mayWriteUnasked(): boolean {
    return this.mayExtend() || this.isStale;
  }

  mayExtend(): boolean {
    const { rolling, renew } = this.options;
    return (
      (rolling || renew || lacksItsEnd(this.life, this.maxAge)) &&
      (this.base.isInStore || !this.ctx.headerSent)
    );
  }

  /** Who comes with a good cookie of an old key gets one of the newest. */
  get isStale(): boolean {
    const { kept, isStale = false } = this.seen;
    return isStale && kept !== undefined && !this.configured.externalKey && !this.ctx.headerSent;
  }

  /** Only `valid` and `revocations` could make this wait, and the middleware has awaited those that do. */
  #read(): void {
    if (this.seen.isLoaded || this.seen.failure) return;
    const loading = this.load();
    if (!isPromise(loading)) return;
    const { app } = this.ctx;
    void loading.then(() => this.seen.failure && app.emit('error', this.seen.failure.error, this.ctx));
    throw new Error(
      'session: with an asynchronous `valid` or `revocations`, ctx.session answers only behind the middleware',
    );
  }

  /** A cookie that cannot be decoded, or a `valid` or a store that fails, fails the handler that asks, and no other. */
  load(): MaybePromise<void> {
    try {
      const found = this.setUp.keeper.load(this);
      const loading = isPromise(found) ? found.then((one) => this.#accept(one)) : this.#accept(found);
      return isPromise(loading) ? loading.catch((error: unknown) => this.#fail(error)) : undefined;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.seen = { ...this.seen, failure: { error } };
  }

  /** Takes up the session that the request brings if it is fit; else there will be a new one, under a new id. */
  #accept(found: Found | undefined): MaybePromise<void> {
    const { kept, isReplaced, event, id, value, isStale = false, isPartial } = found ?? {};
    this.seen = { isLoaded: true, isStale, ...(isReplaced && { gone: 'replaced' }) };
    this.held = undefined;
    this.assigned = undefined;
    this.#id = undefined;
    if (event) this.emit(event, id, value);
    if (!kept) return;
    // `valid` is asked about a session as a whole; of a part when the store is back.
    const fit = fitnessOf(this, kept, isPartial);
    return isPromise(fit)
      ? fit.then((one) => this.#resume(kept, one, isStale))
      : this.#resume(kept, fit, isStale);
  }

  #resume(kept: Kept, fit: Fit, isStale: boolean): void {
    if (fit !== 'fit') {
      this.emit(fit, kept.id, recordOf(this, kept));
      return;
    }
    this.#id = kept.id;
    this.seen = { isLoaded: true, kept, isStale };
    this.followMaxAge(this.maxAgeOf(kept.life));
  }

  /** The `maxAge` that the session goes on with: what koa-session wrote has its own, and so may any other. */
  maxAgeOf({ maxAge, hasOwnMaxAge, createdAt }: Life): number | 'session' {
    const followsItself = hasOwnMaxAge || createdAt === undefined;
    return (followsItself ? maxAge : undefined) ?? this.configured.maxAge;
  }

  /** The session to hand out: what is kept, or a new one. */
  unpack(): Session {
    const { kept } = this.seen;
    if (!kept) return new SessionBase(this);
    try {
      const record = JSON.parse(kept.data) as object;
      const data = dataOf(record);
      // What would be written if nobody changed it.
      if (data !== record) this.seen = { ...this.seen, kept: { ...kept, data: JSON.stringify(data) } };
      return new SessionBase(this, data);
    } catch {
      // It cannot be written again, so no change of it could be told.
      this.seen = { ...this.seen, kept: undefined };
      this.#id = undefined;
      this.followMaxAge(this.configured.maxAge);
      this.emit('invalid', kept.id, undefined);
      return new SessionBase(this);
    }
  }

  /** What could not be read on the server can be neither replaced nor ended there. */
  requireKnown(): void {
    const { failure } = this.seen;
    if (failure && (this.base.isInStore || this.configured.revocations)) throw failure.error;
  }

  userOf(data: object): string | undefined {
    return userIn(data, this.configured);
  }

  emit(name: SessionEventName, id: string | undefined, value: unknown, reason?: string): void {
    emitSessionEvent(name, this.ctx, id, value, reason);
  }
}
