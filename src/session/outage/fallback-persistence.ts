import type { Context } from 'koa';
import type { SessionCookie } from '../cookie/session-cookie.ts';
import { LONGEST_COOKIE } from '../cookie/limits.ts';
import { StoreUnavailableError } from '../errors.ts';
import { KeptSession } from '../kept-session.ts';
import { after, recovering } from '../maybe-promise.ts';
import type { Draft, Persistence, Place, Presented } from '../persistence.ts';
import { type RequestOptions, userIn } from '../resolve-options.ts';
import { generateSessionId } from '../session-id.ts';
import { layOver, livedOn, type StandIn, standInFromText, standInToText, writtenTo } from './stand-in.ts';
import type { StorePersistence } from '../store-persistence.ts';
import { type Returning, StoreFailure } from './returning.ts';
import type { MaybePromise, Outcome, Version } from '../store.ts';

const DONE: Outcome = { kind: 'done', version: 0 };

/**
 * The session in a store and, while that fails, what is written in the cookie: the option `onStoreError: 'cookie'`. Once
 * the store has failed on a request it is not asked again on that request, but to remove a session that could be read. What
 * else must hold on the server, to end a session or to give it another id, is then refused.
 */
export class FallbackPersistence implements Persistence {
  readonly cookie: SessionCookie;
  readonly #ctx: Context;
  readonly #request: RequestOptions;
  readonly #inStore: StorePersistence;
  readonly #returning: Returning;
  /** The store has failed on this request. */
  #isAway = false;
  /** There may be a session in the store of which nothing could be read. */
  #isBlind = false;
  /** The id of that session, or of one that could be read. */
  #of: string | undefined;
  /** What the cookie carries in the place of an id, or is to carry. */
  #standIn: StandIn | undefined;
  #sealed: string | undefined;
  /** Id of a session that the store has taken on this request. */
  #created: string | undefined;

  constructor(ctx: Context, request: RequestOptions, inStore: StorePersistence, returning: Returning) {
    this.cookie = inStore.cookie;
    this.#ctx = ctx;
    this.#request = request;
    this.#inStore = inStore;
    this.#returning = returning;
  }

  get place(): Place {
    return this.#isAway ? 'outage' : 'store';
  }

