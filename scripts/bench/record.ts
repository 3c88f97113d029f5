import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { versionIn } from '../peers.ts';
import peersOfBench from './package.json' with { type: 'json' };
import { ROOT } from './peers.ts';
import type { Measured } from './sections.ts';

const RECORD = join(ROOT, 'docs', 'bench.json');

/** By what a run was made. */
export interface About {
  /** `2026-11-24` */
  date: string;
  node: string;
  machine: string;
  /** Processes that wanted a core in the last minute, when it was over. */
  load: number;
  packages: Record<string, string>;
}

/** All that is recorded: of each section what its last run has found. */
export interface Recorded {
  about: About;
  measured: Measured;
}

export function aboutThisRun(): About {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    machine: `${cpus()[0]?.model}, ${cpus().length} cores`,
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
    packages: {
      ...versionsIn(ROOT, ['koa', 'koa-session', 'redis']),
      ...versionsIn(import.meta.dirname, Object.keys(peersOfBench.dependencies)),
    },
  };
}

function versionsIn(folder: string, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, versionIn(folder, name)]));
}

/** @throws {Error} when nothing is recorded yet */
export function readRecorded(): Recorded {
  return JSON.parse(readFileSync(RECORD, 'utf8')) as Recorded;
}

/** @returns what is recorded then: what was measured, and of what was not what was there */
export function record(measured: Measured): Recorded {
  const former = existsSync(RECORD) ? readRecorded().measured : {};
  const recorded = { about: aboutThisRun(), measured: { ...former, ...measured } };
  writeFileSync(RECORD, `${JSON.stringify(recorded, undefined, 2)}\n`);
  return recorded;
}
