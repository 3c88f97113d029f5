import type { Context } from 'koa';
import { requireKeys } from './cookie/session-cookie.ts';
import { SessionGoneError } from './errors.ts';
import { emitSessionEvent, type SessionEventName } from './events.ts';
import { judge } from './judge.ts';
import { KeptSession } from './kept-session.ts';
import { endOf, isAtAbsoluteEnd, type Life, savedAt } from './life.ts';
import { after, isPromise, recovering } from './maybe-promise.ts';
import { foreignChanges } from './merge.ts';
import { openPersistence } from './open-persistence.ts';
import type { Draft, Persistence, Presented } from './persistence.ts';
import { checkMaxAge, DEFAULT_MAX_AGE, keepsBeginning, type ResolvedOptions } from './resolve-options.ts';
import {
  dataOf,
  type Session,
  SessionBase,
  type SessionData,
  type SessionOwner,
  type UpdateFunction,
} from './session.ts';
import { generateSessionId } from './session-id.ts';
import type { MaybePromise, Outcome, StoredSession, Version } from './stores/store.ts';

/** Ten seconds, in ms: a store forgets later than the cookie ends, whatever the clocks. */
const GRACE = 10_000;

/** What `commit` is asked for beyond what has changed. */
interface CommitHow {
  save?: boolean;
  regenerate?: boolean;
}

/**
 * The session of one request: loads it, holds what the handlers make of it, and at the end decides what is written,
 * removed or left alone.
 */
export class RequestSession implements SessionOwner {
  /** The set-up that this session follows, to tell one `session()` from another. */
  readonly configured: Readonly<ResolvedOptions>;
  /** A handler has asked for the session or set it. */
  touched = false;
  /** The middleware has taken it up. */
  hasBegun = false;

  readonly #ctx: Context;
  readonly #inStore: boolean;
  #ownOptions: ResolvedOptions | undefined;
  #keptIn: Persistence | undefined;
  #isLoaded = false;
  /** Why it could not be loaded, for the handler that asks. */
  #loadFailure: { error: unknown } | undefined;
  /** The session as it is stored now; undefined: nothing is. */
  #kept: KeptSession | undefined;
  /** undefined: no handler has asked for it; null: a handler has set it to null. */
  #session: Session | null | undefined;
  #id: string | undefined;
  /** Set to null: what may follow is another session. */
  #hasEnded = false;
  /**
   * What another request has done to it: nothing may be stored or sent any more. An id that was known to be replaced
   * when it came in had no data; who logs in on it begins anew.
   */
  #gone: 'replaced' | 'ended' | undefined;
  #hasSetMaxAge = false;
  #mustSave = false;
  #wasSaved = false;
  #wasRemoved = false;
  /** Where it was used after the headers were sent. */
  #lateUse: Error | undefined;
  #isCommitting = false;
  #lastCommit: Promise<unknown> | undefined;

  constructor(ctx: Context, configured: Readonly<ResolvedOptions>) {
    this.configured = configured;
    this.#ctx = ctx;
    this.#inStore = Boolean(configured.ContextStore ?? configured.store);
  }

  /** This request's own copy, `ctx.sessionOptions`; `maxAge` is that of the session. */
  get options(): ResolvedOptions {
    return (this.#ownOptions ??= { ...this.configured });
  }

  get #persistence(): Persistence {
    return (this.#keptIn ??= openPersistence(this.#ctx, this.options));
  }

  get externalKey(): string | undefined {
    return this.#inStore ? this.id : undefined;
  }

  /** The session id, made when it is first asked for; undefined for a cookie that needs none. */
  get id(): string | undefined {
    const { genid, prefix } = this.options;
    if (this.#inStore || keepsBeginning(this.configured)) {
      this.#id ??= genid ? genid(this.#ctx) : generateSessionId(prefix);
    }
    return this.#id;
  }

  get createdAt(): number | undefined {
    return this.#life?.createdAt;
  }

  get expiresAt(): number | undefined {
    return this.#life && endOf(this.#life, this.configured);
  }

  get lastSeenAt(): number | undefined {
    return this.#life && savedAt(this.#life);
  }

  get #life(): Life | undefined {
    return this.#hasEnded ? undefined : this.#kept?.life;
  }

