import { SessionGoneError } from '../errors.ts';
import type { SessionEventName } from '../events.ts';
import { KeptSession } from '../kept-session.ts';
import { after } from '../maybe-promise.ts';
import { foreignChanges } from '../merge.ts';
import type { Draft } from '../persistence.ts';
import { dataOf, type Session } from '../session.ts';
import type { MaybePromise, Outcome, StoredSession, Version } from '../stores/store.ts';
import { draftOf, draftOfKept } from './drafting.ts';
import type { SessionState } from './state.ts';

/**
 * Stores the session and tells the browser.
 *
 * @param asked a handler waits for it: then it is an error that the session has ended
 * @returns false when others had changed the session: it is merged with theirs now, and what to do is to be decided anew
 */
export function save(state: SessionState, session: Session, asked: boolean): MaybePromise<boolean> {
  requireDelivery(state);
  return after(state.options.beforeSave?.(state.ctx, session), () => {
    const data = session.toJSON();
    const draft = draftOf(state, data);
    const former = state.kept;
    return after(put(state, former, draft), (outcome) => {
      if (outcome.kind === 'done') {
        const isSame = former?.json === draft.data;
        land(state, draft, outcome.version, !former ? 'created' : isSame ? 'renewed' : 'saved', data);
      }
      return settleOthers(state, session, outcome, asked);
    });
  });
}

/** Before the store is written: a record whose id reaches nobody is lost, and stays for its whole life. */
export function requireDelivery(state: SessionState): void {
  if (!state.canDoWithoutDelivery) state.persistence.requireDelivery(state.lateUse);
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
  if (!former) return after(state.persistence.create(state.id, draft), created);
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
  state.persistence.deliver(state.id, draft);
  state.kept = KeptSession.ofStored(state.id, { ...draft, version });
  state.mustSave = false;
  state.hasEnded = false;
  state.gone = undefined;
  state.wasSaved = true;
  state.wasRemoved = false;
  state.emit(event, state.id, data);
}

/** Who came with a good cookie of an old key gets one of the newest, with the same end. */
export function reissueIfStale(state: SessionState): void {
  const { kept } = state;
  if (!kept || !state.isStale) return;
  state.persistence.deliver(kept.id, draftOfKept(state, kept));
  state.emit('reissued', kept.id, kept.data);
}

/** Takes over what others have made of the session since it was loaded, and keeps what this request has changed. */
export function adopt(state: SessionState, session: Session, current: StoredSession): void {
  const former = state.kept;
  const kept = KeptSession.ofStored(former?.id, current);
  const theirs = dataOf(kept.data) as Record<string, unknown>;
  for (const change of foreignChanges(former?.data ?? {}, { ...session.toJSON() }, theirs)) {
    if ('isDeleted' in change) Reflect.deleteProperty(session, change.key);
    else Reflect.set(session, change.key, change.value);
  }
  state.kept = kept;
  if (!state.hasSetMaxAge) state.options.maxAge = state.maxAgeOf(kept.life);
  state.emit('merged', kept.id, session.toJSON());
}

/**
 * Others have ended the session: what this request made of it must not bring it back.
 * @throws {SessionGoneError} when `asked`
 */
export function lose(state: SessionState, session: Session, asked: boolean): void {
  const isNews = state.gone !== 'ended';
  const id = state.kept?.id;
  state.gone = 'ended';
  state.wasRemoved = true;
  state.kept = undefined;
  if (isNews) state.emit('gone', id, session.toJSON());
  if (asked) throw new SessionGoneError();
}
