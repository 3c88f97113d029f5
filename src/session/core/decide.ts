/**
 * The state of the request's session when it commits:
 *
 * - `none`: the request brought no session
 * - `live`: it brought one that is stored
 * - `renewed`: it brought an id that was renewed just now and still leads to the session under its new id
 * - `replaced`: it brought an id that `regenerate()` has replaced
 * - `ended`: another request has ended the session meanwhile
 * - `left`: `replaced` or `ended`, and a handler has then called `regenerate()`
 * - `removed`: this request has ended the session
 */
export type Before = 'none' | 'live' | 'renewed' | 'replaced' | 'ended' | 'left' | 'removed';

/** The session as the handlers left it: the same data, other data, no data, set to null, or about to get a new id. */
export type After = 'same' | 'other' | 'empty' | 'null' | 'regenerated';

/** What else the action depends on. */
export interface Rules {
  /** `save()` was called, or `maxAge` set. */
  isExplicit: boolean;
  /** The session is to be extended although nothing has changed. */
  isDue: boolean;
  /** Its cookie was made with an old key. */
  needsReseal: boolean;
  /** A handler has set `{}` after null or, in cookie mode, while the request's cookie was unread or held no session. */
  isUnread: boolean;
  /** The store is unavailable, so nothing can be removed there. */
  isAway: boolean;
  /** Somebody logs in, which always starts a session with an id of its own. */
  isLogin: boolean;
}

export type ActionKind =
  | 'nothing'
  /** A new session is stored and its cookie sent. */
  | 'create'
  /** The stored session is overwritten. */
  | 'update'
  /** The end of the session is moved; its data stay. */
  | 'extend'
  /** The cookie is sent again. */
  | 'resend'
  /** The stored session is removed and its cookie cleared. */
  | 'destroy'
  /** Only the cookie is cleared: nothing is stored. */
  | 'clear'
  /** The session is stored under a new id, then the old id is ended. */
  | 'replace'
  /** The handlers' changes are not stored, and a session cookie that this response has set already is removed. */
  | 'discard'
  /** Nothing is changed, and the request fails with a `SessionGoneError`. */
  | 'refuse'
  /** This request goes on without the session. */
  | 'leave';

/** The reason is shown in events and on pages. */
export type Action = { kind: ActionKind; reason: string };

/** `explicit` takes the place of the first three columns if `isExplicit` is true. */
const COLUMNS = { same: 0, other: 1, empty: 2, null: 3, regenerated: 4, explicit: 5 } as const;

type Column = keyof typeof COLUMNS;

/** What a commit does unless one of {@link EXCEPTIONS} applies. README.md shows both in one table. */
const TABLE = {
  none: ['nothing', 'create', 'nothing', 'clear', 'create', 'create'],
  live: ['nothing', 'update', 'destroy', 'destroy', 'replace', 'update'],
  renewed: ['nothing', 'update', 'destroy', 'destroy', 'nothing', 'update'],
  replaced: ['nothing', 'discard', 'nothing', 'refuse', 'leave', 'discard'],
  ended: ['nothing', 'discard', 'nothing', 'nothing', 'leave', 'discard'],
  left: ['nothing', 'discard', 'nothing', 'nothing', 'nothing', 'discard'],
  removed: ['nothing', 'create', 'nothing', 'nothing', 'create', 'create'],
} as const satisfies Record<Before, readonly ActionKind[]>;

const REASONS: Readonly<Record<Column, string>> = {
  same: 'nothing has changed',
  other: 'its data have changed',
  empty: 'no data is left in it',
  null: 'it was set to null',
  regenerated: 'regenerate() was called',
  explicit: 'save() was called or maxAge set',
};

const GOES_ON: Before[] = ['live', 'renewed'];
const GONE: Before[] = ['replaced', 'ended', 'left'];

/** The cells that a rule changes. If several apply, the first one counts. */
const EXCEPTIONS: readonly (readonly [Before[], Column[], keyof Rules, ActionKind, reason: string])[] = [
  [GOES_ON, ['same'], 'isDue', 'extend', 'it was used, so it lives longer'],
  [['live'], ['same'], 'needsReseal', 'resend', 'its cookie was made with an old key or during an outage'],
  [GOES_ON, ['empty'], 'isAway', 'update', 'no data is left in it, and the store cannot remove it now'],
  [['none'], ['empty'], 'isUnread', 'clear', 'it was set to an empty object'],
  [['renewed'], ['other', 'explicit', 'regenerated'], 'isLogin', 'replace', 'somebody logged in'],
  [GONE, ['regenerated'], 'isLogin', 'create', 'somebody logged in'],
  [['left'], ['other', 'explicit'], 'isLogin', 'create', 'somebody logged in'],
];

/** What a commit does, and why. */
export function decide(before: Before, after: After, rules: Rules): Action {
  const column = rules.isExplicit && after !== 'null' && after !== 'regenerated' ? 'explicit' : after;
  for (const [rows, columns, rule, kind, reason] of EXCEPTIONS) {
    if (rules[rule] && columns.includes(column) && rows.includes(before)) return { kind, reason };
  }
  const kind = TABLE[before][COLUMNS[column]];
  const isFirst = kind === 'create' && column === 'other';
  return { kind, reason: isFirst ? 'something was put into it' : REASONS[column] };
}