  load(): MaybePromise<Presented | undefined> {
    const { id, standIn } = this.cookie.readPresented();
    if (standIn !== undefined) return this.#takeUp(standInFromText(standIn));
    if (id === undefined) return undefined;
    return this.#unlessAway<Presented | undefined>(
      () => this.#inStore.loadId(id),
      () => {
        this.#isBlind = true;
        this.#of = id;
        return undefined;
      },
    );
  }

  /** The store is back, if it is: what was written meanwhile is laid over what it has. */
  #takeUp(standIn: StandIn): MaybePromise<Presented | undefined> {
    // Whatever becomes of it, an id has to take its place in the cookie.
    this.cookie.isStale = true;
    return recovering<Presented | undefined>(
      () => this.#returning.takeUp(standIn),
      (error) => {
        // Here the app's own functions may throw, too.
        if (!(error instanceof StoreFailure)) throw error;
        this.#isAway = true;
        return this.#goOnWith(standIn);
      },
    );
  }

  #goOnWith(standIn: StandIn): Presented | undefined {
    const { found } = this.#returning;
    const id = standIn.of ?? standIn.id;
    this.cookie.isStale = false;
    this.#isBlind = !found;
    this.#of = found?.id ?? standIn.of;
    if (this.#returning.isOver(standIn)) {
      this.#of = found?.id ?? id;
      return found && { kept: found };
    }
    this.#standIn = standIn;
    const data = JSON.stringify(layOver(found?.data ?? {}, standIn));
    const life = found ? livedOn(found.life, standIn) : standIn.life;
    return { kept: KeptSession.ofStored(found?.id ?? id, { data, life }, 0), isPartial: !found };
  }

  requireDelivery(lateUse?: Error): void {
    this.#inStore.requireDelivery(lateUse);
  }

  requireStore(purpose: 'end' | 'renew'): void {
    // A store that takes no writes may still remove what could be read.
    if (this.#isAway && (purpose === 'renew' || this.#isBlind)) throw new StoreUnavailableError(purpose);
  }

  create(draft: Draft): MaybePromise<Version | undefined> {
    return this.#unlessAway<Version | undefined>(
      () =>
        after(this.#inStore.create(draft), (version) => {
          this.#created = draft.id;
          return version;
        }),
      () => {
        this.#write(draft, {});
        return 0;
      },
    );
  }

  update(former: KeptSession, draft: Draft): MaybePromise<Outcome> {
    return this.#unlessAway(
      () => this.#inStore.update(former, draft),
      () => {
        if (!this.#standIn) this.#of ??= former.id;
        this.#write(draft, former.data);
        return DONE;
      },
    );
  }

  /** A longer life alone is not worth a stand-in, nor a word when it comes too late; one that there is lives longer, too. */
  touch(former: KeptSession, draft: Draft): MaybePromise<Outcome> {
    return this.#unlessAway(
      () => this.#inStore.touch(former, draft),
      () => {
        // Set by a handler to what can be seen of it, and perhaps not to what cannot.
        if (draft.isWhole && this.#isBlind) this.#write(draft, former.data);
        else if (this.#standIn && !this.#ctx.headerSent)
          this.#seal({ ...this.#standIn, life: draft.life }, draft.id);
        return DONE;
      },
    );
  }

  inTurn<Result>(id: string | undefined, work: () => MaybePromise<Result>): MaybePromise<Result> {
    return this.#inStore.inTurn(id, work);
  }

  deliver(draft: Draft): void {
    if (this.#sealed !== undefined) this.cookie.write(this.#sealed, this.#endOf(draft));
    else if (!this.#isAway || draft.id === this.#created) this.#inStore.deliver(draft);
  }

  /** The session that cannot be read may live longer than others do; that its cookie goes first must not end it. */
  #endOf({ endsAt }: Draft): number | undefined {
    const { now, absoluteMaxAge = LONGEST_COOKIE } = this.#request.options;
    if (!this.#isBlind || this.#of === undefined || endsAt === undefined) return endsAt;
    return Math.max(endsAt, now() + Math.min(absoluteMaxAge, LONGEST_COOKIE));
  }

  standing(former: KeptSession): MaybePromise<'there' | 'replaced' | 'gone'> {
    return this.#unlessAway<'there' | 'replaced' | 'gone'>(
      () => this.#inStore.standing(former),
      () => 'gone',
    );
  }

  /** Asked also when the store has failed already: what it cannot write it can perhaps remove. */
  destroy(former: KeptSession, how?: { version?: Version; replaced?: boolean }): MaybePromise<Outcome> {
    const ending = recovering(
      () => this.#inStore.destroy(former, this.#isAway ? undefined : how),
      (error) => {
        this.#isAway = true;
        throw new StoreUnavailableError(how?.replaced ? 'retire' : 'ending', error);
      },
    );
    return after(ending, (outcome) => {
      // Nothing of it is to be laid over what comes next.
      this.#standIn = undefined;
      this.#of = undefined;
      return outcome;
    });
  }

  /** A store that refuses what it is given is not away. */
  #unlessAway<Result>(
    ask: () => MaybePromise<Result>,
    instead: (error?: unknown) => Result,
  ): MaybePromise<Result> {
    if (this.#isAway) return instead();
    return recovering(ask, (error) => {
      if (error instanceof RangeError) throw error;
      this.#isAway = true;
      return instead(error);
    });
  }

  /** @throws {StoreUnavailableError} for what would have to hold on the server: who logs in could not be logged out */
  #write(draft: Draft, before: Record<string, unknown>): void {
    if (draft.isSuccessor) throw new StoreUnavailableError('renew');
    const data = JSON.parse(draft.data) as Record<string, unknown>;
    const user = userIn(data, this.#request.options);
    if (user !== userIn(before, this.#request.options)) {
      throw new StoreUnavailableError(user === undefined ? 'end' : 'log in');
    }
    const former = this.#standIn ?? { id: this.#makeId(draft), of: this.#of };
    const { life, setsMaxAge } = draft;
    const isWhole = draft.isWhole && this.#isBlind;
    this.#seal(writtenTo(former, { before, data, life, isWhole, setsMaxAge }), draft.id);
  }

  #seal(standIn: StandIn, id: string | undefined): void {
    const sealed = this.cookie.sealStandIn(standInToText(standIn));
    this.cookie.requireFits(sealed, standIn.changes, id);
    this.#standIn = standIn;
    this.#sealed = sealed;
  }

  /** A new session has its id already; what belongs to one in the store needs a name of its own. */
  #makeId({ id }: Draft): string {
    const { genid, prefix } = this.#request.options;
    if (this.#of === undefined && id !== undefined) return id;
    return genid ? genid(this.#ctx) : generateSessionId(prefix);
  }
}
