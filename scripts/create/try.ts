// Makes apps from the package as their users would, and has each prove itself: its own checks, its own tests, and a
// server that answers. Out of the one with examples on memory these are then taken, one after the other, and what is left
// proves itself again. npm run test:create [-- <what>...], where <what> is e.g. redis or memory-minimal; all by default.
// What was found is also written to test-results/create.json.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startRedisServer } from '../../src/session/testing/redis-server.ts';
import { codeLines } from '../weight/count.ts';
import { STORES } from './choices.ts';
import { packCreate } from './pack.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ALL = STORES.flatMap((store) => [store, `${store}-minimal`]);

/** Ms after which a command is given up. */
const LONGEST = 15 * 60_000;
/** Ms after which a server that has not answered is given up. */
const ANSWER_LIMIT = 60_000;

interface Result {
  app: string;
  step: string;
  seconds: number;
  problem?: string;
}

/** What there is to say of an app that was made. */
interface Measured {
  files: number;
  /** Of code: ts, js and css, tests included. */
  lines: number;
  'seconds to create': number;
  'CPU seconds of npm test'?: number;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((one) => !ALL.includes(one));
if (unknown.length > 0) {
  console.error(`There is no app ${unknown.join(', ')}: give some of ${ALL.join(', ')}, or nothing for all.`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'try-create-'));
const results: Result[] = [];
const apps: Record<string, Measured> = {};
try {
  const tarball = packCreate(folder);
  for (const app of wanted.length > 0 ? wanted : ALL) await tryApp(tarball, app);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const failed = results.filter(({ problem }) => problem !== undefined);
mkdirSync(join(ROOT, 'test-results'), { recursive: true });
const passed = results.length - failed.length;
writeFileSync(
  join(ROOT, 'test-results', 'create.json'),
  JSON.stringify({ passed, failed: failed.length, apps }),
);
console.table(results.map(({ problem, ...result }) => ({ ...result, result: problem ?? 'passed' })));
console.table(apps);
process.exitCode = failed.length > 0 ? 1 : 0;

/** The steps of one app. Each needs the one before it. */
async function tryApp(tarball: string, app: string): Promise<void> {
  const [store = '', minimal] = app.split('-');
  const place = join(folder, app);
  const flags = ['--store', store, ...(minimal ? ['--minimal'] : []), '--no-git'];
  const program = ['npm', 'exec', '--yes', `--package=${tarball}`, '--', 'create-koa-session'] as const;
  const begun = Date.now();
  let isGood = await step(app, 'create', async () => {
    await run(folder, [...program, app, ...flags]);
    apps[app] = { ...sizeOf(place), 'seconds to create': secondsSince(begun) };
  });
  const steps: [name: string, work: () => Promise<unknown>][] = [
    // A lock file that npm would write otherwise is one that it has to mend.
    ['lock file', () => expectLockFileToStand(place)],
    ['check', () => run(place, ['npm', 'run', 'check'])],
    [
      'test',
      async () => {
        const seconds = await run(place, ['npm', 'test']);
        Object.assign(apps[app] ?? {}, { 'CPU seconds of npm test': seconds });
      },
    ],
    ['start', () => expectAnswer(place, store, '/login')],
  ];
  for (const [name, work] of steps) isGood &&= await step(app, name, work);
  if (app !== 'memory' || !isGood) return;
  // The last one goes with all that they have in common.
  const examples = readdirSync(join(place, 'src/examples'));
  const names = examples.filter((name) => existsSync(join(place, 'src/examples', name, 'route.ts')));
  for (const name of [...names.slice(1), 'examples']) {
    const tests = name === 'examples' ? ['test'] : ['test:unit', 'test:e2e'];
    isGood &&= await step(app, `remove ${name}`, async () => {
      await run(place, ['npm', 'run', 'remove', '--', name]);
      for (const script of ['check', ...tests]) {
        await run(place, ['npm', 'run', script, ...(script === 'test:e2e' ? ['--', 'e2e/examples'] : [])]);
      }
    });
  }
}

/** Notes what came of a step, and answers whether it has passed. */
async function step(app: string, name: string, work: () => Promise<unknown>): Promise<boolean> {
  const begun = Date.now();
  const failure = await work().then(
    () => undefined,
    (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }),
  );
  results.push({ app, step: name, seconds: secondsSince(begun), ...failure });
  return failure === undefined;
}

function secondsSince(time: number): number {
  return Math.round((Date.now() - time) / 1000);
}

/** Counts what was made, without what was installed. */
function sizeOf(place: string): Pick<Measured, 'files' | 'lines'> {
  const top = readdirSync(place, { withFileTypes: true }).filter(({ name }) => name !== 'node_modules');
  const files = top.flatMap((entry) => {
    if (entry.isFile()) return [entry.name];
    const below = readdirSync(join(place, entry.name), { recursive: true, withFileTypes: true });
    return below
      .filter((one) => one.isFile())
      .map(({ parentPath, name }) => relative(place, join(parentPath, name)));
  });
  const lines = files.map((path) => codeLines(path, readFileSync(join(place, path), 'utf8')) ?? 0);
  return { files: files.length, lines: lines.reduce((sum, one) => sum + one, 0) };
}

async function expectLockFileToStand(place: string): Promise<void> {
  const file = join(place, 'package-lock.json');
  const before = readFileSync(file, 'utf8');
  await run(place, [
    'npm',
    'install',
    '--package-lock-only',
    '--no-audit',
    '--no-fund',
    '--omit-lockfile-registry-resolved',
  ]);
  if (readFileSync(file, 'utf8') !== before) throw new Error('npm install has changed package-lock.json');
}

async function expectAnswer(place: string, store: string, path: string): Promise<void> {
  const redis = store === 'redis' ? await startRedisServer() : undefined;
  const server = start(place, ['npm', 'start'], {
    PORT: '0',
    ...(redis && { REDIS_URL: redis.url }),
  });
  const limit = setTimeout(kill, ANSWER_LIMIT, server, 'SIGKILL');
  try {
    const url = await listening(server);
    const form = new URLSearchParams({ name: 'ada', password: 'correct horse battery' });
    const headers = { accept: 'application/json' };
    const login = await fetch(url + path, {
      method: 'POST',
      body: form,
      headers,
      signal: AbortSignal.timeout(10_000),
    });
    const answer: unknown = await login.json();
    if (login.status !== 200 || login.headers.getSetCookie().length !== 1) {
      throw new Error(`the login answered ${login.status}: ${JSON.stringify(answer)}`);
    }
  } finally {
    clearTimeout(limit);
    // One that has ended by itself says no more that it has.
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'close');
      kill(server, 'SIGTERM');
      await ended;
    }
    await redis?.dispose();
  }
}

