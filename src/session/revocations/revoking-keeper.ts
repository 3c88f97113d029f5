import type { CookieKeeper } from '../core/cookie-keeper.ts';
import type { Asking, Draft, Found, Keeper, Kept } from '../core/keeper.ts';
import { objectIn, recordOf, StoreUnavailableError } from '../core/keeper.ts';
import { emitSessionEvent } from '../core/events.ts';
import { userIn } from '../core/options.ts';
import { DONE, type Ending, type Outcome, type RevocableSession } from '../core/store.ts';
import { after, caught, type MaybePromise } from '../core/waiting.ts';

const GONE: Outcome = { kind: 'gone' };

/** The session in the cookie, and on the server the sessions that were ended early: the option `revocations`. */
export class RevokingKeeper implements Keeper {
  readonly #inner: CookieKeeper;

  constructor(inner: CookieKeeper) {
    this.#inner = inner;
  }

  load(asking: Asking): MaybePromise<Found | undefined> {
    const found = this.#inner.load(asking);
    const kept = found?.kept;
    if (!kept) return found;
    return after(isEnded(asking, kept), (ended): Found =>
      ended ? { event: 'missed', id: kept.id, value: recordOf(asking, kept) } : found,
    );
  }

  /** A request under way while its session is ended must not bring it back. */
  write(asking: Asking, former: Kept | undefined, draft: Draft): MaybePromise<Outcome> {
    if (former) return after(isEnded(asking, former), (ended) => (ended ? GONE : DONE));
    // Here each session has an id and a beginning.
    const { id = '', life, userId } = draft;
    const { createdAt = 0 } = life;
    const isTie = userId !== undefined && isRevoked(asking, { id, createdAt, userId });
    return after(isTie, (tied) => {
      // The user's other sessions were ended in this very millisecond.
      if (tied) life.createdAt = createdAt + 1;
      // What cannot be sent is refused before anything else is ended for it.
      asking.note = { draft, text: this.#inner.textOf(asking, draft) };
      return DONE;
    });
  }

  deliver(asking: Asking, draft: Draft): void {
    const made = asking.note as { draft: Draft; text: string } | undefined;
    if (made?.draft === draft) asking.cookie.write(asking.ctx, made.text, draft.endsAt);
    else this.#inner.deliver(asking, draft);
  }

  destroy(asking: Asking, former: Kept, how?: Ending): MaybePromise<Outcome> {
    if (how?.version === undefined) return revoke(asking, former);
    return after(isEnded(asking, former), (ended) => (ended ? GONE : revoke(asking, former)));
  }

  standing(asking: Asking, former: Kept): MaybePromise<'there' | 'gone'> {
    return after(isEnded(asking, former), (ended) => (ended ? 'gone' : 'there'));
  }
}

function revoke(asking: Asking, former: Kept): MaybePromise<Outcome> {
  const { revocations, absoluteMaxAge } = asking.options;
  const session = revocableOf(asking, former);
  if (!revocations || !session) return DONE;
  // Whatever ends its copies have: after its absolute end none of them is good, and without one each may be.
  const until = session.createdAt + (absoluteMaxAge ?? Infinity);
  const revoking = caught(
    () => revocations.revoke(session, until),
    (error): never => {
      emitSessionEvent('store-error', asking.ctx, session.id, error);
      throw new StoreUnavailableError('ending', error);
    },
  );
  return after(revoking, () => DONE);
}

/** Cookies without an id cannot be revoked, so they are rejected; earlier sealed cookies always have one. */
function isEnded(asking: Asking, kept: Kept): MaybePromise<boolean> {
  const session = revocableOf(asking, kept);
  return session ? isRevoked(asking, session) : Boolean(asking.options.revocations);
}

function isRevoked(asking: Asking, session: RevocableSession): MaybePromise<boolean> {
  const { revocations, onRevocationError } = asking.options;
  return caught(
    () => revocations?.isRevoked(session) ?? false,
    (error) => {
      emitSessionEvent('store-error', asking.ctx, session.id, error);
      if (onRevocationError === 'refuse') throw new StoreUnavailableError('check', error);
      return false;
    },
  );
}

function revocableOf({ options }: Asking, { id, life, data }: Kept): RevocableSession | undefined {
  const { createdAt } = life;
  if (id === undefined || createdAt === undefined) return undefined;
  return {
    id,
    createdAt,
    // Seldom asked for, and to answer takes the data and a call of `userOf`.
    get userId() {
      return userIn(objectIn(data), options);
    },
  };
}
