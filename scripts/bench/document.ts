import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { versionIn } from '../peers.ts';
import { withTables } from '../scale/markdown.ts';
import { ROOT } from './build.ts';
import peersOfBench from './package.json' with { type: 'json' };

export function writeTables(tables: string[]): void {
  for (const path of [join(ROOT, 'docs', 'bench.md'), join(ROOT, 'README.md')]) {
    writeFileSync(path, withResults(readFileSync(path, 'utf8'), tables, lastRun()));
  }
}

/** Replaces the tables of the text that have the same first cell, and the line about the last run. */
export function withResults(text: string, tables: string[], run: string): string {
  const own = tables.filter((table) => text.includes(`\n${table.slice(0, table.indexOf(' |', 2))}`));
  return withTables(text, own).replace(/^Last run on .*/m, run);
}

/** What was measured, and with what. */
function lastRun(): string {
  const packages = [
    ...versionsIn(ROOT, ['koa', 'koa-session', 'redis']),
    ...versionsIn(import.meta.dirname, Object.keys(peersOfBench.dependencies)),
  ];
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus()[0]?.model}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`;
  return `Last run on ${date}: Node ${process.versions.node}, ${machine}; ${packages.join(', ')}.`;
}

function versionsIn(folder: string, names: string[]): string[] {
  return names.map((name) => `${name} ${versionIn(folder, name)}`);
}
