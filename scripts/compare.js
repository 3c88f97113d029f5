/**
 * Runs the check of each of koa-session's defects on this session layer and on koa-session itself, and prints both
 * results in one table. `npm run compare`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SUITE = 'src/session/defects.test.ts';
const folder = mkdtempSync(join(tmpdir(), 'compare-'));
const file = join(folder, 'results.json');
const vitest = join(import.meta.dirname, '..', 'node_modules', 'vitest', 'vitest.mjs');
const run = spawnSync(
  process.execPath,
  [vitest, 'run', SUITE, '--reporter=json', `--outputFile.json=${file}`],
  { encoding: 'utf8' },
);

/** @type {Map<string, { ours?: string, koaSession?: string, why?: string }>} */
const rows = new Map();
for (const test of resultsOf(file)) {
  const [name = ''] = test.ancestorTitles;
  if (name === '') continue;
  const row = rows.get(name) ?? {};
  rows.set(name, row);
  if (test.title === 'holds here') {
    row.ours = test.status === 'passed' ? 'passes' : `FAILS: ${oneLine(test.failureMessages[0])}`;
  } else {
    // The test passes when koa-session fails the check as it is known to.
    row.koaSession = test.meta?.koaSession === undefined ? 'PASSES' : 'fails';
    row.why = test.status === 'passed' ? oneLine(test.meta?.koaSession) : 'FAILS OTHERWISE';
  }
}
rmSync(folder, { recursive: true });

const width = Math.max(...[...rows.keys()].map((name) => name.length));
console.log(`${'Check, by number of the defect'.padEnd(width)}  Ours    koa-session 7.0.2`);
for (const [name, { ours, koaSession, why }] of rows) {
  console.log(`${name.padEnd(width)}  ${ours?.padEnd(6)}  ${koaSession}: ${why}`);
}
const defects = new Set([...rows.keys()].map((name) => Number.parseInt(name, 10)));
const bad = [...rows.values()].filter((row) => row.ours !== 'passes' || row.koaSession !== 'fails');
console.log(
  `\n${defects.size} defects, ${rows.size} checks: ours passes ${rows.size - bad.length}, koa-session fails them.`,
);
process.exitCode = run.status === 0 && rows.size > 0 && bad.length === 0 ? 0 : 1;
if (process.exitCode !== 0) console.error(run.stderr);

/** @param {string} path */
function resultsOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).testResults.flatMap(
    (/** @type {{ assertionResults: unknown[] }} */ one) => one.assertionResults,
  );
}

/** @param {string | undefined} text */
function oneLine(text = '') {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
