import type { KeptSession } from '../kept-session.ts';
import { endOf, type Life, savedAt, timeToLive } from '../life.ts';
import type { Draft } from '../persistence.ts';
import { keepsBeginning } from '../resolve-options.ts';
import type { Session, SessionData } from '../session.ts';
import type { SessionState } from './state.ts';

/** The data of a session at one moment. */
export interface Snapshot {
  data: Partial<SessionData>;
  json: string;
}

/** Taken once for all that is done with it: to write JSON costs as much as to store it. */
export function snapshotOf(session: Session): Snapshot {
  const data = session.toJSON();
  return { data, json: JSON.stringify(data) };
}

/** What is to be stored for a session. */
export function draftOf(state: SessionState, snapshot: Snapshot, { isNew = false } = {}): Draft {
  const former = isNew ? undefined : state.life;
  const isExtended = !former || state.hasSetMaxAge || state.isActivity;
  return draft(state, snapshot, nextLife(state, former, isExtended), isExtended, isNew);
}

/** What is stored already, for its cookie to be sent once more. */
export function draftOfKept(state: SessionState, { json, life, data }: KeptSession): Draft {
  return draft(state, { data, json }, life, false, false);
}

function draft(
  state: SessionState,
  { data, json }: { data: object; json: string },
  life: Life,
  isExtended: boolean,
  isSuccessor: boolean,
): Draft {
  const { id, configured, options, wasReplaced, hasSetMaxAge } = state;
  const end = endOf(life, configured);
  return {
    id,
    data: json,
    life,
    ttl: timeToLive(end, options.now()),
    // The absolute end is for the server alone: a dated cookie would outlive the browser.
    endsAt: life.maxAge === 'session' ? undefined : end,
    userId: state.userOf(data),
    isExtended,
    isSuccessor,
    isWhole: wasReplaced,
    setsMaxAge: hasSetMaxAge,
  };
}

function nextLife(state: SessionState, former: Life | undefined, isExtended: boolean): Life {
  const { configured, maxAge } = state;
  const time = state.options.now();
  const isFull = keepsBeginning(configured);
  const idleEndsAt = maxAge === 'session' ? undefined : time + maxAge;
  return {
    createdAt: isFull ? (former?.createdAt ?? (former && savedAt(former)) ?? time) : undefined,
    idleEndsAt: isExtended ? idleEndsAt : former?.idleEndsAt,
    maxAge: isExtended ? maxAge : former?.maxAge,
    hasOwnMaxAge: isFull && maxAge !== configured.maxAge,
  };
}
