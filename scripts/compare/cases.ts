import { SetupError } from '../setup/setup-error.js';
import type { Case, Group } from './case.ts';
import { ATTRIBUTES, MISTAKES, OPTIONS } from './cases/cookies.ts';
import { EFFICIENCY, REACH } from './cases/fit.ts';
import { DATA, FLOWS, LIFETIMES } from './cases/sessions.ts';
import { RACES, RESTARTS, ROTATIONS } from './cases/transitions.ts';
import { ERRORS, SECURITY } from './cases/trouble.ts';

export const GROUPS: readonly Group[] = [
  FLOWS,
  LIFETIMES,
  RACES,
  ROTATIONS,
  RESTARTS,
  ATTRIBUTES,
  MISTAKES,
  DATA,
  OPTIONS,
  SECURITY,
  ERRORS,
  EFFICIENCY,
  REACH,
];

export const CASES: readonly Case[] = GROUPS.flatMap(({ cases }) => cases);

/** The groups and cases with these names; all without any. @throws {SetupError} for an unknown name */
export function chosen(names: readonly string[]): readonly Group[] {
  const wanted = names.map((name) => name.toLowerCase());
  const known = GROUPS.flatMap(({ name, cases }) => [name.toLowerCase(), ...cases.map(({ id }) => id)]);
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new SetupError(
      `--only ${unknown}: there is no such case or group. Give one of ${known.join(', ')}`,
    );
  }
  if (wanted.length === 0) return GROUPS;
  return GROUPS.map((group) => ({
    ...group,
    cases: group.cases.filter(({ id }) => wanted.includes(id) || wanted.includes(group.name.toLowerCase())),
  })).filter(({ cases }) => cases.length > 0);
}
