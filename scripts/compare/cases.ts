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
