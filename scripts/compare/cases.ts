import { SetupError } from '../setup/setup-error.js';
import type { Case, Group } from './case.ts';
import { ATTRIBUTES } from './cases/attributes.ts';
import { DATA } from './cases/data.ts';
import { EFFICIENCY } from './cases/efficiency.ts';
import { ERRORS } from './cases/errors.ts';
import { FLOWS } from './cases/flows.ts';
import { LIFETIMES } from './cases/lifetimes.ts';
import { MISTAKES } from './cases/mistakes.ts';
import { OPTIONS } from './cases/options.ts';
import { RACES } from './cases/races.ts';
import { REACH } from './cases/reach.ts';
import { RESTARTS } from './cases/restarts.ts';
import { ROTATIONS } from './cases/rotations.ts';
import { SECURITY } from './cases/security.ts';

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
