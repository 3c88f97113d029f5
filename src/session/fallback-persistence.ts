import type { Context } from 'koa';
import type { SessionCookie } from './cookie/session-cookie.ts';
import { requireFits } from './cookie/size.ts';
import { StoreUnavailableError } from './errors.ts';
import { emitSessionEvent } from './events.ts';
import { KeptSession } from './kept-session.ts';
import { recovering } from './maybe-promise.ts';
import type { Draft, Persistence, Place, Presented } from './persistence.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { generateSessionId } from './session-id.ts';
import { changesTo, layOver, type StandIn, standInFromText, standInToText } from './stand-in.ts';
import type { StorePersistence } from './store-persistence.ts';
import type { Returning } from './returning.ts';
import type { MaybePromise, Outcome, Version } from './stores/store.ts';

const DONE: Outcome = { kind: 'done', version: 0 };

/**
 * The session in a store and, while that fails, what is written in the cookie: the option `onStoreError: 'cookie'`. Once
 * the store has failed on a request it is not asked again on that request. What must hold on the server, to end a session or to
 * give it another id, is then refused.
 */
export class FallbackPersistence implements Persistence {
  readonly cookie: SessionCookie;
  readonly #ctx: Context;
  readonly #options: ResolvedOptions;
  readonly #inStore: StorePersistence;
  readonly #returning: Returning;
  /** The store has failed on this request. */
  #isAway = false;
  /** Of which session in the store it is not known what has become. */
  #of: string | undefined;
  /** What the cookie carries in the place of an id, or is to carry. */
  #standIn: StandIn | undefined;
  /** What is in the store, when that could be read. */
  #base: Record<string, unknown> | undefined;
  #sealed: string | undefined;

  constructor(ctx: Context, options: ResolvedOptions, inStore: StorePersistence, returning: Returning) {
    this.cookie = inStore.cookie;
    this.#ctx = ctx;
    this.#options = options;
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
    return this.#unlessAway(
      () => this.#inStore.loadId(id),
      () => {
        this.#of = id;
        return undefined;
      },
    );
  }

  /** The store is back, if it is: what was written meanwhile is laid over what it has. */
  #takeUp(standIn: StandIn): MaybePromise<Presented | undefined> {
    // Whatever becomes of it, an id has to take its place in the cookie.
    this.cookie.isStale = true;
    return this.#unlessAway(
      () => this.#returning.takeUp(standIn),
      () => {
        this.cookie.isStale = false;
        this.#standIn = standIn;
        this.#of = standIn.of;
        const { found } = this.#returning;
        this.#base = found?.data;
        const data = JSON.stringify(layOver(found?.data ?? {}, standIn));
        const life = found?.life ?? standIn.life;
        return { kept: KeptSession.ofStored(standIn.of ?? standIn.id, { data, life, version: 0 }) };
      },
    );
  }

  requireDelivery(lateUse?: Error): void {
    this.#inStore.requireDelivery(lateUse);
  }

  requireStore(purpose: 'end' | 'renew'): void {
    if (this.#isAway) throw new StoreUnavailableError(purpose);
  }

  create(draft: Draft): MaybePromise<Version | undefined> {
    return this.#unlessAway<Version | undefined>(
      () => this.#inStore.create(draft),
      () => {
        this.#seal(draft, {});
        return 0;
      },
    );
  }

  update(former: KeptSession, draft: Draft): MaybePromise<Outcome> {
    return this.#unlessAway(
      () => this.#inStore.update(former, draft),
      () => {
        this.#goOnFrom(former);
        return this.#seal(draft, former.data);
      },
    );
  }

  /** A longer life alone is not worth a stand-in; one that there is lives longer, too. */
  touch(former: KeptSession, draft: Draft): MaybePromise<Outcome> {
    return this.#unlessAway(
      () => this.#inStore.touch(former, draft),
      () => (this.#standIn ? this.#seal(draft, former.data) : DONE),
    );
  }

  deliver(draft: Draft): void {
    if (this.#sealed !== undefined) this.cookie.write(this.#sealed, draft.endsAt);
    else if (!this.#isAway) this.#inStore.deliver(draft);
  }

  standing(former: KeptSession): MaybePromise<'there' | 'replaced' | 'gone'> {
    return this.#unlessAway<'there' | 'replaced' | 'gone'>(
      () => this.#inStore.standing(former),
      () => 'gone',
    );
  }

  destroy(former: KeptSession, how?: { version?: Version; replaced?: boolean }): MaybePromise<Outcome> {
    return this.#unlessAway<Outcome>(
      () => this.#inStore.destroy(former, how),
      (error) => {
        throw new StoreUnavailableError(how?.replaced ? 'renew' : 'end', error);
      },
    );
  }

  #unlessAway<Result>(
    ask: () => MaybePromise<Result>,
    instead: (error?: unknown) => Result,
  ): MaybePromise<Result> {
    if (this.#isAway) return instead();
    return recovering(ask, (error) => {
      this.#isAway = true;
      return instead(error);
    });
  }

  /** The store was there when the request began. */
  #goOnFrom(former: KeptSession): void {
    if (this.#standIn) return;
    this.#of ??= former.id;
    this.#base = former.data;
  }

  /** @throws {StoreUnavailableError} for what would have to hold on the server: who logs in could not be logged out */
  #seal(draft: Draft, former: Record<string, unknown>): Outcome {
    const { key, userOf } = this.#options;
    if (draft.isSuccessor) throw new StoreUnavailableError('renew');
    const { id = this.#makeId(draft), round = 0, isWhole = false, deleted = [] } = this.#standIn ?? {};
    const data = JSON.parse(draft.data) as Record<string, unknown>;
    const changes = changesTo(data, this.#base ?? {}, [...Object.keys(former), ...deleted]);
    if (userOf?.(changes.written)) throw new StoreUnavailableError('log in');
    this.#standIn = {
      id,
      of: this.#of,
      round: round + 1,
      life: draft.life,
      isWhole: !this.#base && (isWhole || draft.isWhole),
      ...changes,
    };
    this.#sealed = this.cookie.sealStandIn(standInToText(this.#standIn));
    try {
      requireFits(key, this.#sealed, changes.written);
    } catch (error) {
      emitSessionEvent('rejected', this.#ctx, draft.id, error);
      throw error;
    }
    return DONE;
  }

  /** A new session has its id already; what belongs to one that cannot be read needs a name of its own. */
  #makeId({ id }: Draft): string {
    const { genid, prefix } = this.#options;
    if (this.#of === undefined && id !== undefined) return id;
    return genid ? genid(this.#ctx) : generateSessionId(prefix);
  }
}
