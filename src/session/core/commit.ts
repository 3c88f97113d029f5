import { type Action, type After, type Before, decide } from './decide.ts';
import { dataIn, SessionGoneError, type Session, snapshotOf } from './session.ts';
import { endOf, isAtAbsoluteEnd, lacksItsEnd } from './life.ts';
import type { HandlerCall, RequestSession } from './request-session.ts';
import { run, type Steps, wait } from './waiting.ts';
import { destroyOldId, discard, end, giveUp, regenerate, removeEmptied, resend, save } from './writing.ts';
import { userIn } from './options.ts';

/** A request that has merged other requests' changes this often gives up: the store must be wrong. */
const MOST_ROUNDS = 500;

/** Stores or ends the session, as the handlers left it, and sends or clears its cookie. */
export function* commit(request: RequestSession, call?: HandlerCall): Steps<void> {
  if (request.held === undefined) {
    // No handler has used the session: there is only work if its end must be moved or its cookie sent again.
    if (request.seen.isUnread && !request.seen.failure) yield* wait(request.load());
    if (!request.seen.kept || !(isDue(request) || request.needsReseal)) return;
    request.held = request.unpack();
  }
  request.requireKnown();
  const { held } = request;
  // If a handler sets ctx.session again meanwhile, this save() was not meant for the new one.
  yield* untilDone(request, () => carryOut(request, request.held === held ? call : undefined));
  // The session was set to null meanwhile, by beforeSave or by a handler that did not await save().
  if (request.held === null) yield* carryOut(request, undefined);
}

/** Retries after a conflict. Requests that had a conflict on the same session retry one at a time. */
export function* untilDone(request: RequestSession, attempt: () => Steps<boolean>): Steps<void> {
  if (yield* attempt()) return;
  const { conflicts, options } = request.setUp;
  const again = (): void | Promise<void> => run(attempts(attempt));
  const store = options.ContextStore ?? options.store ?? request;
  yield* wait(conflicts ? conflicts.inTurn(store, request.seen.kept?.id ?? '', again) : again());
}

function* attempts(attempt: () => Steps<boolean>): Steps<void> {
  for (let round = 1; round < MOST_ROUNDS; round += 1) if (yield* attempt()) return;
  throw new Error(
    `session: the store has reported ${MOST_ROUNDS} times that another request has changed the session, so nothing ` +
      'was saved. Does its read() return other data at each call?',
  );
}

/** Returns false on a conflict: the other request's changes are then merged in, and the action must be decided again. */
function* carryOut(request: RequestSession, call: HandlerCall): Steps<boolean> {
  const { held, setUp } = request;
  if (held && request.wasNull) setUp.keeper.assertReachable?.(request, 'end');
  if (held && request.idChanged) yield* destroyOldId(request);
  const { kept } = request.seen;
  const snapshot = held && kept && call !== 'regenerate' ? snapshotOf(held, request) : undefined;
  const { kind, reason } = actionFor(request, snapshot?.json, call);
  if (kind === 'nothing') return true;
  if (kind === 'refuse') throw new SessionGoneError();
  // A login after the session was replaced or ended: the new session inherits neither its id nor its life.
  if (kind === 'create' && request.seen.gone) request.startAgain();
  if (!held || kind === 'clear') yield* end(request, reason);
  else if (kind === 'leave') giveUp(request, 'left');
  else if (kind === 'resend' && kept) yield* resend(request, kept, reason);
  else if (kind === 'discard') discard(request, held, call);
  else if (kind === 'destroy' && kept) return yield* removeEmptied(request, held, kept, { reason, call });
  else if (call === 'regenerate' || kind === 'replace') return yield* regenerate(request, held, reason);
  else return yield* save(request, held, { reason, call, snapshot });
  return true;
}

function actionFor(request: RequestSession, json: string | undefined, call: HandlerCall): Action {
  const { seen, held, wasNull, isAway } = request;
  const before = beforeOf(request);
  const after = afterOf(request, json, call);
  const isExplicit = call === 'save' || request.maxAgeIs === 'unsaved';
  // `ctx.session = {}` ends the stored session, so the store must be reachable.
  if (after === 'empty' && !isExplicit && request.wasSet && (before === 'none' || isAway))
    request.setUp.keeper.assertReachable?.(request, 'end');
  return decide(before, after, {
    isExplicit,
    isDue: after === 'same' && !seen.wasSaved && isDue(request),
    needsReseal: request.needsReseal,
    isUnread:
      after === 'empty' && (wasNull || (before === 'none' && held?.isNew === false && request.isPresented())),
    isAway,
    isLogin:
      (seen.gone ?? seen.kept?.successor) !== undefined && held != null && isLogin(request, held, call),
  });
}

function beforeOf({ seen, held }: RequestSession): Before {
  if (seen.gone) return !held && seen.lost ? 'ended' : seen.gone;
  if (!seen.kept) return seen.wasRemoved ? 'removed' : 'none';
  return seen.kept.successor === undefined ? 'live' : 'renewed';
}

function afterOf(request: RequestSession, json: string | undefined, call: HandlerCall): After {
  const { held, wasSet, seen } = request;
  if (!held) return 'null';
  if (call === 'regenerate') return 'regenerated';
  // The stored data cannot be read now, so they may differ from the object that a handler has set.
  const replacesAll = wasSet && !seen.wasSaved && request.isAway;
  if (seen.kept && !replacesAll && json === seen.kept.data) return 'same';
  return held.populated ? 'other' : 'empty';
}

/**
 * Only a login may start a new session after another request has replaced or ended this one. Without `userOf` a login
 * cannot be recognized: then any `regenerate()` with a replaced id counts as one. A login under a renewed id also gets
 * a new id, since others may know the current one.
 */
function isLogin(request: RequestSession, held: Session, call: HandlerCall): boolean {
  const { configured, seen, options } = request;
  if (!configured.userOf) return seen.gone === 'replaced';
  // The handler has set `renewGrace` to 0 because the user gains rights without a login.
  if (call === 'regenerate' && seen.kept && options.renewGrace === 0) return true;
  return request.isNewUser(userIn(dataIn(held), configured), seen.kept ?? seen.former);
}

/** Whether this request extends the session although no data has changed. */
function isDue(request: RequestSession): boolean {
  const { seen, options, configured, maxAge, idleTimeout } = request;
  if (!seen.kept || !request.mayExtend() || !request.isActivity()) return false;
  const { life } = seen.kept;
  if (lacksItsEnd(life, maxAge, options.idleTimeout)) return true;
  if (isAtAbsoluteEnd(life, configured)) return false;
  if (options.rolling || !options.renew) return true;
  const end = endOf(life, configured);
  return idleTimeout !== undefined && end !== undefined && end - options.now() < idleTimeout / 2;
}
