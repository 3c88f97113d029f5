// Makes apps from the package as their users would, and has each prove itself: its own checks, its own tests, and a
// server that answers. npm run test:create [-- <what>...], where <what> is e.g. redis or memory-minimal; all by default.
// The app with all examples on memory then loses one example after the other, and proves itself without them.
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

/** What an app weighs. */
interface Size {
  app: string;
  files: number;
  lines: number;
  /** CPU seconds of `npm test`, user and system. */
  cpu?: number;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((one) => !ALL.includes(one));
if (unknown.length > 0) {
  console.error(`There is no app ${unknown.join(', ')}: give some of ${ALL.join(', ')}, or nothing for all.`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'try-create-'));
const results: Result[] = [];
const sizes: Size[] = [];
try {
  const tarball = packCreate(folder);
  for (const app of wanted.length > 0 ? wanted : ALL) await tryApp(tarball, app);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const failed = results.filter(({ problem }) => problem !== undefined);
mkdirSync(join(ROOT, 'test-results'), { recursive: true });
const passed = results.length - failed.length;
writeFileSync(join(ROOT, 'test-results', 'create.json'), JSON.stringify({ passed, failed: failed.length }));
console.table(results.map(({ problem, ...result }) => ({ ...result, result: problem ?? 'passed' })));
console.table(sizes);
process.exitCode = failed.length > 0 ? 1 : 0;

type Step = [step: string, work: () => Promise<void>];

/** The steps of one app. Each needs the one before it. */
async function tryApp(tarball: string, app: string): Promise<void> {
  const [store = '', minimal] = app.split('-');
  const place = join(folder, app);
  const flags = ['--store', store, ...(minimal ? ['--minimal'] : []), '--no-git'];
  const size: Size = { app, files: 0, lines: 0 };
  sizes.push(size);
  const steps: Step[] = [
    [
      'create',
      () =>
        run(folder, [
          'npm',
          'exec',
          '--yes',
          `--package=${tarball}`,
          '--',
          'create-koa-session',
          app,
          ...flags,
        ]),
    ],
    ['size', async () => void Object.assign(size, sizeOf(place))],
    // A lock file that npm would write otherwise is one that it has to mend.
    ['lock file', () => expectLockFileToStand(place)],
    ['check', () => run(place, ['npm', 'run', 'check'])],
    ['test', () => testMeasured(place, size)],
    ['start', () => expectAnswer(place, store, '/login')],
    ...(app === 'memory' ? removals(place) : []),
  ];
  for (const [step, work] of steps) {
    const begun = Date.now();
    const result: Result = { app, step, seconds: 0 };
    results.push(result);
    try {
      await work();
    } catch (error) {
      result.problem = error instanceof Error ? error.message : String(error);
    }
    result.seconds = Math.round((Date.now() - begun) / 1000);
    if (result.problem !== undefined) return;
  }
}

/** Takes out one example after the other, and has what is left prove itself. */
function removals(place: string): Step[] {
  const names = readdirSync(join(ROOT, 'src', 'examples')).filter((name) =>
    existsSync(join(ROOT, 'src', 'examples', name, 'route.ts')),
  );
  return names.flatMap((name, nth): Step[] => [
    [`without ${name}`, () => run(place, ['npm', 'run', 'remove', '--', name])],
    ['its check', () => run(place, ['npm', 'run', 'check'])],
    ['its test', () => run(place, ['npm', 'run', nth < names.length - 1 ? 'test:unit' : 'test'])],
    ...(nth < names.length - 1
      ? [['its browser', () => run(place, ['npm', 'run', 'test:e2e', '--', 'e2e/examples'])] satisfies Step]
      : []),
  ]);
}

async function testMeasured(place: string, size: Size): Promise<void> {
  const script = 'TIMEFORMAT="%U %S"; { time npm test >&3 2>&3; } 3>&1 2>cpu.txt';
  await run(place, ['bash', '-c', script]);
  const [user, system] = readFileSync(join(place, 'cpu.txt'), 'utf8').split(' ').map(Number);
  rmSync(join(place, 'cpu.txt'));
  size.cpu = Math.round((user ?? 0) + (system ?? 0));
}

/** All but what is installed. */
function sizeOf(place: string): Omit<Size, 'app'> {
  const entries = readdirSync(place, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(place, join(parentPath, name)).replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('node_modules/'));
  const lines = paths.map((path) => codeLines(path, readFileSync(join(place, path), 'utf8')) ?? 0);
  return { files: paths.length, lines: lines.reduce((sum, one) => sum + one, 0) };
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

async function run(cwd: string, command: [string, ...string[]]): Promise<void> {
  console.log(`\n$ ${command.join(' ')}`);
  const child = start(cwd, command, {});
  child.stdout?.pipe(process.stdout);
  const limit = setTimeout(kill, LONGEST, child, 'SIGKILL');
  const [code, signal] = (await once(child, 'close').finally(() => clearTimeout(limit))) as [
    number | null,
    string | null,
  ];
  if (code !== 0)
    throw new Error(`${command.slice(0, 3).join(' ')} ended with ${signal ?? `exit code ${code}`}`);
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
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: process.platform !== 'win32',
    shell: process.platform === 'win32',
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
  if (child.pid === undefined || process.platform === 'win32') child.kill(signal);
  else process.kill(-child.pid, signal);
}
