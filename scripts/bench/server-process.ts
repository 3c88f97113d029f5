import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { builtFile } from './build.ts';
import type { Name } from './candidates.ts';
import { Connection } from './connection.ts';

/** A server in a process of its own. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #printed: () => string;
  #port = 0;

  private constructor(child: ChildProcess, printed: () => string) {
    this.#child = child;
    this.#printed = printed;
  }

  /**
   * @param env of its process, beside our own
   * @param execArgv options of Node
   */
  static async start(
    name: Name,
    env: Record<string, string> = {},
    execArgv: string[] = [],
  ): Promise<ServerProcess> {
    const child = fork(builtFile('server'), [name], {
      // Without what runs TypeScript in this process.
      execArgv,
      env: { ...process.env, NODE_ENV: 'production', ...env },
      // What the libraries print is not ours to show; what ends the process is.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let printed = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-2000);
    });
    const server = new ServerProcess(child, () => printed);
    server.#port = await server.#answer();
    return server;
  }

  connect(count: number): Promise<Connection[]> {
    return Promise.all(Array.from({ length: count }, () => Connection.open(this.#port)));
  }

  /** CPU time of the process so far, µs. */
  cpu(): Promise<number> {
    this.#child.send('cpu');
    return this.#answer();
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }

  /** The next message. A server that ends instead has said why. */
  async #answer(): Promise<number> {
    const left = new AbortController();
    const end = once(this.#child, 'close', { signal: left.signal }).then(([code]) => {
      throw new Error(`the server has ended with exit code ${code}: ${this.#printed()}`);
    });
    try {
      const message = once(this.#child, 'message', { signal: left.signal }) as Promise<[number]>;
      const [answer] = await Promise.race([message, end]);
      return answer;
    } finally {
      left.abort();
      end.catch(() => {});
    }
  }
}
