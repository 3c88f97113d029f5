import type { Context } from 'koa';
import { requireKeys } from './cookie/session-cookie.ts';
import { SessionGoneError } from './errors.ts';
import { judge, type Verdict } from './judge.ts';
import type { KeptSession } from './kept-session.ts';
import { savedAt } from './life.ts';
import { after, isPromise, lastly, recovering } from './maybe-promise.ts';
import type { Place, Presented } from './persistence.ts';
import { isDueToExtend, mayExtend, mayWriteUnasked } from './request/extending.ts';
import { type Snapshot, snapshotOf } from './request/drafting.ts';
import { regenerate } from './request/regenerating.ts';
import { destroyLeft, isPresented, remove, removeEmptied } from './request/removing.ts';
import { SessionState } from './request/state.ts';
import { update } from './request/updating.ts';
import { lose, reissueIfStale, save } from './request/writing.ts';
import { checkMaxAge, DEFAULT_MAX_AGE, keepsBeginning, type ResolvedOptions } from './resolve-options.ts';
import { type Session, SessionBase, type SessionOwner, type UpdateFunction } from './session.ts';
import type { MaybePromise } from './store.ts';
import { type Reader, type Unread, unreadFor } from './unread.ts';

/** What `commit` is asked for beyond what has changed. */
interface CommitHow {
  save?: boolean;
  regenerate?: boolean;
}

/**
 * The session of one request: loads it, holds what the handlers make of it, and at the end decides what is written,
 * removed or left alone. How that is done is in the folder `request/`.
 */
export class RequestSession implements SessionOwner, Reader {
  /** A handler has asked for the session or set it. */
  touched = false;
  /** The middleware has taken it up. */
  hasBegun = false;
  before: Reader | undefined;
  behind: Reader | undefined;

  /** The set-up that this session follows, to tell one `session()` from another. */
  readonly configured: Readonly<ResolvedOptions>;
  readonly #ctx: Context;
  #made: SessionState | undefined;
  /** Where it waits to be read, if it may be read later. */
  #unread: Unread | undefined;
  /** Why it could not be loaded, for the handler that asks. */
  #loadFailure: { error: unknown } | undefined;
  #isCommitting = false;
  #lastCommit: Promise<unknown> | undefined;

  constructor(ctx: Context, configured: Readonly<ResolvedOptions>) {
    this.#ctx = ctx;
    this.configured = configured;
  }

  /** Made when it is needed: requests that leave their session alone need none. */
  get #state(): SessionState {
    return (this.#made ??= new SessionState(this.#ctx, this.configured));
  }

  /** This request's own copy, `ctx.sessionOptions`. */
  get options(): ResolvedOptions {
    this.#look();
    return this.#state.ownOptions;
  }

  get id(): string | undefined {
    this.#look();
    return this.#state.id;
  }

  get externalKey(): string | undefined {
    return this.#state.inStore ? this.id : undefined;
  }

  get place(): Place {
    return this.#state.persistence.place;
  }

  get createdAt(): number | undefined {
    this.#look();
    return this.#state.life?.createdAt;
  }

  get lastSeenAt(): number | undefined {
    this.#look();
    const { life } = this.#state;
    return life && savedAt(life);
  }

  get expiresAt(): number | undefined {
    this.#look();
    return this.#state.expiresAt;
  }

  get maxAge(): number | 'session' {
    this.#look();
    return this.#state.maxAge;
  }

  set maxAge(value: number | 'session') {
    this.#look();
    this.#state.maxAge = checkMaxAge(value) || DEFAULT_MAX_AGE;
    this.#state.hasSetMaxAge = true;
    this.#state.mustSave = true;
  }

