import type { Context } from 'koa';
import { emitSessionEvent, type SessionEventName } from '../events.ts';
import type { KeptSession } from '../kept-session.ts';
import { endOf, type Life } from '../life.ts';
import { openPersistence } from '../open-persistence.ts';
import type { Persistence } from '../persistence.ts';
import { keepsBeginning, type RequestOptions, type ResolvedOptions, userIn } from '../resolve-options.ts';
import type { Session } from '../session.ts';
import { generateSessionId } from '../session-id.ts';
import { lastly } from '../maybe-promise.ts';
import type { MaybePromise } from '../store.ts';

/** What is known of the session of one request. The files beside this one read and change it; it decides nothing. */
export class SessionState implements RequestOptions {
  readonly ctx: Context;
  /** The set-up that the session follows. */
  readonly configured: Readonly<ResolvedOptions>;
  readonly inStore: boolean;

  /** The session as it is stored now; undefined: nothing is. */
  kept: KeptSession | undefined;
  /** undefined: no handler has asked for it; null: a handler has set it to null. */
  session: Session | null | undefined;
  isLoaded = false;
  /** Set to an object: nothing of what is stored is to stay. */
  wasReplaced = false;
  /** Set to null: what may follow is another session. */
  wasSetToNull = false;
  /**
   * What another request has done to it: nothing may be stored or sent any more. An id that was known to be replaced
   * when it came in had no data; who logs in on it begins anew.
   */
  gone: 'replaced' | 'ended' | undefined;
  /** What was to be stored when that was found out. */
  lost: Session | undefined;
  /** Others were faster, and now it is the turn of this request. */
  isInTurn = false;
  /** How often it was merged with what others had made of it. */
  rounds = 0;
  hasSetMaxAge = false;
  mustSave = false;
  wasSaved = false;
  wasRemoved = false;
  /** Made where it was used after the headers were sent. */
  lateUse: Error | undefined;

  #id: string | undefined;
  #maxAge: number | 'session';
  #ownOptions: ResolvedOptions | undefined;
  #persistence: Persistence | undefined;

  constructor(ctx: Context, configured: Readonly<ResolvedOptions>) {
    this.ctx = ctx;
    this.configured = configured;
    this.inStore = Boolean(configured.ContextStore ?? configured.store);
    this.#maxAge = configured.maxAge;
  }

  /** Those that this request follows: the set-up, or what a handler has made of its own copy. */
  get options(): Readonly<ResolvedOptions> {
    return this.#ownOptions ?? this.configured;
  }

  /** This request's own copy, `ctx.sessionOptions`; its `maxAge` is that of the session. Most requests need none. */
  get ownOptions(): ResolvedOptions {
    return (this.#ownOptions ??= { ...this.configured, maxAge: this.#maxAge });
  }

  /** That of the session. */
  get maxAge(): number | 'session' {
    return this.#ownOptions ? this.#ownOptions.maxAge : this.#maxAge;
  }

  set maxAge(maxAge: number | 'session') {
    if (this.#ownOptions) this.#ownOptions.maxAge = maxAge;
    else this.#maxAge = maxAge;
  }

  get persistence(): Persistence {
    return (this.#persistence ??= openPersistence(this.ctx, this, this.configured));
  }

  /** The session id, made when it is first asked for; undefined for a cookie that needs none. */
  get id(): string | undefined {
    const { genid, prefix } = this.options;
    if (this.inStore || keepsBeginning(this.configured)) {
      this.#id ??= genid ? genid(this.ctx) : generateSessionId(prefix);
    }
    return this.#id;
  }

  set id(id: string | undefined) {
    this.#id = id;
  }

  /** What is stored goes by another id than the session now. */
  get hasLeftItsId(): boolean {
    return this.kept?.id !== undefined && this.kept.id !== this.#id;
  }

  /** Does it again, when it is the turn of this request. */
  inTurn<Result>(work: () => MaybePromise<Result>): MaybePromise<Result> {
    return this.persistence.inTurn(this.kept?.id, () => {
      this.isInTurn = true;
      return lastly(work, () => {
        this.isInTurn = false;
      });
    });
  }

  /** That of the session as it is stored. */
  get life(): Life | undefined {
    return this.wasSetToNull ? undefined : this.kept?.life;
  }

  get expiresAt(): number | undefined {
    return this.life && endOf(this.life, this.configured);
  }

  /** Who comes with a good cookie of an old key gets one of the newest. */
  get isStale(): boolean {
    return (
      this.kept !== undefined &&
      !this.configured.externalKey &&
      !this.ctx.headerSent &&
      this.persistence.cookie.isStale
    );
  }

  /** The headers are gone, but the client has the id already: only the cookie's new expiry is lost. */
  get canDoWithoutDelivery(): boolean {
    return this.ctx.headerSent && this.inStore && this.kept?.id !== undefined;
  }

  /** The `maxAge` that the session goes on with: what koa-session wrote has its own, and so may any other. */
  maxAgeOf({ maxAge, hasOwnMaxAge, createdAt }: Life): number | 'session' {
    const followsItself = hasOwnMaxAge || createdAt === undefined;
    return (followsItself ? maxAge : undefined) ?? this.configured.maxAge;
  }

  /** Whether the request is a person's doing. */
  get isActivity(): boolean {
    return this.options.isActivity?.(this.ctx) ?? true;
  }

  userOf(data: object): string | undefined {
    return userIn(data, this.configured);
  }

  emit(name: SessionEventName, id: string | undefined, value: unknown): void {
    emitSessionEvent(name, this.ctx, id, value);
  }
}
