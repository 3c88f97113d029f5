import { expect } from 'vitest';
import { type ActionKind, type After, type Before, decide } from '../../core/decide.ts';
import type { Observation, Told } from './side.ts';

/** The actions of `decide` that each event may report. */
const ACTIONS: Record<Told['name'], readonly ActionKind[]> = {
  created: ['create'],
  // `beforeSave` may change a session that was only to be extended, or undo a change.
  saved: ['update', 'extend'],
  renewed: ['update', 'extend'],
  reissued: ['resend'],
  regenerated: ['create', 'replace'],
  destroyed: ['destroy', 'clear'],
};

const BEFORE: Before[] = ['none', 'live', 'replaced', 'ended', 'removed'];
const AFTER: After[] = ['same', 'other', 'empty', 'null', 'regenerated'];

/** The reasons that `decide` gives for each action. */
const REASONS = new Map<ActionKind, Set<string>>();
for (const before of BEFORE) {
  for (const after of AFTER) {
    for (let bits = 0; bits < 64; bits += 1) {
      const [isExplicit, isDue, needsReseal, isUnread, isAway, isLogin] = [1, 2, 4, 8, 16, 32].map(
        (bit) => (bits & bit) !== 0,
      ) as [boolean, boolean, boolean, boolean, boolean, boolean];
      const { kind, reason } = decide(before, after, {
        isExplicit,
        isDue,
        needsReseal,
        isUnread,
        isAway,
        isLogin,
      });
      REASONS.set(kind, (REASONS.get(kind) ?? new Set()).add(reason));
    }
  }
}

/** Requires that store and cookie were changed exactly as the events report. */
export function requireDecided({ calls, told, setCookie }: Observation, isInStore: boolean): void {
  for (const { name, reason } of told) {
    // The old id of a session is destroyed along with the write under the new one.
    if (reason === 'another session has taken its place') expect(name).toBe('destroyed');
    else expect(ACTIONS[name].some((kind) => REASONS.get(kind)?.has(reason ?? ''))).toBe(true);
  }
  if (isInStore) requireCalls(calls, told);
  else requireCookie(setCookie, told);
}

function requireCalls(calls: Observation['calls'], told: Told[]): void {
  const written = calls
    .filter(({ method }) => method === 'set')
    .map(({ id, former, changed }) => [former === undefined ? 'created' : changed ? 'saved' : 'renewed', id]);
  const reported = told
    .filter(({ name }) => name !== 'destroyed' && name !== 'reissued')
    .map(({ name, key }) => [name === 'regenerated' ? 'created' : name, key]);
  expect(written).toEqual(reported);
  const ended = told.filter(({ name }) => name === 'destroyed').map(({ key }) => key);
  const removed = calls.filter(({ method }) => method === 'destroy').map(({ id }) => id);
  const left = removed.filter((id) => !ended.includes(id));
  expect(left.length).toBeLessThanOrEqual(told.filter(({ name }) => name === 'regenerated').length);
  expect(ended.filter((key) => key !== undefined && !removed.includes(key))).toEqual([]);
}

/** The session is in the cookie, whose last line counts. */
function requireCookie(setCookie: Observation['setCookie'], told: Told[]): void {
  const cookie = setCookie.find(({ name }) => !name.endsWith('.sig'));
  const last = told.at(-1)?.name;
  if (last === undefined) expect(cookie?.value ?? '').toBe('');
  else expect(cookie && cookie.value !== '').toBe(last !== 'destroyed');
}
