import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../../src/set-cookie/index.ts';
import type { Observation } from './observation.ts';

export const RECORDED = fileURLToPath(new URL('../../docs/browsers.json', import.meta.url));
export const TABLE = fileURLToPath(new URL('../../docs/browsers.md', import.meta.url));

/** What was observed on one day; docs/browsers.md is made from it. */
export interface Recorded {
  /** '2026-11-24' */
  date: string;
  engines: Record<Engine, { version: string; driver: string }>;
  /** By title of the group and of the case. */
  observed: Record<string, Record<string, Record<Engine, Observation>>>;
}

/** undefined before the first run of `npm run browsers`. */
export function readRecorded(): Recorded | undefined {
  if (!existsSync(RECORDED)) return undefined;
  return JSON.parse(readFileSync(RECORDED, 'utf8')) as Recorded;
}
