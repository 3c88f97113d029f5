import type { CookieKeeper } from '../core/cookie-keeper.ts';
import type { Asking, PendingWrite, Found, Keeper, Kept } from '../core/keeper.ts';
import { objectIn, recordOf, StoreUnavailableError, wireIdOf } from '../core/keeper.ts';
import { emitSessionEvent } from '../core/events.ts';
import { userIn } from '../core/options.ts';
import { CLOCK_MARGIN, DONE, type Ending, type Outcome } from '../core/store.ts';
import type { RevocableSession, Revocations } from '../core/store.ts';
import { after, caught, type MaybePromise } from '../core/waiting.ts';

const GONE: Outcome = { kind: 'gone' };

/** Keeps the session in the cookie, and asks `revocations` whether it was ended early. */
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

  /** Checked again before a write: a request must not bring back a session that was ended meanwhile. */
  write(asking: Asking, former: Kept | undefined, write: PendingWrite): MaybePromise<Outcome> {
    if (!former) return this.#begin(asking, write);
    const { userId, isSame, life } = write;
    life.stamp = former.life.stamp;
    const session = revocableOf(asking, former);
    return after(isEnded(asking, former), (ended) => {
      if (ended) return GONE;
      if (!session || !userId || isSame || session.userId === userId) return DONE;
      // A login without a new id. The user's older sessions may have been ended after this session was created.
      return after(ask(asking, { ...session, userId }, isRevoked), (isEndedForUser) =>
        // The cookie gets a new stamp. A later logout will not end copies with the former stamp, so revoke these now.
        isEndedForUser ? after(this.#begin(asking, write), () => revoke(asking, former)) : DONE,
      );
    });
  }

  #begin(asking: Asking, write: PendingWrite): MaybePromise<Outcome> {
    // With `revocations` every session has an id and `createdAt`.
    const { id = '', life, userId } = write;
    return after(ask(asking, { id, createdAt: life.createdAt ?? 0, userId }, stampFor), (answer) => {
      if (typeof answer === 'string') life.stamp = answer;
      // Avoids a tie with "log out everywhere" in the same millisecond.
      else if (answer) life.createdAt = (life.createdAt ?? 0) + 1;
      // Makes the cookie now: if it is too large, this throws before another session is ended for it.
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
  // A copy of the cookie may have any end up to the absolute one; without an absolute end it may be valid for ever.
  const until = session.createdAt + (asking.options.absoluteMaxAge ?? Infinity) + CLOCK_MARGIN;
  const revoking = ask(asking, session, (revocations) => revocations.revoke(session, until), true);
  return after(revoking, () => DONE);
}

/** Cookies without an id cannot be revoked, so they are rejected. Sealed cookies of earlier releases have an id. */
function isEnded(asking: Asking, kept: Kept): MaybePromise<boolean> {
  const session = revocableOf(asking, kept);
  return session ? ask(asking, session, isRevoked) : Boolean(asking.options.revocations);
}

type Question<Answer> = (revocations: Revocations, session: RevocableSession) => MaybePromise<Answer>;

const isRevoked: Question<boolean> = (revocations, session) => revocations.isRevoked(session);

/** The stamp of a new session; without stamps, whether a session created now would be revoked. */
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
    // A getter, since it is seldom needed and has to parse the data.
    get userId() {
      return userIn(objectIn(kept.data), options);
    },
  };
}
