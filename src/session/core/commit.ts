import { type Action, type After, type Before, decide } from './decide.ts';
import { dataIn, SessionGoneError, type Session, snapshotOf } from './session.ts';
import { endOf, isAtAbsoluteEnd, lacksItsEnd } from './life.ts';
import type { Asked, RequestSession } from './request-session.ts';
import { run, type Steps, wait } from './waiting.ts';
import { end, giveUp, lose, regenerate, removeEmptied, removeLeft, resend, write } from './writing.ts';
import { userIn } from './options.ts';

/** How often one request merges its changes with those of others before something must be wrong. */
const MOST_ROUNDS = 500;

/** Keeps or ends what the handlers have made of the session, and tells the browser. */
export function* commit(request: RequestSession, asked?: Asked): Steps<void> {
  if (request.held === undefined) {
    // No handler has asked for it: it is taken up only if something has to be done for it.
    if (request.seen.isUnread && !request.seen.failure) yield* wait(request.load());
    if (!request.seen.kept || !(isDue(request) || request.isStale)) return;
    request.held = request.unpack();
  }
  request.requireKnown();
  const { held } = request;
  // If a handler has set ctx.session again meanwhile, save() was not meant for that.
  yield* untilDone(request, () => carryOut(request, request.held === held ? asked : undefined));
  // It was ended meanwhile, by beforeSave or by a handler that did not wait.
  if (request.held === null) yield* carryOut(request, undefined);
}

/** Tries again when others were faster, from the second time on in turn with those who were told the same. */
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
    `session: the store has answered ${MOST_ROUNDS} times that somebody else has changed the session. Does it answer ` +
      'with other data each time that it is read?',
  );
}

/** False when others had changed the session: it is merged with theirs now, and to be decided again. */
function* carryOut(request: RequestSession, asked: Asked): Steps<boolean> {
  const { held, setUp } = request;
  if (held && request.wasNull) setUp.keeper.requireStore?.(request, 'end');
  if (held && request.hasLeftItsId) yield* removeLeft(request);
  const { kept } = request.seen;
  const snapshot = held && kept && asked !== 'regenerate' ? snapshotOf(held, request) : undefined;
  const { kind, reason } = actionFor(request, snapshot?.json, asked);
  if (kind === 'nothing') return true;
  if (kind === 'refuse') throw new SessionGoneError();
  // A login where another session was: nothing of that one goes on.
  if (kind === 'create' && request.seen.gone) request.startAgain();
  if (!held || kind === 'clear') yield* end(request, reason);
  else if (kind === 'leave') giveUp(request, 'left');
  else if (kind === 'resend' && kept) yield* resend(request, kept, reason);
  else if (kind === 'discard') lose(request, held, asked);
  else if (kind === 'destroy' && kept) return yield* removeEmptied(request, held, kept, { reason, asked });
  else if (asked === 'regenerate' || kind === 'replace') return yield* regenerate(request, held, reason);
  else return yield* write(request, held, { reason, asked, snapshot });
  return true;
}

function actionFor(request: RequestSession, json: string | undefined, asked: Asked): Action {
  const { seen, held, wasNull, isAway } = request;
  const before = beforeOf(request);
  const after = afterOf(request, json, asked);
  const isAsked = asked === 'save' || request.maxAgeIs === 'unsaved';
  // `ctx.session = {}` over what could not be read.
  if (after === 'empty' && !isAsked && request.wasSet && (before === 'none' || isAway))
    request.setUp.keeper.requireStore?.(request, 'end');
  return decide(before, after, {
    isAsked,
    isDue: after === 'same' && !seen.wasSaved && isDue(request),
    isStale: request.isStale,
    isUnread:
      after === 'empty' && (wasNull || (before === 'none' && held?.isNew === false && request.isPresented())),
    isAway,
    isLogin:
      (seen.gone ?? seen.kept?.successor) !== undefined && held != null && isLogin(request, held, asked),
  });
}

function beforeOf({ seen, held }: RequestSession): Before {
  if (seen.gone) return !held && seen.lost ? 'ended' : seen.gone;
  if (!seen.kept) return seen.wasRemoved ? 'removed' : 'none';
  return seen.kept.successor === undefined ? 'live' : 'renewed';
}

function afterOf(request: RequestSession, json: string | undefined, asked: Asked): After {
  const { held, wasSet, seen } = request;
  if (!held) return 'null';
  if (asked === 'regenerate') return 'regenerated';
  // Set to an object, it may differ from what cannot be read.
  const isWhole = wasSet && !seen.wasSaved && request.isAway;
  if (seen.kept && !isWhole && json === seen.kept.data) return 'same';
  return held.populated ? 'other' : 'empty';
}

/**
 * A login may take the place of the session that another request has made or ended; nothing else may. Without `userOf`
 * that is known only where the request brought no data of that session. By a renewed id, too, it gets a new id: others may
 * know the one that there is.
 */
function isLogin(request: RequestSession, held: Session, asked: Asked): boolean {
  const { configured, seen, options } = request;
  if (!configured.userOf) return seen.gone === 'replaced';
  // Somebody gains rights without a login.
  if (asked === 'regenerate' && seen.kept && options.renewGrace === 0) return true;
  return request.isNewUser(userIn(dataIn(held), configured), seen.kept ?? seen.former);
}

/** Whether this request moves the end of the session although it changes nothing else. */
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
