import { sealerOf } from '../cookie/keys.ts';
import { LONGEST_COOKIE } from '../cookie/limits.ts';
import { CookieTooLargeError } from '../cookie/size.ts';
import {
  StoreUnavailableError,
  type Asking,
  type Draft,
  type Found,
  type Keeper,
  type Kept,
  objectIn,
} from '../core/keeper.ts';
import { userIn } from '../core/options.ts';
import { generateSessionId } from '../core/session-id.ts';
import type { StoreKeeper } from '../core/store-keeper.ts';
import { type Outcome, type Version } from '../core/store.ts';
import { isOver, StoreFailure, takeUp } from './returning.ts';
import { layOver, livedOn, type StandIn, standInFromText, standInToText, writtenTo } from './stand-in.ts';
import { after, caught, type MaybePromise } from '../core/waiting.ts';

const DONE: Outcome = { kind: 'done', version: 0 };

/** What is known on one request. */
interface Note {
  /** The store has failed. */
  readonly isAway?: boolean;
  /** There may be a session in the store of which nothing could be read. */
  readonly isBlind?: boolean;
  /** The id of that session, or of one that could be read. */
  readonly of?: string | undefined;
  /** What the cookie carries in the place of an id, or is to carry. */
  readonly standIn?: StandIn | undefined;
  readonly sealed?: string;
  /** Why the stand-in could not be sealed with a longer life. */
  readonly tooLarge?: CookieTooLargeError | undefined;
  /** Id of a session that the store has taken on this request. */
  readonly created?: string | undefined;
}

const NOTHING: Note = {};

function noteOf({ note }: Asking): Note {
  return (note as Note | undefined) ?? NOTHING;
}

function remember(asking: Asking, more: Note): void {
  asking.note = { ...noteOf(asking), ...more };
}

/**
 * The session in a store and, while that fails, what is written in the cookie: the option `onStoreError: 'cookie'`. Once
 * the store has failed on a request it is not asked again on that request, but to remove a session that could be read. What
 * else must hold on the server, to end a session or to give it another id, is then refused.
 *
 * After the outage the store remembers what it took over, for as long as a copy of the cookie could be good: no copy undoes
 * a later change or a logout. A session that ended meanwhile does not come back; what was written then begins a new one,
 * of nobody. `valid` is asked only about whole sessions.
 *
 * Limits:
 *
 * - Parallel requests of one browser overwrite each other's cookie, `update()` included.
 * - A counter starts again, and its value replaces the stored one.
 * - A session whose time runs out in the outage has ended, and what was written ends no later than a session may.
 * - The cookie of a session that could not be read ends when that may end at the latest, at most after 400 days; the next
 *   request after the outage corrects it. With `maxAge: 'session'` in the configuration it has no date. A `maxAge` of its
 *   own is unknown meanwhile.
 * - What the store refuses for good, such as a session that is too large for it, stays in the cookie until it is over.
 * - `delete ctx.session.user` is no logout while `user` cannot be read: set `ctx.session = null`.
 * - With a store of koa-session's kind, parallel requests of a browser that had no session before can lose changes when
 *   they come first after the outage.
 */
export class FallbackKeeper implements Keeper {
  readonly #inStore: StoreKeeper;

  constructor(inStore: StoreKeeper) {
    this.#inStore = inStore;
  }

  isAway(asking: Asking): boolean {
    return noteOf(asking).isAway === true;
  }

