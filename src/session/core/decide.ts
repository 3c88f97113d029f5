import { endOf, isAtAbsoluteEnd, type Life, type LifePolicy } from './life.ts';

/**
 * What a request has of its session when it commits: nothing; one that can be gone on with; an id that was replaced by
 * `regenerate()`; one that was ended while the request was under way; one that this request has removed.
 */
export type Before = 'none' | 'live' | 'replaced' | 'ended' | 'removed';

/** What the handlers have made of it. */
export type After = 'same' | 'other' | 'empty' | 'null' | 'regenerated';

/** What counts beside the two. */
export interface Rules {
  /** `save()` was called, or `maxAge` set. */
  isAsked: boolean;
  /** Its end is to be moved although nothing has changed. */
  isDue: boolean;
  /** Its cookie was made with an old key. */
  isStale: boolean;
  /** A handler has set it to an object without a look at the cookie that the request brings. */
  isUnread: boolean;
  /** The store is away, so nothing can be removed there. */
  isAway: boolean;
  /** Somebody logs in: a session of its own, whatever there was before. */
  isLogin: boolean;
}

export type ActionKind =
  | 'nothing'
  /** A new session is kept, and its cookie sent. */
  | 'create'
  /** What is kept is replaced. */
  | 'update'
  /** It lives longer; its data stay. */
  | 'extend'
  /** Its cookie is sent once more. */
  | 'resend'
  /** It is ended where it is kept, and its cookie cleared. */
  | 'destroy'
  /** Its cookie is cleared: there is nothing else of it. */
  | 'clear'
  /** A successor is created, then the former is ended. */
  | 'replace'
  /** What the handlers made of it is not kept, and what this response was going to send is taken back. */
  | 'discard'
  /** As `discard`, and the handler that asked gets an error. */
  | 'refuse';

export interface Action {
  kind: ActionKind;
  /** Why, for events and pages. */
  reason: string;
}

/**
 * What a commit does. Each cell is what holds if none of {@link Rules} says otherwise; README.md has the table with them.
 */
const TABLE: Readonly<Record<Before, Readonly<Record<After, ActionKind>>>> = {
  none: { same: 'nothing', other: 'create', empty: 'nothing', null: 'clear', regenerated: 'create' },
  live: { same: 'nothing', other: 'update', empty: 'destroy', null: 'destroy', regenerated: 'replace' },
  replaced: { same: 'nothing', other: 'discard', empty: 'nothing', null: 'refuse', regenerated: 'refuse' },
  ended: { same: 'nothing', other: 'discard', empty: 'nothing', null: 'nothing', regenerated: 'refuse' },
  removed: { same: 'nothing', other: 'create', empty: 'nothing', null: 'nothing', regenerated: 'create' },
};

const REASONS: Readonly<Record<After, string>> = {
  same: 'nothing has changed',
  other: 'its data have changed',
  empty: 'it has no data',
  null: 'it was set to null',
  regenerated: 'regenerate() was called',
};

/** Pure. README.md has it as a table. */
export function decide(before: Before, after: After, rules: Rules): Action {
  const action = (kind: ActionKind, reason = REASONS[after]): Action => ({ kind, reason });
  const kind = TABLE[before][after];
  if (after === 'regenerated')
    return before === 'replaced' && rules.isLogin ? action('create', 'somebody logs in') : action(kind);
  if (after === 'null') return action(kind);
  if (rules.isAsked) return action(WRITE[before], 'save() was called or maxAge set');
  if (before === 'live' && after === 'same') {
    if (rules.isDue) return action('extend', 'it is used, and lives longer');
    if (rules.isStale) return action('resend', 'its cookie was made with an old key');
  }
  if (after === 'empty' && before === 'live' && rules.isAway)
    return action('update', 'it has no data, and the store is away');
  if (after === 'empty' && before === 'none' && rules.isUnread)
    return action('clear', 'it was replaced by nothing');
  return action(kind);
}

/** What comes of a write that is asked for. */
const WRITE: Readonly<Record<Before, ActionKind>> = {
  none: 'create',
  live: 'update',
  replaced: 'discard',
  ended: 'discard',
  removed: 'create',
};

/**
 * Whether a session that is used and not changed is to live longer.
 * @param maxAge the idle timeout with which it goes on, ms
 */
export function isDueToExtend(
  life: Life,
  maxAge: number | 'session',
  { rolling, renew }: { rolling: boolean; renew: boolean },
  policy: LifePolicy,
  now: number,
): boolean {
  if (lacksItsEnd(life, maxAge)) return true;
  if (isAtAbsoluteEnd(life, policy)) return false;
  if (rolling) return true;
  const end = endOf(life, policy);
  return renew && maxAge !== 'session' && end !== undefined && end - now < maxAge / 2;
}

/** It was saved when sessions had no idle timeout, and now they have one. */
export function lacksItsEnd(life: Life | undefined, maxAge: number | 'session'): boolean {
  return life?.maxAge === 'session' && life.createdAt !== undefined && maxAge !== 'session';
}
