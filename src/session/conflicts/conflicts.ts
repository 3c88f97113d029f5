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
 * After how many ms the next request retries although this one is not done: it may be slow, or wait for a request that
 * waits here. Turns only make conflicts rarer, so a turn may end early.
 */
const LONGEST_TURN = 1000;

/** The locks that make requests retry one at a time, by store or ContextStore. */
const turns = new WeakMap<object, Locks>();

/** Merges the changes of parallel requests, key by key, so that none are lost. */
export const conflicts: Conflicts = {
  merge,
  inTurn(store, id, work) {
    const known = turns.get(store) ?? new Locks();
    turns.set(store, known);
    return known.run(id, work, LONGEST_TURN);
  },
  update,
};

/** `session.update()`: runs `change` on the freshest data, again after each conflict. */
function* update<Result>(request: RequestSession, change: UpdateFunction<Result>): Steps<Result> {
  const held = request.get();
  if (!held) throw new Error('session: update() cannot run, since ctx.session was set to null');
  if (request.seen.gone) throw new SessionGoneError();
  request.requireKnown();
  yield* destroyOldId(request);
  let result: Result | undefined;
  const apply: UpdateFunction<void> = (data) => after(change(data), (answer) => void (result = answer));
  yield* untilDone(request, () => tryUpdate(request, held, apply));
  return result as Result;
}

/** Returns false on a conflict: the other request's changes are then in the session. */
function* tryUpdate(request: RequestSession, held: Session, change: UpdateFunction<void>): Steps<boolean> {
  assertDeliverable(request);
  // `change` gets a copy, since it may have to run again on other data.
  const before = snapshotOf(held, request).json;
  const copy = JSON.parse(before) as Partial<SessionData>;
  yield* wait(change(copy));
  const changed: Session = new SessionBase(request, copy);
  yield* wait(request.options.beforeSave?.(request.ctx, changed));
  if (request.held !== held)
    throw new Error('session: update() saved nothing: ctx.session was set meanwhile');
  const outcome = yield* keep(request, changed);
  if (outcome.kind !== 'done') return settle(request, held, outcome, 'save');
  merge(held, JSON.parse(before) as object, dataIn(changed));
  return true;
}

/** Stores the session. As at the end of a request, a new empty session is not stored and an emptied one is ended. */
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
      // The store is unavailable, so the session is written as empty instead.
      if (!request.isAway) throw error;
    }
  }
  const write = writeFor(request, changed);
  // A login needs a new id: others may know the renewed one.
  if (former?.successor !== undefined && request.isNewUser(write.userId, former))
    throw new SessionGoneError();
  const outcome = yield* put(request, former, write);
  const event = former ? 'saved' : 'created';
  if (outcome.kind === 'done') afterWrite(request, write, outcome.version, event, 'update() was called');
  return outcome;
}
