import { untilDone } from '../core/commit.ts';
import type { Conflicts, RequestSession } from '../core/request-session.ts';
import type { Session, SessionData, UpdateFunction } from '../core/session.ts';
import { dataIn, SessionBase, SessionGoneError, snapshotOf } from '../core/session.ts';
import { DONE, type Outcome } from '../core/store.ts';
import { after, Locks, type Steps, wait } from '../core/waiting.ts';
import {
  afterWrite,
  assertDeliverable,
  destroyOldId,
  forget,
  put,
  remove,
  settle,
  writeFor,
} from '../core/writing.ts';
import { merge } from './merge.ts';

/**
 * How long a request has its turn, in ms. Turns only make conflicts rarer, so one may end early: its holder may be slow,
 * or wait for a request that waits here.
 */
const LONGEST_TURN = 1000;

/** What a request takes that has to write again, by store, or by its class when each request makes one. */
const turns = new WeakMap<object, Locks>();

/** Parallel requests lose nothing of each other: their changes are merged, key by key. */
export const conflicts: Conflicts = {
  merge,
  inTurn(store, id, work) {
    const known = turns.get(store) ?? new Locks();
    turns.set(store, known);
    return known.run(id, work, LONGEST_TURN);
  },
  update,
};

/** `session.update()`: changes the freshest data, again and again until nobody has come between. */
function* update<Result>(request: RequestSession, change: UpdateFunction<Result>): Steps<Result> {
  const held = request.get();
  if (!held) throw new Error('session: update() of a session that was set to null');
  if (request.seen.gone) throw new SessionGoneError();
  request.requireKnown();
  yield* destroyOldId(request);
  let result: Result | undefined;
  const apply: UpdateFunction<void> = (data) => after(change(data), (answer) => void (result = answer));
  yield* untilDone(request, () => tryUpdate(request, held, apply));
  return result as Result;
}

/** False when others were faster; the session is what they have made of it now. */
function* tryUpdate(request: RequestSession, held: Session, change: UpdateFunction<void>): Steps<boolean> {
  assertDeliverable(request);
  // On a copy, since it may have to be done again on other data.
  const before = snapshotOf(held, request).json;
  const copy = JSON.parse(before) as Partial<SessionData>;
  yield* wait(change(copy));
  const changed: Session = new SessionBase(request, copy);
  yield* wait(request.options.beforeSave?.(request.ctx, changed));
  if (request.held !== held) throw new Error('session: update() of a session that was set again meanwhile');
  const outcome = yield* keep(request, changed);
  if (outcome.kind !== 'done') return settle(request, held, outcome, 'save');
  merge(held, JSON.parse(before) as object, dataIn(changed));
  return true;
}

/** As at the end of a request, what is new and empty is not kept, and what was emptied is removed. */
function* keep(request: RequestSession, changed: Session): Steps<Outcome> {
  const former = request.seen.kept;
  if (!changed.populated && !request.isAway) {
    if (!former) return DONE;
    try {
      const reason = 'update() has emptied it';
      const outcome = yield* remove(request, former, reason, { version: former.version });
      if (outcome.kind === 'done') forget(request, reason);
      return outcome;
    } catch (error) {
      // What cannot be removed because the store is away is written as empty.
      if (!request.isAway) throw error;
    }
  }
  const write = writeFor(request, changed);
  // A login needs a new id, and others may know the one to which this was renewed.
  if (former?.successor !== undefined && request.isNewUser(write.userId, former))
    throw new SessionGoneError();
  const outcome = yield* put(request, former, write);
  const event = former ? 'saved' : 'created';
  if (outcome.kind === 'done') afterWrite(request, write, outcome.version, event, 'update() was called');
  return outcome;
}