  load(asking: Asking): MaybePromise<Found | undefined> {
    const { ctx, cookie, options } = asking;
    const read = cookie.read(ctx);
    const value = options.encrypt ? cookie.readRaw(ctx) : read?.text;
    const isId = options.encrypt && read !== undefined;
    const standIn = value === undefined || isId ? undefined : sealerOf(ctx, options, 'stand-in').open(value);
    if (standIn) return this.#takeUp(asking, standInFromText(standIn.text));
    if (!read) return undefined;
    return this.#unlessAway<Found | undefined>(
      asking,
      () => this.#inStore.loadId(asking, read.text, read.isStale),
      () => {
        remember(asking, { isBlind: true, of: read.text });
        return { isStale: read.isStale };
      },
    );
  }

  /** The store is back, if it is: what was written meanwhile is laid over what it has. */
  async #takeUp(asking: Asking, standIn: StandIn): Promise<Found | undefined> {
    try {
      // Whatever becomes of it, an id has to take its place in the cookie.
      return { ...(await takeUp(asking, this.#inStore, standIn)), isStale: true };
    } catch (error) {
      // Here the app's own functions may throw, too.
      if (!(error instanceof StoreFailure)) throw error;
      return goOnWith(asking, standIn, error.found);
    }
  }

  requireStore(asking: Asking, purpose: 'end' | 'renew'): void {
    const { isAway, isBlind } = noteOf(asking);
    // A store that takes no writes may still remove what could be read.
    if (isAway && (purpose === 'renew' || isBlind)) throw new StoreUnavailableError(purpose);
  }

  write(asking: Asking, former: Kept | undefined, draft: Draft): MaybePromise<Outcome> {
    return this.#unlessAway(
      asking,
      () =>
        after(this.#inStore.write(asking, former, draft), (outcome) => {
          if (!former) remember(asking, { created: draft.id });
          return outcome;
        }),
      () => {
        this.#writeInstead(asking, former, draft);
        return DONE;
      },
    );
  }

  #writeInstead(asking: Asking, former: Kept | undefined, draft: Draft): void {
    const { standIn, isBlind, of } = noteOf(asking);
    const before = former ? objectIn(former.data) : {};
    if (!former || !draft.isSame) {
      if (former && !standIn) remember(asking, { of: of ?? former.id });
      this.#write(asking, draft, before);
      return;
    }
    // A longer life alone is not worth a stand-in, nor a word when it comes too late; one that there is lives longer, too.
    // Set by a handler to what can be seen of it, and perhaps not to what cannot.
    if (draft.isWhole && isBlind) this.#write(asking, draft, before);
    else if (standIn && !asking.ctx.headerSent)
      this.#lengthen(asking, { ...standIn, life: draft.life }, draft);
  }

  /** A stand-in that no longer fits stays as it is. `deliver` throws, and only a request that asks to save fails. */
  #lengthen(asking: Asking, standIn: StandIn, { id }: Draft): void {
    try {
      this.#seal(asking, standIn, id);
    } catch (error) {
      if (!(error instanceof CookieTooLargeError)) throw error;
      remember(asking, { tooLarge: error });
    }
  }

  /** @throws {CookieTooLargeError} when a longer life does not fit into the cookie */
  deliver(asking: Asking, draft: Draft): void {
    const { sealed, tooLarge, isAway, created } = noteOf(asking);
    if (tooLarge) throw tooLarge;
    if (sealed !== undefined) asking.cookie.write(asking.ctx, sealed, endFor(asking, draft));
    else if (!isAway || draft.id === created) this.#inStore.deliver(asking, draft);
  }

  standing(asking: Asking, former: Kept): MaybePromise<'there' | 'replaced' | 'gone'> {
    return this.#unlessAway<'there' | 'replaced' | 'gone'>(
      asking,
      () => this.#inStore.standing(asking, former),
      () => 'gone',
    );
  }

  /** Asked also when the store has failed already: what it cannot write it can perhaps remove. */
  destroy(
    asking: Asking,
    former: Kept,
    how?: { version?: Version; replaced?: boolean },
  ): MaybePromise<Outcome> {
    const ending = caught(
      () => this.#inStore.destroy(asking, former, noteOf(asking).isAway ? undefined : how),
      (error): never => {
        remember(asking, { isAway: true });
        throw new StoreUnavailableError(how?.replaced ? 'retire' : 'ending', error);
      },
    );
    return after(ending, (outcome) => {
      // Nothing of it is to be applied to what comes next.
      remember(asking, { standIn: undefined, of: undefined });
      return outcome;
    });
  }

  /** A store that refuses what it is given is not away. */
  #unlessAway<Result>(
    asking: Asking,
    ask: () => MaybePromise<Result>,
    instead: () => Result,
  ): MaybePromise<Result> {
    if (noteOf(asking).isAway) return instead();
    return caught(ask, (error) => {
      if (error instanceof RangeError) throw error;
      remember(asking, { isAway: true });
      return instead();
    });
  }

  /** @throws {StoreUnavailableError} for what would have to hold on the server: who logs in could not be logged out */
  #write(asking: Asking, draft: Draft, before: Record<string, unknown>): void {
    if (draft.isSuccessor) throw new StoreUnavailableError('renew');
    const data = objectIn(draft.data);
    const user = userIn(data, asking.options);
    if (user !== userIn(before, asking.options)) {
      throw new StoreUnavailableError(user === undefined ? 'end' : 'log in');
    }
    const { standIn, of, isBlind = false } = noteOf(asking);
    const former = standIn ?? { id: makeId(asking, draft), of };
    const { life, setsMaxAge } = draft;
    const isWhole = draft.isWhole && isBlind;
    this.#seal(asking, writtenTo(former, { before, data, life, isWhole, setsMaxAge }), draft.id);
  }

  #seal(asking: Asking, standIn: StandIn, id: string | undefined): void {
    const sealed = sealerOf(asking.ctx, asking.options, 'stand-in').seal(standInToText(standIn));
    asking.cookie.requireFits(asking.ctx, sealed, standIn.changes, id);
    remember(asking, { standIn, sealed, tooLarge: undefined });
  }
}

/** The store is still away. */
function goOnWith(asking: Asking, standIn: StandIn, found: Kept | undefined): Found | undefined {
  const id = standIn.of ?? standIn.id;
  const away: Note = { isAway: true, isBlind: !found };
  if (isOver(asking, standIn)) {
    remember(asking, { ...away, of: found?.id ?? id });
    return found && { kept: found };
  }
  remember(asking, { ...away, of: found?.id ?? standIn.of, standIn });
  const data = JSON.stringify(layOver(found ? objectIn(found.data) : {}, standIn));
  const life = found ? livedOn(found.life, standIn) : standIn.life;
  return { kept: { id: found?.id ?? id, data, life, version: 0 }, isPartial: !found };
}

/** The session that cannot be read may live longer than others do; that its cookie goes first must not end it. */
function endFor(asking: Asking, { endsAt }: Draft): number | undefined {
  const { now, absoluteMaxAge = LONGEST_COOKIE } = asking.options;
  const { isBlind, of } = noteOf(asking);
  if (!isBlind || of === undefined || endsAt === undefined) return endsAt;
  return Math.max(endsAt, now() + Math.min(absoluteMaxAge, LONGEST_COOKIE));
}

/** A new session has its id already; what belongs to one in the store needs a name of its own. */
function makeId(asking: Asking, { id }: Draft): string {
  const { genid, prefix } = asking.options;
  if (noteOf(asking).of === undefined && id !== undefined) return id;
  return genid ? genid(asking.ctx) : generateSessionId(prefix);
}