async function listening(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('the server has no output');
  const lines: string[] = [];
  for await (const line of createInterface({ input: server.stdout })) {
    const [, url] = /Listening on (http:\/\/localhost:\d+)/.exec(line) ?? [];
    if (url !== undefined) return url;
    lines.push(line);
  }
  throw new Error(`the server ended before it listened: ${lines.slice(-5).join(' ')}`);
}

/** Runs a command with `bash`, which knows what its children took, and theirs: CPU seconds, its answer. */
async function run(cwd: string, command: readonly [string, ...string[]]): Promise<number> {
  console.log(`\n$ ${command.join(' ')}`);
  const child = start(cwd, ['bash', '-c', '"$@"; code=$?; times >&3; exit $code', 'bash', ...command], {});
  child.stdout?.pipe(process.stdout);
  const times = text(child.stdio[3] as Readable);
  const limit = setTimeout(kill, LONGEST, child, 'SIGKILL');
  const [code, signal] = (await once(child, 'close').finally(() => clearTimeout(limit))) as [
    number | null,
    string | null,
  ];
  if (code !== 0)
    throw new Error(`${command.slice(0, 3).join(' ')} ended with ${signal ?? `exit code ${code}`}`);
  // Two of bash itself, then those of its children: '1m2.345s 0m6.789s'.
  const taken = Array.from(
    (await times).matchAll(/(\d+)m([\d.]+)s/g),
    ([, m, s]) => 60 * Number(m) + Number(s),
  );
  return Math.round(taken.slice(2).reduce((sum, one) => sum + one, 0));
}

/** In a group of its own, so that all that it starts ends with it. */
function start(
  cwd: string,
  [program, ...args]: [string, ...string[]],
  env: Record<string, string>,
): ChildProcess {
  return spawn(program, args, {
    cwd,
    env: { ...outside(), ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    detached: true,
  });
}

/** The environment as it was before npm and our own settings. */
function outside(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_(?!config_(registry|cache)$)|INIT_CWD|SESSION_|REDIS_URL|PORT$|NODE_ENV$)/i.test(name),
    ),
  );
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) child.kill(signal);
  else process.kill(-child.pid, signal);
}
