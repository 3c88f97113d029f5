import type { KeptSession } from '../kept-session.ts';
import { endOf, type Life, savedAt, timeToLive } from '../life.ts';
import type { Draft } from '../persistence.ts';
import { keepsBeginning } from '../resolve-options.ts';
import type { SessionState } from './state.ts';

/** What is to be stored for `data`. */
export function draftOf(state: SessionState, data: object, { isNew = false } = {}): Draft {
  const { life, isExtended } = nextLife(state, isNew);
  return { ...draft(state, JSON.stringify(data), life, data), isExtended, isSuccessor: isNew };
}

/** What is stored already, for its cookie to be sent once more. */
export function draftOfKept(state: SessionState, { json, life, data }: KeptSession): Draft {
  return draft(state, json, life, data);
}

function draft(state: SessionState, data: string, life: Life, object: object): Draft {
  const { id, configured, options, wasReplaced, hasSetMaxAge } = state;
  const end = endOf(life, configured);
  return {
    id,
    data,
    life,
    ttl: timeToLive(end, options.now()),
    // The absolute end is for the server alone: a dated cookie would outlive the browser.
    endsAt: life.maxAge === 'session' ? undefined : end,
    userId: state.userOf(object),
    isExtended: false,
    isSuccessor: false,
    isWhole: wasReplaced,
    setsMaxAge: hasSetMaxAge,
  };
}

/** @param isNew it begins now, whatever was before */
function nextLife(state: SessionState, isNew: boolean): { life: Life; isExtended: boolean } {
  const { configured, maxAge } = state;
  const time = state.options.now();
  const former = isNew ? undefined : state.life;
  const isFull = keepsBeginning(configured);
  const isExtended = !former || state.hasSetMaxAge || state.isActivity;
  const idleEndsAt = maxAge === 'session' ? undefined : time + maxAge;
  const life: Life = {
    createdAt: isFull ? (former?.createdAt ?? (former && savedAt(former)) ?? time) : undefined,
    idleEndsAt: isExtended ? idleEndsAt : former.idleEndsAt,
    maxAge: isExtended ? maxAge : former.maxAge,
    hasOwnMaxAge: isFull && maxAge !== configured.maxAge,
  };
  return { life, isExtended };
}