  get maxAge(): number | 'session' {
    return this.options.maxAge;
  }

  set maxAge(value: number | 'session') {
    this.options.maxAge = checkMaxAge(value) || DEFAULT_MAX_AGE;
    this.#hasSetMaxAge = true;
    this.#mustSave = true;
  }

  /** Loads what must be there before the handlers run, since `ctx.session` cannot wait. */
  begin(): MaybePromise<void> {
    this.hasBegun = true;
    const { externalKey, valid, revocations } = this.configured;
    if (!externalKey) requireKeys(this.#ctx, this.configured);
    if (this.#inStore || ((valid ?? revocations) && this.#session === undefined)) return this.#loadUnasked();
  }

  /** `ctx.session` */
  get(): Session | null {
    this.#notice();
    if (this.#session === undefined) {
      if (this.#loadFailure) throw this.#loadFailure.error;
      // In a store it is only missing before the middleware has run, which will then take the place of this one.
      if (!this.#isLoaded && !this.#inStore) this.#loadAtOnce();
      this.#session = this.#unpack();
    }
    return this.#session;
  }

  /**
   * `ctx.session =`
   * @throws {TypeError} for anything but null and objects, and for data with a reserved key
   */
  set(value: object | null): void {
    if (value !== null && typeof value !== 'object') {
      throw new TypeError(`ctx.session can be set to an object or to null, got ${typeof value}`);
    }
    this.#notice();
    // What follows an ended session is another one: it must inherit neither the id nor the end.
    if (value === null) {
      this.#id = undefined;
      this.#hasEnded = true;
    }
    this.#mustSave = false;
    this.#session = value && new SessionBase(this, value);
  }

  #notice(): void {
    this.touched = true;
    if (this.#ctx.headerSent) this.#lateUse ??= new Error('The session was used here, too late.');
  }

  /** Writes or removes what the handlers changed. */
  commit(how: CommitHow = {}): Promise<void> {
    return this.#inTurn(() => this.#commit(how));
  }

  update<Result>(change: UpdateFunction<Result>): Promise<Result> {
    return this.#inTurn(() => this.#update(change));
  }

  /** One at a time, so that none works on half of another's result. */
  #inTurn<Result>(work: () => MaybePromise<Result>): Promise<Result> {
    const again = (): Promise<Result> => this.#inTurn(work);
    const isBusy = this.#isCommitting && this.#lastCommit;
    const result = isBusy ? isBusy.then(again, again) : this.#alone(work);
    this.#lastCommit = result;
    return result;
  }

  // Waits only where there is something to wait for: koa-session's users call save() in cookie mode without `await`.
  async #alone<Result>(work: () => MaybePromise<Result>): Promise<Result> {
    this.#isCommitting = true;
    try {
      const result = work();
      return isPromise(result) ? await result : result;
    } finally {
      this.#isCommitting = false;
    }
  }

  #commit({ save = false, regenerate = false }: CommitHow): MaybePromise<void> {
    if (this.#session !== undefined) return this.#carryOut(save, regenerate);
    if (!this.#mayWriteUnasked()) return;
    return after(this.#isLoaded || this.#loadFailure ? undefined : this.#loadUnasked(), () => {
      if (!this.#kept || !(this.#isDueToExtend() || this.#isStale())) return;
      this.#session = this.#unpack();
      return this.#carryOut(save, regenerate);
    });
  }

  #carryOut(save: boolean, regenerate: boolean): MaybePromise<void> {
    this.#requireKnown();
    return regenerate && this.#session ? this.#regenerate(this.#session) : this.#settle(save);
  }

  /** What could not be read on the server can be neither replaced nor ended there. */
  #requireKnown(): void {
    if (this.#loadFailure && (this.#inStore || this.configured.revocations)) throw this.#loadFailure.error;
  }

  #settle(asked: boolean): MaybePromise<void> {
    const session = this.#session;
    if (!session) return this.#remove();
    return after(this.#hasLeftItsId() ? this.#destroyKept() : undefined, () => this.#decide(session, asked));
  }

  #decide(session: Session, asked: boolean): MaybePromise<void> {
    const reason = this.#reasonToSave(session, asked);
    if (this.#gone) return reason && this.#lose(session, asked);
    if (reason === 'ended') return this.#removeEmptied(session, asked);
    if (reason) return this.#save(session, asked);
    if (this.#isStale()) this.#reissue();
  }

  #reasonToSave(session: Session, asked: boolean): 'asked' | 'changed' | 'ended' | 'extended' | undefined {
    if (asked || this.#mustSave) return 'asked';
    const isEmpty = !session.populated;
    if (!this.#kept) {
      if (!isEmpty) return 'changed';
      // `ctx.session = {}` without a look at what the browser holds.
      return !session.isNew && this.#isPresented() ? 'ended' : undefined;
    }
    if (JSON.stringify(session) !== this.#kept.json) return isEmpty ? 'ended' : 'changed';
    return !this.#wasSaved && this.#mayExtend() && this.#isDueToExtend() ? 'extended' : undefined;
  }

  #isPresented(): boolean {
    return !this.#inStore && !this.#ctx.headerSent && this.#persistence.cookie.read() !== undefined;
  }

  /** Rolling and renew hold for requests whose handlers leave the session alone, too; so does a new key. */
  #mayWriteUnasked(): boolean {
    return this.#mayExtend() || this.#isStale();
  }

  #mayExtend(): boolean {
    const { rolling, renew } = this.#ownOptions ?? this.configured;
    return (rolling || renew || this.#lacksItsEnd()) && (this.#inStore || !this.#ctx.headerSent);
  }

  #isDueToExtend(): boolean {
    const life = this.#life;
    if (!life) return false;
    const { rolling, renew, maxAge, now, isActivity } = this.options;
    if (isAtAbsoluteEnd(life, this.configured) || isActivity?.(this.#ctx) === false) return false;
    if (rolling || this.#lacksItsEnd()) return true;
    const end = this.expiresAt;
    return renew && maxAge !== 'session' && end !== undefined && end - now() < maxAge / 2;
  }

  /** It was saved when sessions had no idle timeout, and now they have one. */
  #lacksItsEnd(): boolean {
    const life = this.#life;
    return life?.maxAge === 'session' && life.createdAt !== undefined && this.options.maxAge !== 'session';
  }

  /** Its cookie was made with an old key. */
  #isStale(): boolean {
    return (
      this.#kept !== undefined &&
      !this.configured.externalKey &&
      !this.#ctx.headerSent &&
      this.#persistence.cookie.isStale
    );
  }

  #reissue(): void {
    const kept = this.#kept;
    if (kept) this.#persistence.deliver(kept.id, this.#draftOf(kept.json, kept.life, kept.data));
  }

  /** A cookie that cannot be decoded, or a `valid` or a store that fails, fails the handler that asks, and no other. */
  #loadUnasked(): Promise<void> | undefined {
    const loading = recovering<Promise<void> | undefined | void>(
      () => this.#load(),
      (error) => {
        this.#loadFailure = { error };
      },
    );
    return isPromise(loading) ? (loading as Promise<void>) : undefined;
  }

