import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type AppServer, MINUTE, SECOND, startApp } from '../../e2e/app-server.ts';
import { parseRedisUrl } from '../../src/redis/redis-target.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../src/session/testing/redis-server.ts';
import type { StorageName } from '../../src/storages/storages.ts';
import { type Seen, shownResponse, withOutput } from './dialogue.ts';

const START = Date.parse('2026-12-01T12:00:00Z');
const LIMIT = { timeout: 2 * MINUTE };

describe.each(['README.md', 'docs/flows.md'])('%s', (path) => {
  const canRun = path === 'README.md' || hasRedisServer();
  it.skipIf(!canRun)(
    'shows what its commands print (npx vitest run scripts/docs -u writes it)',
    LIMIT,
    async () => {
      ['bash', 'curl'].forEach(requireProgram);
      const text = await readFile(path, 'utf8');
      const functions = /^```sh\n(j\(\) [^]*?)^```$/m.exec(text)?.[1] ?? '';
      let written = '';
      for (const section of text.split(/^(?=## )/m)) written += await new Visitor(functions).play(section);
      await expect(written).toMatchFileSnapshot(resolve(path));
    },
  );
});

/** Types the commands of one section, in an empty folder and with a new app. */
class Visitor {
  readonly #functions: string;
  readonly #seen: Seen = {};
  #folder = '';
  #app: AppServer | undefined;
  #redis: RedisServer | undefined;

  constructor(functions: string) {
    this.#functions = functions;
  }

  /** Returns the section with the output of today. */
  async play(section: string): Promise<string> {
    this.#folder = await mkdtemp(join(tmpdir(), 'flows-'));
    try {
      await this.#startApp('memory');
      return await withOutput(section, (command, names) => this.#type(command, names));
    } finally {
      await this.#app?.close();
      await this.#redis?.dispose();
      await rm(this.#folder, { recursive: true });
    }
  }

  /** Commands that would take time or a fixed port are played here. */
  async #type(command: string, names: string[]): Promise<string> {
    const [program = '', ...words] = command.split(' ');
    if (program.startsWith('SESSION_STORE=')) await this.#startApp(program.split('=')[1] as StorageName);
    else if (program === 'sleep') this.#app?.clock.advance(Number(words[0]) * SECOND);
    else if (program === 'redis-server') await this.#startRedis(words);
    else if (program === 'kill') await this.#redis?.kill();
    else return shownResponse(await this.#run(command), names, this.#seen);
    return '';
  }

  async #run(command: string): Promise<string> {
    const script = `${this.#functions}\n${command}`.replaceAll('http://localhost:3000', this.#app?.url ?? '');
    // A home without settings of curl, and no proxy. A command may wait for the app to find Redis again.
    const env = { PATH: process.env['PATH'], HOME: this.#folder };
    const options = { cwd: this.#folder, env, timeout: MINUTE };
    const { stdout } = await promisify(execFile)('bash', ['-c', script], options);
    return stdout;
  }

  async #startApp(sessionStore: StorageName): Promise<void> {
    await this.#app?.close();
    const redis = this.#redis && parseRedisUrl(this.#redis.url);
    this.#app = await startApp({ sessionStore, redis });
    const { clock } = this.#app;
    clock.advance(START - clock.now());
  }

  /** The options stand before `&`. A server that was killed starts again with its files. */
  async #startRedis(words: string[]): Promise<void> {
    if (this.#redis) await this.#redis.start();
    else this.#redis = await startRedisServer(...words.slice(0, words.indexOf('&')));
  }
}

function requireProgram(program: string): void {
  if (spawnSync(program, ['--version']).status === 0) return;
  throw new Error(
    `The commands of the documents were not run: there is no ${program} on the PATH. Install it and try again.`,
  );
}
