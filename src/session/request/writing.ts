import { CookieTooLargeError } from '../cookie/size.ts';
import { SessionGoneError } from '../errors.ts';
import type { SessionEventName } from '../events.ts';
import { KeptSession } from '../kept-session.ts';
import { after, recovering } from '../maybe-promise.ts';
import { foreignChanges } from '../merge.ts';
import type { Draft } from '../persistence.ts';
import { dataOf, type Session } from '../session.ts';
import type { MaybePromise, Outcome, StoredSession, Version } from '../store.ts';
import { draftOf, draftOfKept, type Snapshot, snapshotOf } from './drafting.ts';
import type { SessionState } from './state.ts';

/** How often one request merges its changes with those of others before something must be wrong. */
const MOST_ROUNDS = 500;

/**
 * Stores the session and tells the browser.
 *
 * @param asked a handler waits for it: then it is an error that the session has ended
 * @param seen its data, when somebody has looked at them already
 * @returns false when others had changed the session: it is merged with theirs now, and what to do is to be decided anew
 */
export function save(
  state: SessionState,
  session: Session,
  asked: boolean,
  seen?: Snapshot,
): MaybePromise<boolean> {
  requireDelivery(state);
  const { beforeSave } = state.options;
  if (!beforeSave) return write(state, session, asked, seen ?? snapshotOf(session));
  return after(
    beforeSave(state.ctx, session),
    // It may have ended the session.
    () => state.session === null || write(state, session, asked, snapshotOf(session)),
  );
}

function write(
  state: SessionState,
  session: Session,
  asked: boolean,
  snapshot: Snapshot,
): MaybePromise<boolean> {
  const draft = draftOf(state, snapshot);
  const former = state.kept;
  const { mustSave } = state;
  // From here on it means what comes after this draft.
  state.mustSave = false;
  const putting = recovering(
    () => put(state, former, draft),
    (error) => {
      state.mustSave ||= mustSave;
      throw error;
    },
  );
  return after(putting, (outcome) => {
    if (outcome.kind !== 'done') return settleOthers(state, session, outcome, asked);
    const isSame = former?.json === draft.data;
    return after(requireReach(state, draft, outcome.version), () => {
      const event = !former ? 'created' : isSame ? 'renewed' : 'saved';
      const send = (): void => land(state, draft, outcome.version, event, snapshot.data);
      if (isSame && !asked && !mustSave) sendAgain(send);
      else send();
      return true;
    });
  });
}

/** Before the store is written: a record whose id reaches nobody is lost, and stays for its whole life. */
export function requireDelivery(state: SessionState): void {
  if (!state.canDoWithoutDelivery) state.persistence.requireDelivery(state.lateUse);
}

/** The headers may have gone while the store was at work: then what has a new id reaches nobody, and must not stay. */
export function requireReach(state: SessionState, draft: Draft, version: Version): MaybePromise<void> {
  if (state.kept?.id === draft.id) return;
  try {
    state.persistence.requireDelivery(state.lateUse);
  } catch (error) {
    return after(state.persistence.destroy(KeptSession.ofStored(draft.id, draft, version)), () => {
      throw error;
    });
  }
}

/** Goes on after a write that others may have prevented; false when they had changed the session. */
export function settleOthers(
  state: SessionState,
  session: Session,
  outcome: Outcome,
  asked: boolean,
): boolean {
  if (outcome.kind === 'gone') lose(state, session, asked);
  if (outcome.kind !== 'changed') return true;
  adopt(state, session, outcome.current);
  return false;
}

export function put(
  state: SessionState,
  former: KeptSession | undefined,
  draft: Draft,
): MaybePromise<Outcome> {
  if (!former) {
    return recovering(
      () => after(state.persistence.create(draft), created),
      (error) => {
        // It may have been stored all the same: another attempt needs another id.
        state.id = undefined;
        throw error;
      },
    );
  }
  const { maxAge, hasOwnMaxAge } = former.life;
  const isTouch =
    draft.data === former.json && maxAge === draft.life.maxAge && hasOwnMaxAge === draft.life.hasOwnMaxAge;
  return isTouch ? state.persistence.touch(former, draft) : state.persistence.update(former, draft);
}

