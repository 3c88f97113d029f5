import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

// The set-up may have linked a server there. Not every package manager adds this folder to the PATH.
const env = { PATH: [process.env['PATH'], resolve('node_modules', '.bin')].join(delimiter) };

const PROGRAMS = ['redis-server', 'valkey-server'];
const program = PROGRAMS.find((name) => spawnSync(name, ['--version'], { env }).status === 0) ?? '';

/**
 * Whether tests that need a server can run; if not, a warning says so.
 *
 * @throws {Error} if they cannot and `CI` is set
 */
export function hasRedisServer(): boolean {
  if (program) return true;
  const message = `NOT RUN: the tests on Redis. Neither ${PROGRAMS.join(' nor ')} is on the PATH: install one.`;
  if (process.env['CI']) throw new Error(message);
  console.warn(message);
  return false;
}

/** A server for tests, on a free port of the loopback interface. */
export type RedisServer = Awaited<ReturnType<typeof startRedisServer>>;

/** @param settings lines as `redis.conf` has them, e.g. `'requirepass secret'` */
export async function startRedisServer(...settings: string[]) {
  const directory = await mkdtemp(join(tmpdir(), 'redis-'));
  const file = join(directory, 'redis.conf');
  const port = await freePort();
  const own = [`port ${port}`, 'bind 127.0.0.1', `dir ${directory}`, 'save ""'];
  await writeFile(file, [...own, ...settings].join('\n'));
  const args = settings.some((line) => line.startsWith('sentinel ')) ? [file, '--sentinel'] : [file];
  let child = await spawnReady(args);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    /** Starts it again, on the same port, after `kill`. */
    async start(): Promise<void> {
      child = await spawnReady(args);
    },
    /** Lets it hang: its connections stay open and nothing answers. */
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    /** Kills it and removes its directory. */
    async dispose(): Promise<void> {
      await kill();
      await rm(directory, { recursive: true });
    },
  };
}

const started: ChildProcess[] = [];
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

/** Starts a server, and waits until it accepts connections. */
async function spawnReady(args: string[]): Promise<ChildProcess> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  await new Promise<void>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      if (/Ready to accept connections|Sentinel ID is/.test(output)) resolve();
    });
    child.once('error', reject).once('exit', () => reject(new Error(`Redis does not start:\n${output}`)));
  });
  return child;
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
