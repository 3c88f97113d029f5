// Makes apps from the package as their users would, and has each prove itself: its own checks, its own tests, and a
// server that answers. From the app with examples on memory the examples are then removed one after the other, and what
// is left proves itself again. npm run test:create [-- <what>...], where <what> is e.g. redis or memory-minimal; all by
// default.
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { startRedisServer } from '../../src/session/testing/redis-server.ts';
import { codeLines } from '../weight/count.ts';
import { STORES } from './choices.ts';
import { envWithout, killAll } from './commands.ts';
import { packCreate } from './pack.ts';
import { filesIn } from './testing/packed-program.ts';

const ALL = STORES.flatMap((store) => [store, `${store}-minimal`]);

/** Ms after which a command is killed, and a server that has not answered. */
const LONGEST = 15 * 60_000;
const ANSWER_LIMIT = 60_000;

/** `bash` measures the CPU seconds of a command and of all that it starts. */
const TIMED = `TIMEFORMAT='%U %S'; exec 4>&2; { time "$@" 2>&4; } 2>&3`;

/** The figures of an app. Its lines are those of code: ts, js and css, tests included. */
type Row = Record<string, string | number>;

const given = process.argv.slice(2);
const unknown = given.filter((one) => !ALL.includes(one));
if (unknown.length > 0) {
  console.error(`There is no app ${unknown.join(', ')}: give some of ${ALL.join(', ')}, or nothing for all.`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'try-create-'));
const rows: Record<string, Row> = {};
try {
  const tarball = packCreate(folder);
  for (const app of given.length > 0 ? given : ALL) {
    const row: Row = { result: 'passed' };
    rows[app] = row;
    await tryApp(tarball, app, row).catch((error: unknown) => {
      row['result'] = String(error);
      process.exitCode = 1;
    });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.table(rows);

/** Takes the steps of one app until one fails. */
async function tryApp(tarball: string, app: string, row: Row): Promise<void> {
  const [store = '', minimal] = app.split('-');
  const place = join(folder, app);
  const flags = ['--store', store, ...(minimal ? ['--minimal'] : []), '--no-git'];
  const begun = Date.now();
  const create = ['npm', 'exec', '--yes', `--package=${tarball}`, '--', 'create-koa-session', app];
  await run(folder, ...create, ...flags);
  row['seconds to create'] = Math.round((Date.now() - begun) / 1000);
  const files = filesIn(place);
  row['files'] = files.length;
  row['lines'] = files
    .map((path) => codeLines(path, readFileSync(join(place, path), 'utf8')) ?? 0)
    .reduce((sum, one) => sum + one, 0);
  await expectLockFileToStand(place);
  await run(place, 'npm', 'run', 'check');
  row['CPU seconds of npm test'] = await run(place, 'npm', 'test');
  await expectLogin(place, store);
  if (app !== 'memory') return;
  // The last one goes with all that they have in common.
  const examples = readdirSync(join(place, 'src/examples'));
  const names = examples.filter((name) => existsSync(join(place, 'src/examples', name, 'route.ts')));
  for (const name of names.slice(1)) {
    await run(place, 'npm', 'run', 'remove', '--', name);
    await run(place, 'npm', 'run', 'check');
    await run(place, 'npm', 'run', 'test:unit');
    await run(place, 'npm', 'run', 'test:e2e', '--', 'e2e/examples');
  }
  await run(place, 'npm', 'run', 'remove', '--', 'examples');
  await run(place, 'npm', 'run', 'check');
  await run(place, 'npm', 'test');
}

/** If npm changes the lock file, it had to repair it. */
async function expectLockFileToStand(place: string): Promise<void> {
  const file = join(place, 'package-lock.json');
  const before = readFileSync(file, 'utf8');
  const quiet = ['--no-audit', '--no-fund', '--omit-lockfile-registry-resolved'];
  await run(place, 'npm', 'install', '--package-lock-only', ...quiet);
  if (readFileSync(file, 'utf8') !== before) throw new Error('npm install has changed package-lock.json');
}

async function expectLogin(place: string, store: string): Promise<void> {
  const redis = store === 'redis' ? await startRedisServer() : undefined;
  const env = { PORT: '0', ...(redis && { REDIS_URL: redis.url }) };
  const server = start(place, ['npm', 'start'], ['ignore', 'pipe', 'inherit'], env);
  const ended = once(server, 'close');
  const limit = setTimeout(killAll, ANSWER_LIMIT, server, 'SIGKILL');
  try {
    const login = await fetch(`${await listening(server.stdout as Readable)}/login`, {
      method: 'POST',
      body: new URLSearchParams({ name: 'ada', password: 'correct horse battery' }),
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(10_000),
    });
    const answer = await login.text();
    if (login.status !== 200 || login.headers.getSetCookie().length !== 1) {
      throw new Error(`the login answered ${login.status}: ${answer}`);
    }
  } finally {
    clearTimeout(limit);
    killAll(server, 'SIGTERM');
    await ended;
    await redis?.dispose();
  }
}

async function listening(output: Readable): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [, url] = /Listening on (http:\/\/localhost:\d+)/.exec(line) ?? [];
    if (url !== undefined) return url;
    console.log(line);
  }
  throw new Error('the server ended before it listened');
}

/**
 * Runs a command.
 *
 * @returns the CPU seconds that it took with all that it has started
 */
async function run(cwd: string, ...command: string[]): Promise<number> {
  console.log(`\n$ ${command.join(' ')}`);
  const stdio: StdioOptions = ['ignore', 'inherit', 'inherit', 'pipe'];
  const child = start(cwd, ['bash', '-c', TIMED, 'bash', ...command], stdio);
  const limit = setTimeout(killAll, LONGEST, child, 'SIGKILL');
  const times = text(child.stdio[3] as Readable);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(limit);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${signal ?? `exit code ${code}`}`);
  const [user, system] = (await times).split(' ');
  return Math.round(Number(user) + Number(system));
}

/** Starts a program without the settings of npm and ours, and in a group that can be ended as a whole. */
function start(cwd: string, [program = '', ...args]: string[], stdio: StdioOptions, env = {}): ChildProcess {
  const ours = /^(npm_(?!config_(registry|cache)$)|INIT_CWD|SESSION_|REDIS_URL|PORT$|NODE_ENV$)/i;
  const outside = envWithout(ours, process.env);
  return spawn(program, args, { cwd, env: { ...outside, ...env }, stdio, detached: true });
}
