import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { until } from './redis-fixtures.ts';
import { findRedisServer, freePort, type RedisServer, startRedisServer } from './redis-server.ts';

/** The name by which the sentinels know the master. */
export const MASTER_NAME = 'main';

const SENTINELS = 3;
/** How many of them must miss the master. */
const QUORUM = 2;
/** Ms. Sentinels greet each other every two seconds. */
const READY_LIMIT = 15_000;

export interface RedisSentinels {
  master: RedisServer;
  replica: RedisServer;
  /** The addresses of the sentinels. */
  nodes: { host: string; port: number }[];
  /** Stops all servers and removes their directories. */
  dispose(): Promise<void>;
}

interface Disposable {
  dispose(): Promise<void>;
}

/** A master, a replica, and three sentinels that promote the replica when they have missed the master for 500 ms. */
export async function startRedisSentinels(): Promise<RedisSentinels> {
  const started: Disposable[] = [];
  const dispose = async (): Promise<void> => void (await Promise.all(started.map((one) => one.dispose())));
  const track = <One extends Disposable>(one: One): One => {
    started.push(one);
    return one;
  };
  try {
    const master = track(await startRedisServer('--repl-diskless-sync-delay', '0'));
    const replica = track(await startRedisServer('--replicaof', '127.0.0.1', `${master.port}`));
    await becomesReady(replica.port, 'replication', ['master_link_status:up']);
    const sentinels: Sentinel[] = [];
    for (let nth = 0; nth < SENTINELS; nth += 1) sentinels.push(track(await startSentinel(master.port)));
    const others = `sentinels=${SENTINELS}`;
    for (const { port } of sentinels) await becomesReady(port, 'sentinel', ['slaves=1', others]);
    const nodes = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
    return { master, replica, nodes, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface Sentinel extends Disposable {
  port: number;
}

/** Does not use `startRedisServer`: a sentinel needs a file of settings as its first argument, and rewrites it. */
async function startSentinel(masterPort: number): Promise<Sentinel> {
  const program = findRedisServer();
  if (!program) throw new Error('there is neither redis-server nor valkey-server on the PATH');
  const directory = await mkdtemp(join(tmpdir(), 'redis-sentinel-'));
  const port = await freePort();
  const file = join(directory, 'sentinel.conf');
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${directory}`,
    `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${MASTER_NAME} 500`,
    `sentinel failover-timeout ${MASTER_NAME} 3000`,
  ];
  await writeFile(file, settings.join('\n'));
  const child = spawn(program, [file, '--sentinel'], { stdio: 'ignore' });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.on('exit', killWithUs);
  const dispose = async (): Promise<void> => {
    process.off('exit', killWithUs);
    await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  return { port, dispose };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Waits until a section of the server's INFO contains all of the words. */
async function becomesReady(port: number, section: string, words: string[]): Promise<void> {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 20 } });
  // It may not listen yet.
  client.on('error', () => {});
  try {
    await client.connect();
    const saysAll = async (): Promise<boolean> => {
      const answer = await client.info(section);
      return words.every((word) => answer.includes(word));
    };
    await until(`port ${port} says ${words.join(' and ')}`, saysAll, READY_LIMIT);
  } finally {
    client.destroy();
  }
}
