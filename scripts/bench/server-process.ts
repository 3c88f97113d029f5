import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Name } from './candidates.ts';
import { Connection } from './connection.ts';

const SERVER = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'bench', 'server.mjs');

/**
 * Makes JavaScript of `server.ts`. What runs TypeScript directly gives each function its name as it is made, and that
 * alone would take more time than some of what is measured.
 */
export async function buildServer(): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'server.ts')],
    outfile: SERVER,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'es2023',
    define: { 'import.meta.dirname': JSON.stringify(import.meta.dirname) },
  });
}

/** A server in a process of its own. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #printed: () => string;
  #port = 0;

  private constructor(child: ChildProcess, printed: () => string) {
    this.#child = child;
    this.#printed = printed;
  }

  /** @param flags for Node */
  static async start(
    name: Name,
    { flags = [], env = {} }: { flags?: string[]; env?: object } = {},
  ): Promise<ServerProcess> {
    const child = fork(SERVER, [name], {
      execArgv: flags,
      env: { ...process.env, NODE_ENV: 'production', ...env },
      // What the libraries print is not ours to show; what ends the process is.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let printed = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-2000);
    });
    const server = new ServerProcess(child, () => printed);
    const { port } = (await server.#answer()) as { port: number };
    server.#port = port;
    return server;
  }

  connect(count: number): Promise<Connection[]> {
    return Promise.all(Array.from({ length: count }, () => Connection.open(this.#port)));
  }

  /** CPU time of the process so far, in µs. */
  cpu(): Promise<number> {
    this.#child.send('cpu');
    return this.#answer() as Promise<number>;
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }

  /** The next message. A server that ends instead has said why. */
  async #answer(): Promise<unknown> {
    const left = new AbortController();
    const end = once(this.#child, 'close', { signal: left.signal }).then(([code]) => {
      throw new Error(`the server has ended with exit code ${code}: ${this.#printed()}`);
    });
    try {
      const message = once(this.#child, 'message', { signal: left.signal }) as Promise<[unknown]>;
      const [answer] = await Promise.race([message, end]);
      return answer;
    } finally {
      left.abort();
      end.catch(() => {});
    }
  }
}
