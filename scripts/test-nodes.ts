// `npm run test:nodes [-- <major>...]`: the unit tests on each supported version of Node, and a table of the results. The
// versions of Node come from npm.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { JsonTestResults } from 'vitest/node';

const ROOT = join(import.meta.dirname, '..');
const PLACE = join(ROOT, 'node_modules', '.cache', 'nodes');
/** Of `npm run test:unit`. */
const REPORT = join(ROOT, 'test-results', 'unit.json');
const MAJORS = ['20', '22', '24', '26'];
const isWindows = process.platform === 'win32';

/** Installs the newest Node of a major version. @returns its program */
function install(major: string): string {
  // The package `node` installs this one by a script, which npm may not run.
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const name = `${prefix}-${isWindows ? 'win' : process.platform}-${process.arch}`;
  const place = join(PLACE, major);
  mkdirSync(place, { recursive: true });
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', '.', `${name}@${major}`];
  execFileSync('npm', args, { cwd: place, shell: isWindows, stdio: ['ignore', 'ignore', 'inherit'] });
  return join(place, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node');
}

/** Runs the unit tests. @returns a row of the table */
function test(major: string) {
  const program = install(major);
  const node = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
  console.log(`\nThe unit tests on Node ${node}`);
  rmSync(REPORT, { force: true });
  const start = performance.now();
  const { status } = spawnSync('npm', ['run', 'test:unit'], {
    cwd: ROOT,
    shell: isWindows,
    // The tests start all programs by name.
    env: { ...process.env, PATH: [dirname(program), process.env['PATH']].join(delimiter) },
    stdio: 'inherit',
  });
  const seconds = Math.round((performance.now() - start) / 1000);
  if (!existsSync(REPORT)) return { node, passed: 0, failed: 1, skipped: 0, seconds };
  const report = JSON.parse(readFileSync(REPORT, 'utf8')) as JsonTestResults;
  // A file that did not run has no failed test.
  const failed = status === 0 ? 0 : Math.max(1, report.numFailedTests);
  return { node, passed: report.numPassedTests, failed, skipped: report.numPendingTests, seconds };
}

const majors = process.argv.slice(2);
const results = (majors.length > 0 ? majors : MAJORS).map(test);
console.table(results);
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
