import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Action, type ActionKind, type After, type Before, decide, type Rules } from './decide.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

const BEFORE: Before[] = ['none', 'live', 'renewed', 'replaced', 'ended', 'left', 'removed'];
const AFTER: After[] = ['same', 'other', 'empty', 'null', 'regenerated'];

/**
 * What a commit does if no rule says otherwise: a row for each Before, a column for each After, and one for
 * `isExplicit`.
 */
const TABLE = `
            same      other     empty     null      regenerated  explicit
  none      nothing   create    nothing   clear     create       create
  live      nothing   update    destroy   destroy   replace      update
  renewed   nothing   update    destroy   destroy   nothing      update
  replaced  nothing   discard   nothing   refuse    leave        discard
  ended     nothing   discard   nothing   nothing   leave        discard
  left      nothing   discard   nothing   nothing   nothing      discard
  removed   nothing   create    nothing   nothing   create       create
`;

interface Case extends Rules {
  before: Before;
  after: After;
}

interface Rule {
  name: string;
  holds: (given: Case) => boolean;
  kind: ActionKind;
  reason: string;
}

/** The rules that change a cell of the table. The first that holds decides; `isExplicit` precedes all of them. */
const RULES: Rule[] = [
  {
    name: 'an unchanged session that is due lives longer',
    holds: ({ before, after, isDue }) => ['live', 'renewed'].includes(before) && after === 'same' && isDue,
    kind: 'extend',
    reason: 'it was used, so it lives longer',
  },
  {
    name: 'an unchanged session whose cookie has an old key gets its cookie again',
    holds: ({ before, after, needsReseal }) => before === 'live' && after === 'same' && needsReseal,
    kind: 'resend',
    reason: 'its cookie was made with an old key or during an outage',
  },
  {
    name: 'an emptied session is written as empty while the store is unavailable',
    holds: ({ before, after, isAway }) => ['live', 'renewed'].includes(before) && after === 'empty' && isAway,
    kind: 'update',
    reason: 'no data is left in it, and the store cannot remove it now',
  },
  {
    name: '{} over a cookie that holds no session clears it',
    holds: ({ before, after, isUnread }) => before === 'none' && after === 'empty' && isUnread,
    kind: 'clear',
    reason: 'it was set to an empty object',
  },
  {
    name: 'a login by regenerate() after the session is gone starts a new session',
    holds: ({ before, after, isLogin }) =>
      ['replaced', 'ended', 'left'].includes(before) && after === 'regenerated' && isLogin,
    kind: 'create',
    reason: 'somebody logged in',
  },
];

/** Also after `save()`, which some recipes call once the user is in the session. */
const LOGIN_AFTER_REGENERATE: Rule = {
  name: 'a login after regenerate() starts a new session',
  holds: ({ before, after, isExplicit, isLogin }) =>
    before === 'left' && isLogin && (after === 'other' || (isExplicit && ['same', 'empty'].includes(after))),
  kind: 'create',
  reason: 'somebody logged in',
};

const LOGIN_BY_RENEWED_ID: Rule = {
  name: 'a login with a renewed id gets an id of its own',
  holds: ({ before, after, isExplicit, isLogin }) =>
    before === 'renewed' &&
    isLogin &&
    (['other', 'regenerated'].includes(after) || (isExplicit && ['same', 'empty'].includes(after))),
  kind: 'replace',
  reason: 'somebody logged in',
};

const REASONS: Record<After | 'explicit', string> = {
  same: 'nothing has changed',
  other: 'its data have changed',
  empty: 'no data is left in it',
  null: 'it was set to null',
  regenerated: 'regenerate() was called',
  explicit: 'save() was called or maxAge set',
};

const FIRST = 'something was put into it';

function specified(given: Case): Action {
  // null and regenerate() precede `isExplicit`.
  const isExplicit = given.isExplicit && ['same', 'other', 'empty'].includes(given.after);
  const login = [LOGIN_AFTER_REGENERATE, LOGIN_BY_RENEWED_ID].find(({ holds }) => holds(given));
  const rule = login ?? (isExplicit ? undefined : RULES.find(({ holds }) => holds(given)));
  if (rule) return { kind: rule.kind, reason: rule.reason };
  const column = isExplicit ? 'explicit' : given.after;
  const kind = cell(given.before, column);
  return { kind, reason: kind === 'create' && column === 'other' ? FIRST : REASONS[column] };
}

