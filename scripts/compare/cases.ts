import { SetupError } from '../setup/setup-error.js';
import type { Case, Group } from './case.ts';
import { COOKIES } from './cases/cookies.ts';
import { FIT } from './cases/fit.ts';
import { SESSIONS } from './cases/sessions.ts';
import { TRANSITIONS } from './cases/transitions.ts';
import { TROUBLE } from './cases/trouble.ts';

export const GROUPS: readonly Group[] = [...SESSIONS, ...TRANSITIONS, ...COOKIES, ...TROUBLE, ...FIT];

export const CASES: readonly Case[] = GROUPS.flatMap(({ cases }) => cases);

/** The groups and cases with these names; all without any. @throws {SetupError} for an unknown name */
export function chosen(names: readonly string[]): readonly Group[] {
  const wanted = names.map((name) => name.toLowerCase());
  const known = GROUPS.flatMap(({ name, cases }) => [name.toLowerCase(), ...cases.map(({ id }) => id)]);
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new SetupError(`--only ${unknown}: no such case or group. Give one of ${known.join(', ')}`);
  }
  const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name.toLowerCase());
  return GROUPS.map((group) => {
    const cases = isWanted(group.name) ? group.cases : group.cases.filter(({ id }) => isWanted(id));
    return { ...group, cases };
  }).filter(({ cases }) => cases.length > 0);
}
