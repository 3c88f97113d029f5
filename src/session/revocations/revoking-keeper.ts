import type { CookieKeeper } from '../core/cookie-keeper.ts';
import type { Asking, PendingWrite, Found, Keeper, Kept } from '../core/keeper.ts';
import { objectIn, recordOf, StoreUnavailableError, wireIdOf } from '../core/keeper.ts';
import { emitSessionEvent } from '../core/events.ts';
import { userIn } from '../core/options.ts';
import { CLOCK_MARGIN, DONE, type Ending, type Outcome } from '../core/store.ts';
import type { RevocableSession, Revocations } from '../core/store.ts';
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
    if (!found?.kept) return found;
    const { id, data, life, version } = found.kept;
    const at = id?.lastIndexOf('~') ?? -1;
    if (at >= 0) life.stamp = id?.slice(at + 1);
    const kept: Kept = (found.kept = { id: at < 0 ? id : id?.slice(0, at), data, life, version });
    return after(isEnded(asking, kept), (ended): Found =>
      ended ? { event: 'missed', id: kept.id, value: recordOf(asking, kept) } : found,
    );
  }

  /** A request under way while its session is ended must not bring it back. */
  write(asking: Asking, former: Kept | undefined, write: PendingWrite): MaybePromise<Outcome> {
    if (!former) return this.#begin(asking, write);
    const { userId, isSame, life } = write;
    life.stamp = former.life.stamp;
    const session = revocableOf(asking, former);
    return after(isEnded(asking, former), (ended) => {
      if (ended) return GONE;
      if (!session || !userId || isSame || session.userId === userId) return DONE;
      // After a login without a new id: the user's other sessions may have ended since the session was created.
      return after(ask(asking, { ...session, userId }, isRevoked), (isOld) =>
        // The cookie gets another stamp, and a logout would not end the one with the former stamp.
        isOld ? after(this.#begin(asking, write), () => revoke(asking, former)) : DONE,
      );
    });
  }

  #begin(asking: Asking, write: PendingWrite): MaybePromise<Outcome> {
    // Here each session has an id and a beginning.
    const { id = '', life, userId } = write;
    return after(ask(asking, { id, createdAt: life.createdAt ?? 0, userId }, stampFor), (answer) => {
      if (typeof answer === 'string') life.stamp = answer;
      // The user's other sessions were ended in this very millisecond.
      else if (answer) life.createdAt = (life.createdAt ?? 0) + 1;
      // What cannot be sent is refused before anything else is ended for it.
      asking.note = { write, text: this.#inner.textOf(asking, write) };
      return DONE;
    });
  }

  deliver(asking: Asking, write: PendingWrite): void {
    const made = asking.note as { write: PendingWrite; text: string } | undefined;
    if (made?.write === write) asking.cookie.write(asking, made.text, write.endsAt);
    else this.#inner.deliver(asking, write);
  }

  destroy(asking: Asking, former: Kept, how?: Ending): MaybePromise<Outcome> {
    if (how?.version === undefined) return revoke(asking, former);
    return after(isEnded(asking, former), (ended) => (ended ? GONE : revoke(asking, former)));
  }

  status(asking: Asking, former: Kept): MaybePromise<'there' | 'gone'> {
    return after(isEnded(asking, former), (ended) => (ended ? 'gone' : 'there'));
  }
}

function revoke(asking: Asking, former: Kept): MaybePromise<Outcome> {
  const session = revocableOf(asking, former);
  if (!session) return DONE;
  // Whatever ends its copies have: after its absolute end none of them is good, and without one each may be.
  const until = session.createdAt + (asking.options.absoluteMaxAge ?? Infinity) + CLOCK_MARGIN;
  const revoking = ask(asking, session, (revocations) => revocations.revoke(session, until), true);
  return after(revoking, () => DONE);
}

/** Cookies without an id cannot be revoked, so they are rejected; earlier sealed cookies always have one. */
function isEnded(asking: Asking, kept: Kept): MaybePromise<boolean> {
  const session = revocableOf(asking, kept);
  return session ? ask(asking, session, isRevoked) : Boolean(asking.options.revocations);
}

type Question<Answer> = (revocations: Revocations, session: RevocableSession) => MaybePromise<Answer>;

const isRevoked: Question<boolean> = (revocations, session) => revocations.isRevoked(session);

/** Of revocations that give no stamps: whether a session that begins now would be revoked. */
const stampFor: Question<string | boolean> = (revocations, session) =>
  revocations.stamp?.(session.userId) ?? (session.userId !== undefined && revocations.isRevoked(session));

function ask<T>(asking: Asking, session: RevocableSession, question: Question<T>, isEnding = false) {
  const { revocations, onRevocationError } = asking.options;
  return caught(
    () => revocations != null && question(revocations, session),
    (error) => {
      emitSessionEvent('store-error', asking.ctx, session.id, error);
      if (onRevocationError === 'accept' && !isEnding) return false;
      throw new StoreUnavailableError(isEnding ? 'ending' : 'check', error);
    },
  );
}

function revocableOf({ options }: Asking, kept: Kept): RevocableSession | undefined {
  const { createdAt, stamp } = kept.life;
  const id = wireIdOf(kept.id, stamp);
  if (id === undefined || createdAt === undefined) return undefined;
  return {
    id,
    createdAt,
    stamp,
    // Seldom asked for, and to answer takes the data and a call of `userOf`.
    get userId() {
      return userIn(objectIn(kept.data), options);
    },
  };
}