function created(version: Version | undefined): Outcome {
  if (version !== undefined) return { kind: 'done', version };
  throw new Error(
    'session: the new session id is taken already. The option genid has to make another id each time, with 128 ' +
      'random bits or more.',
  );
}

/** It is stored: the browser is told, and it is what the next commit builds on. */
export function land(
  state: SessionState,
  draft: Draft,
  version: Version,
  event: SessionEventName,
  data: object,
): void {
  // A cookie with an id and an end that the browser has already could only undo what another response has sent.
  const isKnown =
    !draft.isExtended && state.kept?.id === draft.id && !state.isStale && state.persistence.place === 'store';
  if (!isKnown) state.persistence.deliver(draft);
  state.kept = KeptSession.ofStored(draft.id, draft, version);
  state.wasSetToNull = false;
  state.gone = undefined;
  state.wasSaved = true;
  state.wasRemoved = false;
  state.emit(event, draft.id, data);
}

/**
 * Sends a session again that nobody has changed. If it does not fit into its cookie, none is sent: `session:rejected`
 * reports it, and the request does not fail.
 */
function sendAgain(send: () => void): void {
  try {
    send();
  } catch (error) {
    if (!(error instanceof CookieTooLargeError)) throw error;
  }
}

/** Who came with a good cookie of an old key gets one of the newest, with the same end. */
export function reissueIfStale(state: SessionState): MaybePromise<void> {
  const { kept } = state;
  if (!kept || !state.isStale) return;
  // It may have got another id while this request was under way.
  return after(state.persistence.standing(kept), (standing) => {
    if (standing !== 'there' || state.ctx.headerSent) return;
    sendAgain(() => {
      state.persistence.deliver({ ...draftOfKept(state, kept), id: kept.id });
      state.emit('reissued', kept.id, kept.data);
    });
  });
}

/** Lays on the session what has become of `base` elsewhere; what the handler has changed since `base` stays. */
export function takeOver(
  session: Session,
  base: Record<string, unknown>,
  theirs: Record<string, unknown>,
): void {
  for (const change of foreignChanges(base, { ...session.toJSON() }, theirs)) {
    if ('isDeleted' in change) Reflect.deleteProperty(session, change.key);
    else Reflect.set(session, change.key, change.value);
  }
}

/** Takes over what others have made of the session since it was loaded, and keeps what this request has changed. */
export function adopt(state: SessionState, session: Session, current: StoredSession): void {
  state.rounds += 1;
  if (state.rounds > MOST_ROUNDS) {
    throw new Error(
      `session: the store has answered ${MOST_ROUNDS} times that somebody else has changed the session. Does it answer ` +
        'with other data each time that it is read?',
    );
  }
  const former = state.kept;
  const kept = KeptSession.ofStored(former?.id, current, current.version);
  takeOver(session, former?.data ?? {}, dataOf(kept.data) as Record<string, unknown>);
  state.kept = kept;
  if (!state.hasSetMaxAge) state.maxAge = state.maxAgeOf(kept.life);
  state.emit('merged', kept.id, session.toJSON());
}

/**
 * Others have ended the session: what this request made of it must not bring it back.
 * @throws {SessionGoneError} when `asked`
 */
export function lose(state: SessionState, session: Session, asked: boolean): void {
  const isNews = state.lost !== session;
  const id = state.kept?.id;
  state.lost = session;
  state.gone ??= 'ended';
  state.wasRemoved = true;
  state.kept = undefined;
  // What this response was about to send would take the place of a cookie that is good.
  if (!state.ctx.headerSent) state.persistence.cookie.withdraw();
  if (isNews) state.emit('gone', id, session.toJSON());
  if (asked) throw new SessionGoneError();
}
