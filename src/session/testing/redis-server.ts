import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

/** A Redis or Valkey server for tests: on a free port of the loopback interface, with a directory of its own. */
export interface RedisServer {
  port: number;
  /** `redis://127.0.0.1:<port>` */
  url: string;
  /** Kills it, as a power cut would: nothing is written or closed. */
  kill(): Promise<void>;
  /** Lets it hang: its connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Starts it again, on the same port and directory, after `kill` or `close`. */
  start(): Promise<void>;
  /** Shuts it down in order. The directory stays. */
  close(): Promise<void>;
  /** Kills it and removes its directory. */
  dispose(): Promise<void>;
}

/** The server's program: the first of these that is on the PATH. */
const PROGRAMS = ['redis-server', 'valkey-server'];

/** Where the set-up may have linked a server. Not every package manager adds this folder to the PATH. */
const LINKED = resolve('node_modules', '.bin');

/** Ms within which a server has to answer. */
const START_LIMIT = 60_000;

/** Undefined when this machine has none. */
export function findRedisServer(path = process.env['PATH'] ?? ''): string | undefined {
  const folders = [...path.split(delimiter).filter(Boolean), LINKED];
  const places = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  return places.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Whether tests that need a server can run. If not, a warning says so, since tests that do not run prove nothing.
 * @throws {Error} if they cannot and `CI` is set
 */
export function hasRedisServer(): boolean {
  if (findRedisServer() !== undefined) return true;
  const message =
    'NOT RUN: the tests of RedisStore. There is neither redis-server nor valkey-server on the PATH; install one ' +
    '(Debian and Ubuntu: apt-get install redis-server, macOS: brew install redis).';
  if (process.env['CI']) throw new Error(message);
  console.warn(`\n${'!'.repeat(100)}\n${message}\n${'!'.repeat(100)}\n`);
  return false;
}

/** @param args settings as `redis-server` takes them, e.g. `'--appendonly', 'yes'` */
export async function startRedisServer(...args: string[]): Promise<RedisServer> {
  const program = findRedisServer();
  if (!program) throw new Error('there is neither redis-server nor valkey-server on the PATH');
  const directory = await mkdtemp(join(tmpdir(), 'redis-'));
  // Another process may take the port before the server starts.
  for (let attempt = 1; ; attempt += 1) {
    const server = new Server(program, directory, await freePort(), args);
    try {
      await server.start();
      return server;
    } catch (error) {
      if (attempt < 5) continue;
      await server.dispose();
      throw error;
    }
  }
}

class Server implements RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #program: string;
  readonly #directory: string;
  readonly #args: string[];
  #child: ChildProcess | undefined;
  readonly #killWithUs = (): void => void this.#child?.kill('SIGKILL');

  constructor(program: string, directory: string, port: number, args: string[]) {
    this.#program = program;
    this.#directory = directory;
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#args = args;
  }

  async start(): Promise<void> {
    const own = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#directory, '--save', ''];
    const child = spawn(this.#program, [...own, ...this.#args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-5000);
      });
    }
    process.on('exit', this.#killWithUs);
    const limit = performance.now() + START_LIMIT;
    while (!(await answers(this.port))) {
      if (child.exitCode === null && performance.now() < limit) continue;
      child.kill('SIGKILL');
      throw new Error(`${this.#program} does not start on port ${this.port}:\n${output}`);
    }
    if (child.exitCode !== null) throw new Error(`another server has port ${this.port}:\n${output}`);
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  close(): Promise<void> {
    this.resume();
    return this.#end('SIGTERM');
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    process.off('exit', this.#killWithUs);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

/** Whether a server answers on the port. A demand for a password is an answer; a server that still loads has none. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return !reply.toString().startsWith('-LOADING');
  } catch {
    await new Promise((done) => setTimeout(done, 10));
    return false;
  } finally {
    socket.destroy();
  }
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (!address || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
