/**
 * What a request has of its session when it commits: nothing; one that can be gone on with; one that goes on under an id
 * that other requests carry; an id that was replaced by `regenerate()`; one that was ended while the request was under way;
 * either of the two, when a handler has asked for another by `regenerate()`; one that this request has removed.
 */
export type Before = 'none' | 'live' | 'renewed' | 'replaced' | 'ended' | 'left' | 'removed';

/** What the handlers have made of it. */
export type After = 'same' | 'other' | 'empty' | 'null' | 'regenerated';

/** What counts beside the two. */
export interface Rules {
  /** `save()` was called, or `maxAge` set. */
  isExplicit: boolean;
  /** Its end is to be moved although nothing has changed. */
  isDue: boolean;
  /** Its cookie was made with an old key. */
  needsReseal: boolean;
  /** A handler has set it to `{}` in cookie mode, and the request brings a cookie that no handler has read or that holds no session. */
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
  | 'refuse'
  /** Another request has ended it, and this one goes on without it. */
  | 'leave';

/** The reason is for events and pages. */
export type Action = { kind: ActionKind; reason: string };

/** `explicit` is for what `isExplicit` asks to be kept, whatever has changed. */
const COLUMNS = { same: 0, other: 1, empty: 2, null: 3, regenerated: 4, explicit: 5 } as const;

type Column = keyof typeof COLUMNS;

/** What a commit does if none of {@link Rules} says otherwise. README.md has the table with them. */
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

/** Where one of {@link Rules} says otherwise; the first that holds does. */
const EXCEPTIONS: readonly (readonly [Before[], Column, keyof Rules, ActionKind, reason: string])[] = [
  [GOES_ON, 'same', 'isDue', 'extend', 'it was used, so it lives longer'],
  [['live'], 'same', 'needsReseal', 'resend', 'its cookie was made with an old key or during an outage'],
  [GOES_ON, 'empty', 'isAway', 'update', 'no data is left in it, and the store cannot remove it now'],
  [['none'], 'empty', 'isUnread', 'clear', 'it was set to an empty object'],
  [['renewed'], 'other', 'isLogin', 'replace', 'somebody logged in'],
  [['renewed'], 'explicit', 'isLogin', 'replace', 'somebody logged in'],
  [['renewed'], 'regenerated', 'isLogin', 'replace', 'somebody logged in'],
  [GONE, 'regenerated', 'isLogin', 'create', 'somebody logged in'],
  [['left'], 'other', 'isLogin', 'create', 'somebody logged in'],
  [['left'], 'explicit', 'isLogin', 'create', 'somebody logged in'],
];

/** Pure. */
export function decide(before: Before, after: After, rules: Rules): Action {
  const column = rules.isExplicit && after !== 'null' && after !== 'regenerated' ? 'explicit' : after;
  for (const [rows, at, rule, kind, reason] of EXCEPTIONS) {
    if (at === column && rules[rule] && rows.includes(before)) return { kind, reason };
  }
  const kind = TABLE[before][COLUMNS[column]];
  const isFirst = kind === 'create' && column === 'other';
  return { kind, reason: isFirst ? 'something was put into it' : REASONS[column] };
}