function cell(before: Before, column: After | 'explicit'): ActionKind {
  const [[...columns], ...rows] = TABLE.trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/)) as [string[], ...string[][]];
  const row = rows.find(([name]) => name === before) ?? [];
  return row[columns.indexOf(column) + 1] as ActionKind;
}

/** All 64 combinations of the six rules. */
const ALL_RULES: Rules[] = Array.from({ length: 64 }, (_, bits) => ({
  isExplicit: Boolean(bits & 1),
  isDue: Boolean(bits & 2),
  needsReseal: Boolean(bits & 4),
  isUnread: Boolean(bits & 8),
  isAway: Boolean(bits & 16),
  isLogin: Boolean(bits & 32),
}));

const CASES: Case[] = BEFORE.flatMap((before) =>
  AFTER.flatMap((after) => ALL_RULES.map((rules) => ({ before, after, ...rules }))),
);

const NO_RULE: Rules = {
  isExplicit: false,
  isDue: false,
  needsReseal: false,
  isUnread: false,
  isAway: false,
  isLogin: false,
};

function kindOf(before: Before, after: After, ...rules: (keyof Rules)[]): ActionKind {
  return decide(before, after, { ...NO_RULE, ...Object.fromEntries(rules.map((name) => [name, true])) }).kind;
}

describe('decide', () => {
  it('does what the table and the rules say, in all 2240 cases', () => {
    expect(CASES).toHaveLength(2240);
    const wrong = CASES.map((given) => ({
      given,
      expected: specified(given),
      actual: decide(given.before, given.after, given),
    })).filter(({ expected, actual }) => JSON.stringify(actual) !== JSON.stringify(expected));
    expect(wrong).toEqual([]);
  });

  it.each(RULES)('has a case in which $name', ({ holds, kind }) => {
    const plain = CASES.filter((given) => !given.isExplicit && holds(given));
    expect(plain.some((given) => cell(given.before, given.after) !== kind)).toBe(true);
  });

  it('gives a reason in words', () => {
    const reasons = new Set(CASES.map(({ before, after, ...rules }) => decide(before, after, rules).reason));
    expect(reasons.size).toBe(Object.keys(REASONS).length + RULES.length + 1);
    for (const reason of reasons) expect(reason).toMatch(/^[a-z][A-Za-z(), ]+$/);
  });

  it('is pure: it changes no argument, and returns a new object', () => {
    for (const { before, after, ...rules } of CASES) {
      const frozen = Object.freeze(rules);
      const first = decide(before, after, frozen);
      const again = { ...first };
      Object.assign(first, { kind: 'changed by the caller', reason: '' });
      expect(decide(before, after, frozen)).toEqual(again);
    }
  });
});

