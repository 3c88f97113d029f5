import { type Action, type After, type Before, decide } from './decide.ts';
import { dataIn, jsonOf, SessionGoneError, type Session } from './session.ts';
import { objectIn } from './keeper.ts';
import { endOf, isAtAbsoluteEnd, lacksItsEnd } from './life.ts';
import type { Asked, RequestSession } from './request-session.ts';
import { run, type Steps, wait } from './waiting.ts';
import {
  end,
  leave,
  isPresented,
  lose,
  regenerate,
  removeEmptied,
  removeLeft,
  resend,
  startAgain,
  write,
} from './writing.ts';
import { userIn } from './options.ts';

/** How often one request merges its changes with those of others before something must be wrong. */
const MOST_ROUNDS = 500;

/** Keeps or ends what the handlers have made of the session, and tells the browser. */
export function* commit(request: RequestSession, asked?: Asked): Steps<void> {
  if (request.held === undefined && !(yield* takeUpIfDue(request))) return;
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

/** Takes up a session that no handler has asked for, if something has to be done for it. */
function* takeUpIfDue(request: RequestSession): Steps<boolean> {
  if (!request.seen.isLoaded && !request.seen.failure) yield* wait(request.load());
  if (!request.seen.kept || !(isDue(request) || request.isStale)) return false;
  request.held = request.unpack();
  return true;
}

/** False when others had changed the session: it is merged with theirs now, and to be decided again. */
function* carryOut(request: RequestSession, asked: Asked): Steps<boolean> {
  const { held, setUp } = request;
  if (held && request.wasNull) setUp.keeper.requireStore?.(request, 'end');
  if (held && request.hasLeftItsId) yield* removeLeft(request);
  const json = held && request.seen.kept && asked !== 'regenerate' ? jsonOf(held, request) : undefined;
  const { kind, reason } = actionFor(request, json, asked);
  if (kind === 'nothing') return true;
  if (kind === 'refuse') throw new SessionGoneError();
  if (kind === 'leave') {
    leave(request);
    return true;
  }
  if (!held || kind === 'clear') return yield* end(request, reason);
  if (kind === 'resend') return yield* resend(request, reason);
  if (kind === 'destroy') return yield* removeEmptied(request, held, { reason, asked });
  // A login where another session was: nothing of that one goes on.
  if (kind === 'create' && request.seen.gone) startAgain(request);
  if (asked === 'regenerate' || kind === 'replace') return yield* regenerate(request, held, reason);
  if (kind !== 'discard') return yield* write(request, held, { reason, asked, json });
  lose(request, held, asked);
  return true;
}

function actionFor(request: RequestSession, json: string | undefined, asked: Asked): Action {
  const { seen, held, maxAgeIs } = request;
  const { kept } = seen;
  const isThere = kept?.successor === undefined ? 'live' : 'renewed';
  const found: Before = seen.gone ?? (kept ? isThere : seen.wasRemoved ? 'removed' : 'none');
  const before = !held && seen.lost ? 'ended' : found;
  const after = afterOf(request, json, asked);
  const isAsked = asked === 'save' || maxAgeIs === 'unsaved';
  const { isAway } = request;
  // `ctx.session = {}` over what could not be read.
  if (after === 'empty' && !isAsked && request.wasSet && (before === 'none' || isAway))
    request.setUp.keeper.requireStore?.(request, 'end');
  return decide(before, after, {
    isAsked,
    isDue: after === 'same' && kept !== undefined && !seen.wasSaved && request.mayExtend() && isDue(request),
    isStale: request.isStale,
    isUnread:
      after === 'empty' &&
      (request.wasNull || (before === 'none' && held?.isNew === false && isPresented(request))),
    isAway,
    isLogin: (seen.gone ?? kept?.successor) !== undefined && held != null && isLogin(request, held),
  });
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
function isLogin({ configured, seen }: RequestSession, held: Session): boolean {
  if (!configured.userOf) return seen.gone === 'replaced';
  const user = userIn(dataIn(held), configured);
  return (
    user !== undefined && user !== (seen.kept ? userIn(objectIn(seen.kept.data), configured) : seen.user)
  );
}

/** Whether this request moves the end of the session although it changes nothing else. */
function isDue(request: RequestSession): boolean {
  const { seen, options, configured, maxAge, idleTimeout } = request;
  if (!seen.kept || !request.isActivity()) return false;
  const { life } = seen.kept;
  if (lacksItsEnd(life, maxAge, options.idleTimeout)) return true;
  if (isAtAbsoluteEnd(life, configured)) return false;
  if (options.rolling) return true;
  if (!options.renew) return maxAge === 'session' && idleTimeout !== undefined;
  const end = endOf(life, configured);
  return idleTimeout !== undefined && end !== undefined && end - options.now() < idleTimeout / 2;
}