  /** Loads what must be there before the handlers run, since `ctx.session` cannot wait. */
  begin(): MaybePromise<void> {
    this.hasBegun = true;
    const { externalKey, store, ContextStore, valid, revocations, absoluteMaxAge } = this.configured;
    if (!externalKey) requireKeys(this.#ctx, this.configured);
    this.#unread = unreadFor(this.#ctx, this.configured);
    if (this.#unread) {
      if (this.#made) this.#forgetWhatWasBefore();
      this.#unread.add(this);
    } else if (
      (ContextStore ?? store) ||
      ((valid ?? revocations ?? absoluteMaxAge) && this.#made?.session === undefined)
    ) {
      return this.#loadUnasked();
    }
  }

  /** `ctx.session` */
  get(): Session | null {
    const state = this.#state;
    this.#notice();
    if (state.session === undefined) {
      // In a store it is only missing before the middleware has run, which will then take the place of this one.
      if (!state.inStore || this.#unread) this.read();
      if (this.#loadFailure) throw this.#loadFailure.error;
      state.session = this.#unpack();
    }
    return state.session;
  }

  /**
   * `ctx.session =`
   * @throws {TypeError} for anything but null and objects, and for data with a reserved key
   */
  set(value: object | null): void {
    if (value !== null && typeof value !== 'object') {
      throw new TypeError(`ctx.session can be set to an object or to null, got ${typeof value}`);
    }
    const state = this.#state;
    this.#look();
    this.#notice();
    // What follows an ended session is another one: it must inherit neither the id nor the end.
    if (value === null) {
      state.id = undefined;
      state.wasSetToNull = true;
      if (keepsBeginning(this.configured)) {
        state.maxAge = this.configured.maxAge;
        state.hasSetMaxAge = false;
      }
    }
    state.mustSave = false;
    state.wasReplaced = value !== null;
    state.session = value && new SessionBase(this, value);
  }

  #notice(): void {
    this.touched = true;
    if (this.#state.ctx.headerSent) this.#state.lateUse ??= new Error('The session was used here, too late.');
  }

  /** What a handler does next depends on what the request brings. */
  #look(): void {
    if (this.#unread) this.read();
  }

  /** Does what is due when the handlers are done. Waits only where there is something to wait for. */
  end(): MaybePromise<void> {
    const { configured } = this;
    this.#unread?.delete(this);
    if (!configured.autoCommit) return;
    if (!this.#made && !configured.rolling && !configured.renew) return;
    if (this.#state.session === undefined && !mayWriteUnasked(this.#state)) return;
    return this.#inTurn(() => this.#commit(false, false));
  }

  /** Writes or removes what the handlers changed. */
  async commit({ save: asked = false, regenerate: isRegenerated = false }: CommitHow = {}): Promise<void> {
    return this.#inTurn(() => this.#commit(asked, isRegenerated));
  }

  async update<Result>(change: UpdateFunction<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      const session = this.get();
      if (!session) throw new Error('session: update() of a session that was set to null');
      if (this.#state.gone) throw new SessionGoneError();
      this.#requireKnown();
      await destroyLeft(this.#state);
      return update(this.#state, session, change, (data) => new SessionBase(this, data));
    });
  }

  /** One at a time, so that none works on half of another's result. */
  #inTurn<Result>(work: () => MaybePromise<Result>): MaybePromise<Result> {
    if (this.#isCommitting && this.#lastCommit) {
      const again = (): MaybePromise<Result> => this.#inTurn(work);
      const next = this.#lastCommit.then(again, again);
      this.#lastCommit = next;
      return next;
    }
    this.#isCommitting = true;
    // Waits only where there is something to wait for: koa-session's users call save() in cookie mode without `await`.
    const result = lastly(work, () => {
      this.#isCommitting = false;
    });
    this.#lastCommit = isPromise(result) ? result : undefined;
    return result;
  }

  #commit(asked: boolean, isRegenerated: boolean): MaybePromise<void> {
    const state = this.#state;
    if (state.session !== undefined) return this.#carryOut(asked, isRegenerated);
    if (!mayWriteUnasked(state)) return;
    return after(state.isLoaded || this.#loadFailure ? undefined : this.#loadUnasked(), () => {
      if (!state.kept || !(isDueToExtend(state) || state.isStale)) return;
      state.session = this.#unpack();
      return this.#carryOut(asked, isRegenerated);
    });
  }

  #carryOut(asked: boolean, isRegenerated: boolean): MaybePromise<void> {
    const state = this.#state;
    this.#requireKnown();
    const { session } = state;
    if (!session) return remove(state);
    if (state.wasSetToNull) state.persistence.requireStore('end');
    const settling = state.hasLeftItsId
      ? after(destroyLeft(state), () => this.#settle(session, asked, isRegenerated))
      : this.#settle(session, asked, isRegenerated);
    if (isPromise(settling)) return settling.then(() => this.#endIfAsked());
    return this.#endIfAsked();
  }

  #settle(session: Session, asked: boolean, isRegenerated: boolean): MaybePromise<void> {
    return isRegenerated ? regenerate(this.#state, session) : this.#decide(session, asked);
  }

  /** It was ended meanwhile, by beforeSave or by a handler that did not wait. */
  #endIfAsked(): MaybePromise<void> {
    if (this.#state.session === null) return this.#carryOut(false, false);
  }

  /** What could not be read on the server can be neither replaced nor ended there. */
  #requireKnown(): void {
    if (this.#loadFailure && (this.#state.inStore || this.configured.revocations)) {
      throw this.#loadFailure.error;
    }
  }

  #decide(session: Session, asked: boolean): MaybePromise<void> {
    const state = this.#state;
    const seen = state.kept && snapshotOf(session);
    const reason = this.#reasonToSave(session, seen, asked);
    if (state.gone) return reason && lose(state, session, asked);
    if (!reason) {
      return reissueIfStale(state);
    }
    const settling =
      reason === 'ended' ? removeEmptied(state, session, asked) : save(state, session, asked, seen);
    if (isPromise(settling)) {
      return settling.then((isSettled) => (isSettled ? undefined : this.#decideAgain(session, asked)));
    }
    return settling ? undefined : this.#decideAgain(session, asked);
  }

  /** Others were faster. */
  #decideAgain(session: Session, asked: boolean): MaybePromise<void> {
    const state = this.#state;
    if (state.isInTurn) return this.#decide(session, asked);
    return state.inTurn(() => this.#decide(session, asked));
  }

  /** @param seen its data, if there is something to compare them with */
  #reasonToSave(
    session: Session,
    seen: Snapshot | undefined,
    asked: boolean,
  ): 'asked' | 'changed' | 'ended' | 'extended' | undefined {
    const state = this.#state;
    if (asked || state.mustSave) return 'asked';
    const isEmpty = !session.populated;
    if (!state.kept) {
      if (!isEmpty) return 'changed';
      // `ctx.session = {}` over what could not be read.
      if (state.wasReplaced) state.persistence.requireStore('end');
      // `ctx.session = {}` without a look at what the browser holds.
      return !session.isNew && isPresented(state) ? 'ended' : undefined;
    }
    // Set to an object, it may differ from what cannot be read.
    const isWhole = state.wasReplaced && !state.wasSaved && state.persistence.place === 'outage';
    if (isWhole || seen?.json !== state.kept.json) return isEmpty ? 'ended' : 'changed';
    return !state.wasSaved && mayExtend(state) && isDueToExtend(state) ? 'extended' : undefined;
  }

  /** A cookie that cannot be decoded, or a `valid` or a store that fails, fails the handler that asks, and no other. */
  #loadUnasked(): MaybePromise<void> {
    const fail = (error: unknown): void => {
      this.#loadFailure = { error };
    };
    return recovering(() => this.#load(), fail);
  }

  /** Only `valid`, `revocations` and stores could make this wait, and the middleware has awaited those that do. */
  read(): void {
    const state = this.#state;
    if (state.isLoaded || this.#loadFailure) return;
    this.#unread?.delete(this);
    const loading = this.#loadUnasked();
    if (!isPromise(loading)) return;
    const { ctx } = state;
    void loading.then(() => this.#loadFailure && ctx.app.emit('error', this.#loadFailure.error, ctx));
    throw new Error(
      'session: with an asynchronous `valid` or `revocations`, ctx.session answers only behind the middleware',
    );
  }

  #load(): MaybePromise<void> {
    const found = this.#state.persistence.load();
    return isPromise(found) ? found.then((one) => this.#accept(one)) : this.#accept(found);
  }

  /** Takes up the session that the request presents if it is fit; else there will be a new one, under a new id. */
  #accept(presented: Presented | undefined): MaybePromise<void> {
    const state = this.#state;
    state.isLoaded = true;
    this.#forgetWhatWasBefore();
    if (!presented) return;
    if ('replaced' in presented) {
      state.gone = 'replaced';
      state.emit('missed', presented.replaced, undefined);
    } else if ('event' in presented) {
      state.emit(presented.event, presented.id, presented.value);
    } else {
      const { kept, isPartial } = presented;
      const { now, valid } = state.options;
      // `valid` is asked about a session as a whole; of this one when the store is back.
      const questions = { now, valid: isPartial ? undefined : valid };
      const verdict = judge(kept, state.ctx, questions, this.configured);
      return isPromise(verdict)
        ? verdict.then((one) => this.#followVerdict(one, kept))
        : this.#followVerdict(verdict, kept);
    }
  }

  #followVerdict(verdict: Verdict, kept: KeptSession): void {
    if (verdict === 'fit') this.#resume(kept);
    else this.#state.emit(verdict, kept.id, kept.record);
  }

  #forgetWhatWasBefore(): void {
    const state = this.#state;
    state.session = undefined;
    state.wasReplaced = false;
    state.id = undefined;
  }

  #resume(kept: KeptSession): void {
    const state = this.#state;
    state.id = kept.id;
    state.kept = kept;
    state.maxAge = state.maxAgeOf(kept.life);
  }

  /** The session to hand out: what is kept, or a new one. */
  #unpack(): Session {
    const state = this.#state;
    const { kept } = state;
    if (!kept) return new SessionBase(this);
    try {
      return new SessionBase(this, kept.unpack());
    } catch {
      // It cannot be written again, so no change of it could be told.
      state.kept = undefined;
      state.id = undefined;
      state.maxAge = this.configured.maxAge;
      state.emit('invalid', kept.id, undefined);
      return new SessionBase(this);
    }
  }
}
