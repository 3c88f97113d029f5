// `npm run test:nodes [-- <major>...]`: the unit tests on each version of Node that is supported, and a table of what came
// of it. The versions come from npm.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PLACE = join(ROOT, 'node_modules', '.cache', 'nodes');
/** Of `npm run test:unit`. */
const REPORT = join(ROOT, 'test-results', 'unit.json');
const MAJORS = ['20', '22', '24', '26'];
const isWindows = process.platform === 'win32';

/** As far as it is needed of vitest's report. */
interface Report {
  numPassedTests: number;
  numPendingTests: number;
  testResults: { name: string; status: string; assertionResults: { status: string; fullName: string }[] }[];
}

interface Result {
  node: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
}

/** Installs the newest Node of a version. @returns its program */
function install(major: string): string {
  // What the package `node` installs, which asks npm to run a script for that.
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const name = `${prefix}-${isWindows ? 'win' : process.platform}-${process.arch}`;
  const place = join(PLACE, major);
  mkdirSync(place, { recursive: true });
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', '.', `${name}@${major}`];
  execFileSync('npm', install, { cwd: place, shell: isWindows, stdio: ['ignore', 'ignore', 'inherit'] });
  return join(place, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node');
}

/** @returns what is to be shown of it */
function test(major: string): Result {
  const program = install(major);
  const node = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
  console.log(`\nThe unit tests on Node ${node}`);
  rmSync(REPORT, { force: true });
  const begun = performance.now();
  const { status } = spawnSync('npm', ['run', 'test:unit'], {
    cwd: ROOT,
    shell: isWindows,
    // All programs that it starts are started by name.
    env: { ...process.env, PATH: [dirname(program), process.env['PATH']].join(delimiter) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const seconds = Math.round((performance.now() - begun) / 1000);
  if (!existsSync(REPORT)) return { node, passed: 0, failed: 1, skipped: 0, seconds };
  const report = JSON.parse(readFileSync(REPORT, 'utf8')) as Report;
  const failures = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [`${name}: it did not run`];
    return failed.map(({ fullName }) => `${name}: ${fullName}`);
  });
  for (const failure of failures) console.log(`FAILED ${failure.replace(ROOT, '')}`);
  const failed = failures.length === 0 && status !== 0 ? 1 : failures.length;
  return { node, passed: report.numPassedTests, failed, skipped: report.numPendingTests, seconds };
}

const majors = process.argv.slice(2);
const results = (majors.length > 0 ? majors : MAJORS).map(test);
console.table(results);
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
