import type { Context } from 'koa';
import { requireKeys } from './cookie/session-cookie.ts';
import { emitSessionEvent, type SessionEventName } from './events.ts';
import { checkMaxAge, DEFAULT_MAX_AGE, type ResolvedOptions } from './resolve-options.ts';
import { judge } from './judge.ts';
import { KeptSession } from './kept-session.ts';
import {
  after,
  isPromise,
  makePersistence,
  type MaybePromise,
  type Persistence,
  type Presented,
} from './persistence.ts';
import { maxAgeOf, type SessionRecord, toRecord } from './record.ts';
import { type Session, SessionBase, type SessionOwner } from './session.ts';
import { generateSessionId } from './session-id.ts';

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
  #kept: KeptSession | undefined;
  /** undefined: no handler has asked for it; null: a handler has set it to null. */
  #session: Session | null | undefined;
  #id: string | undefined;
  #expiresAt: number | undefined;
  #mustSave = false;
  #wasSaved = false;
  #wasRemoved = false;
  #isCommitting = false;
  #lastCommit: Promise<void> | undefined;

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
    return (this.#keptIn ??= makePersistence(this.#ctx, this.options));
  }

  /** The session id, made when it is first asked for; undefined in cookie mode. */
  get id(): string | undefined {
    const { genid, prefix } = this.options;
    if (this.#inStore) this.#id ??= genid ? genid(this.#ctx) : generateSessionId(prefix);
    return this.#id;
  }

  get expiresAt(): number | undefined {
    return this.#expiresAt;
  }

  get maxAge(): number | 'session' {
    return this.options.maxAge;
  }

  set maxAge(value: number | 'session') {
    this.options.maxAge = checkMaxAge(value) || DEFAULT_MAX_AGE;
    this.#mustSave = true;
  }

  /** Loads what must be there before the handlers run: a store cannot be awaited by `ctx.session`, nor can `valid`. */
  begin(): MaybePromise<void> {
    this.hasBegun = true;
    const { externalKey, valid } = this.configured;
    if (!externalKey) requireKeys(this.#ctx, this.configured);
    if (this.#inStore) return this.#load();
    if (valid && this.#session === undefined) return this.#loadUnasked();
  }

  /** `ctx.session` */
  get(): Session | null {
    this.touched = true;
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
    this.touched = true;
    // What follows an ended session is another one: it must inherit neither the id nor the end.
    if (value === null) {
      this.#id = undefined;
      this.#expiresAt = undefined;
    }
    this.#mustSave = false;
    this.#session = value && new SessionBase(this, value);
  }

  /** Writes or removes what the handlers changed. One at a time, so that none works on half of another's result. */
  commit(how: CommitHow = {}): Promise<void> {
    const again = (): Promise<void> => this.commit(how);
    const isBusy = this.#isCommitting && this.#lastCommit;
    this.#lastCommit = isBusy ? isBusy.then(again, again) : this.#commit(how);
    return this.#lastCommit;
  }

  // Waits only where there is something to wait for: koa-session's users call save() in cookie mode without `await`.
  async #commit({ save = false, regenerate = false }: CommitHow): Promise<void> {
    if (this.#session === undefined && !this.#mayExtend()) return;
    this.#isCommitting = true;
    try {
      if (this.#session === undefined) {
        const loading = this.#isLoaded || this.#loadFailure ? undefined : this.#loadUnasked();
        if (loading) await loading;
        if (!this.#isDueToExtend()) return;
        this.#session = this.#unpack();
      }
      const done = regenerate && this.#session ? this.#regenerate(this.#session) : this.#update(save);
      if (done) await done;
    } finally {
      this.#isCommitting = false;
    }
  }

  /** The new record is there before the old one goes: a store that fails in between loses no session. */
  async #regenerate(session: Session): Promise<void> {
    this.#persistence.requireDelivery();
    const former = this.#kept;
    this.#id = undefined;
    try {
      await this.#save(session, 'regenerated');
    } catch (error) {
      this.#id = former?.id;
      throw error;
    }
    if (former?.id !== undefined) await this.#persistence.destroy(former.id);
  }

  #update(asked: boolean): MaybePromise<void> {
    const session = this.#session;
    if (!session) return this.#remove();
    return after(this.#hasLeftItsId() ? this.#destroyKept() : undefined, () => {
      const reason = this.#reasonToSave(session, asked);
      if (reason === 'ended') return this.#remove();
      if (reason) return this.#save(session);
    });
  }

  /** Rolling and renew hold for requests whose handlers leave the session alone, too. */
  #mayExtend(): boolean {
    const { rolling, renew } = this.#ownOptions ?? this.configured;
    return (rolling || renew) && (this.#inStore || !this.#ctx.headerSent);
  }

  #isDueToExtend(): boolean {
    if (!this.#kept) return false;
    const { rolling, renew, maxAge, now } = this.options;
    if (rolling) return true;
    if (!renew || maxAge === 'session' || this.#expiresAt === undefined) return false;
    return this.#expiresAt - now() < maxAge / 2;
  }

  /** A cookie that cannot be decoded, or a `valid` that fails, fails the handler that asks, and no other. */
  #loadUnasked(): Promise<void> | undefined {
    const fail = (error: unknown): void => {
      this.#loadFailure = { error };
    };
    try {
      return this.#load()?.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** In cookie mode only an asynchronous `valid` could make this wait, and the middleware has awaited that one. */
  #loadAtOnce(): void {
    const loading = this.#load();
    if (!loading) return;
    loading.catch((error: unknown) => this.#ctx.app.emit('error', error, this.#ctx));
    throw new Error('session: with an asynchronous `valid`, ctx.session answers only behind the middleware');
  }

  #load(): Promise<void> | undefined {
    const presented = this.#persistence.load();
    if (isPromise(presented)) return presented.then((found) => this.#accept(found));
    const accepted = this.#accept(presented);
    return isPromise(accepted) ? accepted : undefined;
  }

  /** Takes up the session that the request presents if it is fit; else there will be a new one, under a new id. */
  #accept(presented: Presented | undefined): MaybePromise<void> {
    this.#isLoaded = true;
    this.#session = undefined;
    this.#id = undefined;
    if (!presented) return;
    const { id, record } = presented;
    return after(judge(record, this.#ctx, this.options), (verdict) => {
      if ('event' in verdict) this.#emit(verdict.event, id, record);
      else this.#resume(id, verdict.record);
    });
  }

  #resume(id: string | undefined, record: SessionRecord): void {
    this.#id = id;
    this.#kept = new KeptSession(id, { record });
    this.#expiresAt = record._expire;
    this.options.maxAge = maxAgeOf(record) ?? this.options.maxAge;
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
      this.#expiresAt = undefined;
      this.options.maxAge = this.configured.maxAge;
      this.#emit('invalid', kept.id, undefined);
      return new SessionBase(this);
    }
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

  #save(session: Session, event?: 'regenerated'): MaybePromise<void> {
    // Before the store is written: a record whose id reaches nobody is lost, and stays for its whole life.
    if (!this.#canDoWithoutDelivery()) this.#persistence.requireDelivery();
    return after(this.options.beforeSave?.(this.#ctx, session), () => this.#write(session, event));
  }

  #write(session: Session, event?: 'regenerated'): MaybePromise<void> {
    const data = session.toJSON();
    const json = JSON.stringify(data);
    const record = toRecord(data, this.options.maxAge, this.options.now());
    const former = this.#kept;
    const changed = !former || former.id !== this.id || json !== former.json;
    return after(this.#persistence.save(this.id, record, changed), () => {
      this.#kept = new KeptSession(this.id, { json });
      this.#expiresAt = record._expire;
      this.#mustSave = false;
      this.#wasSaved = true;
      this.#wasRemoved = false;
      this.#emit(event ?? (!former ? 'created' : changed ? 'saved' : 'renewed'), this.id, data);
    });
  }

  #remove(): MaybePromise<void> {
    if (this.#wasRemoved) return;
    this.#id = undefined;
    return after(this.#hasLeftItsId() ? this.#destroyKept() : undefined, () => {
      const wasThere = this.#kept !== undefined || (!this.#isLoaded && this.#isPresented());
      // A session of a store is gone whatever the browser still sends; one that is the cookie is not.
      if (!this.#inStore || !this.#ctx.headerSent) this.#persistence.cookie.expire();
      this.#wasRemoved = true;
      // In a store that was reported when the record went.
      if (wasThere) this.#emit('destroyed', undefined, this.#kept && JSON.parse(this.#kept.json));
      this.#kept = undefined;
      this.#expiresAt = undefined;
    });
  }

  /** The headers are gone, but the client has the id already: only the cookie's new expiry is lost. */
  #canDoWithoutDelivery(): boolean {
    return this.#ctx.headerSent && this.#kept?.id !== undefined;
  }

  #hasLeftItsId(): boolean {
    return this.#kept?.id !== undefined && this.#kept.id !== this.#id;
  }

  #destroyKept(): MaybePromise<void> {
    const kept = this.#kept;
    if (kept?.id === undefined) return;
    return after(this.#persistence.destroy(kept.id), () => {
      this.#kept = undefined;
      this.#emit('destroyed', kept.id, JSON.parse(kept.json));
    });
  }

  #emit(name: SessionEventName, id: string | undefined, value: unknown): void {
    emitSessionEvent(name, this.#ctx, id, value);
  }
}