describe('by example', () => {
  it('does nothing for a visitor without a session, and creates one when a handler stores something', () => {
    expect(kindOf('none', 'same')).toBe('nothing');
    expect(kindOf('none', 'empty')).toBe('nothing');
    expect(kindOf('none', 'other')).toBe('create');
  });

  it('creates an empty session if save() is called', () => {
    expect(kindOf('none', 'empty', 'isExplicit')).toBe('create');
    expect(kindOf('live', 'empty', 'isExplicit')).toBe('update');
  });

  it('leaves an unchanged session alone unless its end is due or its cookie has an old key', () => {
    expect(kindOf('live', 'same')).toBe('nothing');
    expect(kindOf('live', 'same', 'isDue')).toBe('extend');
    expect(kindOf('live', 'same', 'needsReseal')).toBe('resend');
  });

  it('extends a session that is due rather than only sending its cookie again: that does both', () => {
    expect(kindOf('live', 'same', 'isDue', 'needsReseal')).toBe('extend');
  });

  it('updates a changed session, due or not', () => {
    expect(kindOf('live', 'other')).toBe('update');
    expect(kindOf('live', 'other', 'isDue', 'needsReseal')).toBe('update');
  });

  it('destroys a session that is emptied or set to null', () => {
    expect(kindOf('live', 'empty')).toBe('destroy');
    expect(kindOf('live', 'null')).toBe('destroy');
  });

  it('writes an emptied session as empty while the store is unavailable, since nothing can be removed there', () => {
    expect(kindOf('live', 'empty', 'isAway')).toBe('update');
    expect(kindOf('live', 'null', 'isAway')).toBe('destroy');
  });

  it('clears a cookie that holds no session when a handler sets {} over it', () => {
    expect(kindOf('none', 'empty', 'isUnread')).toBe('clear');
    expect(kindOf('none', 'null')).toBe('clear');
  });

  it('gives a session a new id when regenerate() is called, save() or not', () => {
    expect(kindOf('live', 'regenerated')).toBe('replace');
    expect(kindOf('live', 'regenerated', 'isExplicit')).toBe('replace');
    expect(kindOf('none', 'regenerated')).toBe('create');
  });

  it('lets a late request with a replaced id log in, and change nothing else', () => {
    expect(kindOf('replaced', 'other')).toBe('discard');
    expect(kindOf('replaced', 'null')).toBe('refuse');
    expect(kindOf('replaced', 'regenerated')).toBe('leave');
    expect(kindOf('replaced', 'regenerated', 'isLogin')).toBe('create');
  });

  it('does not bring back a session that another request has ended', () => {
    expect(kindOf('ended', 'other')).toBe('discard');
    expect(kindOf('ended', 'other', 'isLogin')).toBe('discard');
    expect(kindOf('ended', 'same', 'isDue')).toBe('nothing');
  });

  it('goes on without the session after regenerate(), until somebody logs in', () => {
    expect(kindOf('ended', 'regenerated')).toBe('leave');
    expect(kindOf('ended', 'regenerated', 'isLogin')).toBe('create');
    expect(kindOf('left', 'other')).toBe('discard');
    expect(kindOf('left', 'other', 'isLogin')).toBe('create');
  });

  it('gives no second id to a session that was renewed just now, and keeps the changes of a late request', () => {
    expect(kindOf('renewed', 'regenerated')).toBe('nothing');
    expect(kindOf('renewed', 'other')).toBe('update');
    expect(kindOf('renewed', 'same', 'needsReseal')).toBe('nothing');
    expect(kindOf('renewed', 'null')).toBe('destroy');
  });

  it('begins another session after this request has removed its first one', () => {
    expect(kindOf('removed', 'same')).toBe('nothing');
    expect(kindOf('removed', 'null')).toBe('nothing');
    expect(kindOf('removed', 'other')).toBe('create');
  });
});

describe('the table in README.md', () => {
  const ROWS: Record<string, Before> = {
    none: 'none',
    live: 'live',
    'renewed (`renewGrace`)': 'renewed',
    replaced: 'replaced',
    'ended elsewhere': 'ended',
    'replaced or ended, then left': 'left',
    'removed by this request': 'removed',
  };
  const COLUMNS: Record<string, [After, ...(keyof Rules)[]]> = {
    'untouched or same data': ['same'],
    'other data': ['other'],
    '`{}`': ['empty'],
    '`null`': ['null'],
    '`regenerate()`': ['regenerated'],
    '`save()` or `maxAge`': ['other', 'isExplicit'],
  };
  const [columns = [], , ...rows] = tableUnder('## What a commit does', 'before ↓, after →');

  it('has a row for each state before and a column for each after', () => {
    expect(columns.slice(1)).toEqual(Object.keys(COLUMNS));
    expect(rows.map(([name]) => name)).toEqual(Object.keys(ROWS));
  });

  it.each(rows)('says what decide answers: %s', (name = '', ...cells) => {
    const kinds = cells.map((text) => /^`(\w+)`/.exec(text)?.[1]);
    const before = ROWS[name] ?? 'none';
    expect(kinds).toEqual(Object.values(COLUMNS).map((column) => kindOf(before, ...column)));
  });
});

/** The cells of a table of README.md: head, line below the head, and rows. */
function tableUnder(heading: string, firstCell: string): string[][] {
  const [, section = ''] = README.split(`\n${heading}\n`);
  const lines = section.split(/\n## /, 1)[0]?.split('\n') ?? [];
  const start = lines.findIndex((line) => line.startsWith(`| ${firstCell}`));
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'));
  return lines.slice(start, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((text) => text.trim()),
  );
}
