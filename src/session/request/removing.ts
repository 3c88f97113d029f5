import { SessionGoneError } from '../errors.ts';
import type { KeptSession } from '../kept-session.ts';
import { after, recovering } from '../maybe-promise.ts';
import type { Session } from '../session.ts';
import type { MaybePromise, Outcome } from '../store.ts';
import type { SessionState } from './state.ts';
import { save, settleOthers } from './writing.ts';

/** A handler has ended the session. */
export function remove(state: SessionState): MaybePromise<void> {
  if (state.wasRemoved) return;
  if (state.gone) throw new SessionGoneError();
  state.persistence.requireStore('end');
  state.id = undefined;
  const { kept } = state;
  return after(destroyLeft(state), (outcome) => {
    const standing = outcome?.kind === 'gone' && kept ? state.persistence.standing(kept) : 'gone';
    return after(standing, (found) => {
      state.persistence.requireStore('end');
      // It goes on under another id: who asks for its end has to come with that.
      if (found === 'replaced') {
        state.gone = 'replaced';
        throw new SessionGoneError();
      }
      forget(state);
    });
  });
}

/**
 * The session was emptied: it goes, unless others have put something into it meanwhile. What cannot be removed because the
 * store is away is written as empty, but for what a handler has replaced by nothing. False as for `save`.
 */
export function removeEmptied(state: SessionState, session: Session, asked: boolean): MaybePromise<boolean> {
  const { kept } = state;
  if (isAway(state)) {
    if (state.wasReplaced) state.persistence.requireStore('end');
    return save(state, session, asked);
  }
  if (kept) {
    return recovering<boolean>(
      () => after(removeKept(state, kept), (outcome) => settleOthers(state, session, outcome, asked)),
      (error) => {
        if (!isAway(state) || state.wasReplaced) throw error;
        return save(state, session, asked);
      },
    );
  }
  forget(state);
  return true;
}

export function isAway({ persistence }: SessionState): boolean {
  return persistence.place === 'outage';
}

/** Removes what is stored, if nobody has changed it since. */
export function removeKept(state: SessionState, kept: KeptSession): MaybePromise<Outcome> {
  const ending: MaybePromise<Outcome> =
    kept.id === undefined
      ? { kind: 'done', version: kept.version }
      : state.persistence.destroy(kept, { version: kept.version });
  return after(ending, (outcome) => {
    if (outcome.kind !== 'done') return outcome;
    if (kept.id !== undefined) {
      state.kept = undefined;
      state.emit('destroyed', kept.id, kept.data);
    }
    forget(state);
    return outcome;
  });
}

/** Ends what is stored, if the session goes by another id now. */
export function destroyLeft(state: SessionState): MaybePromise<Outcome | undefined> {
  const { kept } = state;
  if (!kept || !state.hasLeftItsId) return undefined;
  return after(state.persistence.destroy(kept), (outcome) => {
    state.kept = undefined;
    if (outcome.kind === 'done') state.emit('destroyed', kept.id, kept.data);
    return outcome;
  });
}

/** Whether the request brings a cookie that nobody has looked into. */
export function isPresented(state: SessionState): boolean {
  return !state.inStore && !state.ctx.headerSent && state.persistence.cookie.read() !== undefined;
}

/** What is left of an ended session is its cookie. */
function forget(state: SessionState): void {
  const { kept } = state;
  const wasThere = kept !== undefined || (!state.isLoaded && isPresented(state));
  // A session of a store is gone whatever the browser still sends; one that is the cookie is not.
  if (!state.inStore || !state.ctx.headerSent) {
    state.persistence.requireDelivery(state.lateUse);
    state.persistence.cookie.expire();
  }
  state.id = undefined;
  state.wasRemoved = true;
  state.mustSave = false;
  // What had an id was reported when that went.
  if (wasThere) state.emit('destroyed', undefined, kept?.data);
  state.kept = undefined;
}