  /** In cookie mode only `valid` and `revocations` could make this wait, and the middleware has awaited those. */
  #loadAtOnce(): void {
    const loading = this.#load();
    if (!loading) return;
    loading.catch((error: unknown) => this.#ctx.app.emit('error', error, this.#ctx));
    throw new Error(
      'session: with an asynchronous `valid` or `revocations`, ctx.session answers only behind the middleware',
    );
  }

  #load(): Promise<void> | undefined {
    const loading = after(this.#persistence.load(), (found) => this.#accept(found));
    return isPromise(loading) ? loading : undefined;
  }

  /** Takes up the session that the request presents if it is fit; else there will be a new one, under a new id. */
  #accept(presented: Presented | undefined): MaybePromise<void> {
    this.#isLoaded = true;
    this.#session = undefined;
    this.#id = undefined;
    if (!presented) return;
    if ('replaced' in presented) {
      this.#gone = 'replaced';
      this.#emit('missed', presented.replaced, undefined);
    } else if ('event' in presented) {
      this.#emit(presented.event, presented.id, presented.value);
    } else {
      const { kept } = presented;
      return after(judge(kept, this.#ctx, this.options, this.configured), (verdict) => {
        if (verdict === 'fit') this.#resume(kept);
        else this.#emit(verdict, kept.id, kept.record);
      });
    }
  }

  #resume(kept: KeptSession): void {
    this.#id = kept.id;
    this.#kept = kept;
    this.options.maxAge = this.#maxAgeOf(kept.life);
  }

  /** What koa-session wrote has the `maxAge` it was saved with, and so has a session with one of its own. */
  #maxAgeOf({ maxAge, hasOwnMaxAge, createdAt }: Life): number | 'session' {
    const followsItself = hasOwnMaxAge || createdAt === undefined;
    return (followsItself ? maxAge : undefined) ?? this.configured.maxAge;
  }

  /** The session to hand out: what is kept, or a new one. */
  #unpack(): Session {
    const kept = this.#kept;
    if (!kept) return new SessionBase(this);
    try {
      return new SessionBase(this, kept.unpack());
    } catch {
      // It cannot be written again, so no change of it could be told.
      this.#kept = undefined;
      this.#id = undefined;
      this.options.maxAge = this.configured.maxAge;
      this.#emit('invalid', kept.id, undefined);
      return new SessionBase(this);
    }
  }

  #save(session: Session, asked: boolean): MaybePromise<void> {
    // Before the store is written: a record whose id reaches nobody is lost, and stays for its whole life.
    if (!this.#canDoWithoutDelivery()) this.#persistence.requireDelivery(this.#lateUse);
    return after(this.options.beforeSave?.(this.#ctx, session), () => this.#write(session, asked));
  }

  #write(session: Session, asked: boolean): MaybePromise<void> {
    const data = session.toJSON();
    const draft = this.#draftOf(JSON.stringify(data), this.#nextLife(), data);
    const former = this.#kept;
    return after(this.#put(former, draft), (outcome) => {
      if (outcome.kind === 'gone') return this.#lose(session, asked);
      if (outcome.kind === 'changed') {
        this.#adopt(session, outcome.current);
        return this.#decide(session, asked);
      }
      const isSame = former?.json === draft.data;
      this.#land(draft, outcome.version, !former ? 'created' : isSame ? 'renewed' : 'saved', data);
    });
  }

  #put(former: KeptSession | undefined, draft: Draft): MaybePromise<Outcome> {
    if (!former) return after(this.#persistence.create(this.id, draft), created);
    const { maxAge, hasOwnMaxAge } = former.life;
    const isTouch =
      draft.data === former.json && maxAge === draft.life.maxAge && hasOwnMaxAge === draft.life.hasOwnMaxAge;
    return isTouch ? this.#persistence.touch(former, draft) : this.#persistence.update(former, draft);
  }

  /** It is stored: the browser is told, and it is what the next commit builds on. */
  #land(draft: Draft, version: Version, event: SessionEventName, data: object): void {
    this.#persistence.deliver(this.id, draft);
    this.#kept = KeptSession.ofStored(this.id, { ...draft, version });
    this.#mustSave = false;
    this.#hasEnded = false;
    this.#gone = undefined;
    this.#wasSaved = true;
    this.#wasRemoved = false;
    this.#emit(event, this.id, data);
  }

  /** Takes over what others have made of the session since it was loaded, and keeps what this request has changed. */
  #adopt(session: Session, current: StoredSession): void {
    const former = this.#kept;
    const kept = KeptSession.ofStored(former?.id, current);
    const theirs = dataOf(kept.data) as Record<string, unknown>;
    for (const change of foreignChanges(former?.data ?? {}, { ...session.toJSON() }, theirs)) {
      if ('isDeleted' in change) Reflect.deleteProperty(session, change.key);
      else Reflect.set(session, change.key, change.value);
    }
    this.#kept = kept;
    if (!this.#hasSetMaxAge) this.options.maxAge = this.#maxAgeOf(kept.life);
    this.#emit('merged', kept.id, session.toJSON());
  }

  /** Others have ended the session: what this request made of it must not bring it back. */
  #lose(session: Session, asked: boolean): void {
    const isNews = this.#gone !== 'ended';
    this.#gone = 'ended';
    this.#wasRemoved = true;
    const id = this.#kept?.id;
    this.#kept = undefined;
    if (isNews) this.#emit('gone', id, session.toJSON());
    if (asked) throw new SessionGoneError();
  }

  async #update<Result>(change: UpdateFunction<Result>): Promise<Result> {
    for (;;) {
      const session = this.get();
      if (!session) throw new Error('session: update() of a session that was set to null');
      if (this.#gone) throw new SessionGoneError();
      this.#requireKnown();
      if (this.#hasLeftItsId()) await this.#destroyKept();
      if (!this.#canDoWithoutDelivery()) this.#persistence.requireDelivery(this.#lateUse);
      // On a copy, since it may have to be done again on other data.
      const data = JSON.parse(JSON.stringify(session)) as Partial<SessionData>;
      const result = await change(data);
      const copy = new SessionBase(this, data);
      await this.options.beforeSave?.(this.#ctx, copy);
      const changed = copy.toJSON();
      const draft = this.#draftOf(JSON.stringify(changed), this.#nextLife(), changed);
      const former = this.#kept;
      const outcome = await this.#put(former, draft);
      if (outcome.kind === 'gone') this.#lose(copy, true);
      else if (outcome.kind === 'changed') this.#adopt(session, outcome.current);
      else {
        replaceData(session, changed);
        this.#land(draft, outcome.version, former ? 'saved' : 'created', changed);
        return result;
      }
    }
  }

  /** The new record is there before the old one goes: a store that fails in between loses no session. */
  #regenerate(session: Session): MaybePromise<void> {
    if (this.#gone === 'ended') throw new SessionGoneError();
    this.#persistence.requireDelivery(this.#lateUse);
    const former = this.#kept;
    this.#id = undefined;
    return recovering(
      () =>
        after(this.options.beforeSave?.(this.#ctx, session), () => {
          const draft = this.#successorOf(session);
          return after(this.#put(undefined, draft), (outcome) => {
            if (outcome.kind === 'done') return this.#retire(former, session, draft, outcome.version);
          });
        }),
      (error) => {
        const hasLanded = this.#kept !== undefined && !this.#hasLeftItsId();
        if (!hasLanded) this.#id = former?.id;
        throw error;
      },
    );
  }

  #successorOf(session: Session): Draft {
    const data = session.toJSON();
    return this.#draftOf(JSON.stringify(data), this.#nextLife({ isNew: true }), data);
  }

  /** Ends the former id, unless others have changed its session meanwhile: then the successor gets that first. */
  #retire(
    former: KeptSession | undefined,
    session: Session,
    draft: Draft,
    version: Version,
  ): MaybePromise<void> {
    const land = (): void => this.#land(draft, version, 'regenerated', session.toJSON());
    if (!former || former.id === undefined) return land();
    const ending = recovering(
      () => this.#persistence.destroy(former, { version: former.version, replaced: true }),
      (error) => {
        land();
        throw error;
      },
    );
    return after(ending, (outcome) => {
      const successor = KeptSession.ofStored(this.id, { ...draft, version });
      if (outcome.kind === 'done' || (outcome.kind === 'gone' && this.#isLogin(former, draft))) return land();
      if (outcome.kind === 'gone') {
        return after(this.#persistence.destroy(successor), () => this.#lose(session, true));
      }
      this.#adopt(session, outcome.current);
      const merged = this.#successorOf(session);
      return after(this.#persistence.update(successor, merged), (updated) => {
        if (updated.kind === 'done') return this.#retire(this.#kept, session, merged, updated.version);
        return this.#lose(session, true);
      });
    });
  }

  /** A login is a session of its own: it goes on although what was there before it has ended. */
  #isLogin(former: KeptSession, { userId }: Draft): boolean {
    return userId !== undefined && this.#userOf(former.data) !== userId;
  }

  #remove(): MaybePromise<void> {
    if (this.#wasRemoved) return;
    if (this.#gone) throw new SessionGoneError();
    this.#id = undefined;
    return after(this.#hasLeftItsId() ? this.#destroyKept() : undefined, () => this.#forget());
  }

  /** Unless others have put something into it meanwhile. */
  #removeEmptied(session: Session, asked: boolean): MaybePromise<void> {
    const kept = this.#kept;
    if (kept?.id === undefined) return this.#forget();
    return after(this.#persistence.destroy(kept, { version: kept.version }), (outcome) => {
      if (outcome.kind === 'gone') return this.#lose(session, asked);
      if (outcome.kind === 'changed') {
        this.#adopt(session, outcome.current);
        return this.#decide(session, asked);
      }
      this.#kept = undefined;
      this.#emit('destroyed', kept.id, kept.data);
      this.#forget();
    });
  }

  /** What is left of an ended session is its cookie. */
  #forget(): void {
    const kept = this.#kept;
    const wasThere = kept !== undefined || (!this.#isLoaded && this.#isPresented());
    // A session of a store is gone whatever the browser still sends; one that is the cookie is not.
    if (!this.#inStore || !this.#ctx.headerSent) {
      this.#persistence.requireDelivery(this.#lateUse);
      this.#persistence.cookie.expire();
    }
    this.#id = undefined;
    this.#wasRemoved = true;
    // What had an id was reported when that went.
    if (wasThere) this.#emit('destroyed', undefined, kept?.data);
    this.#kept = undefined;
  }

  /** The headers are gone, but the client has the id already: only the cookie's new expiry is lost. */
  #canDoWithoutDelivery(): boolean {
    return this.#ctx.headerSent && this.#inStore && this.#kept?.id !== undefined;
  }

  #hasLeftItsId(): boolean {
    return this.#kept?.id !== undefined && this.#kept.id !== this.#id;
  }

  #destroyKept(): MaybePromise<void> {
    const kept = this.#kept;
    if (kept?.id === undefined) return;
    return after(this.#persistence.destroy(kept), () => {
      this.#kept = undefined;
      this.#emit('destroyed', kept.id, kept.data);
    });
  }

  #nextLife({ isNew = false } = {}): Life {
    const { maxAge, now, isActivity } = this.options;
    const time = now();
    const former = isNew ? undefined : this.#life;
    const isFull = keepsBeginning(this.configured);
    const life = {
      createdAt: isFull ? (former?.createdAt ?? (former && savedAt(former)) ?? time) : undefined,
      hasOwnMaxAge: isFull && maxAge !== this.configured.maxAge,
    };
    const isExtended = !former || this.#hasSetMaxAge || (isActivity?.(this.#ctx) ?? true);
    return isExtended
      ? { ...life, maxAge, idleEndsAt: maxAge === 'session' ? undefined : time + maxAge }
      : { ...life, maxAge: former.maxAge, idleEndsAt: former.idleEndsAt };
  }

  #draftOf(data: string, life: Life, object: object): Draft {
    const endsAt = endOf(life, this.configured);
    const ttl = endsAt === undefined ? undefined : endsAt - this.options.now() + GRACE;
    return { data, life, ttl, endsAt, userId: this.#userOf(object) };
  }

  #userOf(data: object): string | undefined {
    return this.configured.userOf?.(data) ?? undefined;
  }

  #emit(name: SessionEventName, id: string | undefined, value: unknown): void {
    emitSessionEvent(name, this.#ctx, id, value);
  }
}

function created(version: Version | undefined): Outcome {
  if (version !== undefined) return { kind: 'done', version };
  throw new Error(
    'session: the new session id is taken already. The option genid has to make another id each time, with 128 ' +
      'random bits or more.',
  );
}

function replaceData(session: Session, data: object): void {
  for (const key of Object.keys(session)) if (!(key in data)) Reflect.deleteProperty(session, key);
  Object.assign(session, data);
}
