import type { CookieKeeper } from '../core/cookie-keeper.ts';
import {
  StoreUnavailableError,
  type Asking,
  type Draft,
  type Found,
  type Keeper,
  type Kept,
  objectIn,
  recordOf,
} from '../core/keeper.ts';
import { emitSessionEvent } from '../core/events.ts';
import { userIn } from '../core/options.ts';
import { type Outcome, type RevocableSession, type Version } from '../core/store.ts';
import { after, caught, type MaybePromise } from '../core/waiting.ts';

const DONE: Outcome = { kind: 'done', version: 0 };

/** The cookie's text, which was made before it could be sent. */
interface MadeText {
  readonly draft: Draft;
  readonly text: string;
}

/** The session in the cookie, and on the server what was ended before its time: the option `revocations`. */
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
    return former ? this.#unlessEnded(asking, former) : this.#create(asking, draft);
  }

  /** What begins in the very millisecond in which the user's other sessions were ended begins one later. */
  #create(asking: Asking, draft: Draft): MaybePromise<Outcome> {
    const isTooEarly =
      draft.userId !== undefined && isRevoked(asking, revocableOf(asking, { ...draft, version: 0 }));
    return after(isTooEarly, (isIt) => {
      if (isIt && draft.life.createdAt !== undefined) draft.life.createdAt += 1;
      // What cannot be sent is refused before anything else is ended for it.
      const made: MadeText = { draft, text: this.#inner.textOf(asking, draft) };
      asking.note = made;
      return DONE;
    });
  }

  #unlessEnded(asking: Asking, former: Kept): MaybePromise<Outcome> {
    return after(isEnded(asking, former), (ended): Outcome => (ended ? { kind: 'gone' } : DONE));
  }

  deliver(asking: Asking, draft: Draft): void {
    const made = asking.note as MadeText | undefined;
    if (made?.draft === draft) asking.cookie.write(asking.ctx, made.text, draft.endsAt);
    else this.#inner.deliver(asking, draft);
  }

  destroy(asking: Asking, former: Kept, how: { version?: Version } = {}): MaybePromise<Outcome> {
    if (how.version === undefined) return revoke(asking, former);
    return after(this.#unlessEnded(asking, former), (outcome) =>
      outcome.kind === 'done' ? revoke(asking, former) : outcome,
    );
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

function isEnded(asking: Asking, kept: Kept): MaybePromise<boolean> {
  return isRevoked(asking, revocableOf(asking, kept));
}

function isRevoked(asking: Asking, session: RevocableSession | undefined): MaybePromise<boolean> {
  const { revocations, onRevocationError } = asking.options;
  if (!revocations) return false;
  // What carries no id could never be ended, so it is not taken up: sealed cookies of before always carry one.
  if (!session) return true;
  return caught(
    () => revocations.isRevoked(session),
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
    // Seldom asked, and to answer it takes the data and a call of `userOf`.
    get userId() {
      return userIn(objectIn(data), options);
    },
  };
}
