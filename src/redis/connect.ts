import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ThrottleClient } from '../auth/throttle.ts';
import { ConfigError } from '../config.ts';
import { logOnce } from '../http/log-once.ts';
import type { RedisClient } from '../session/index.ts';
import { clientOptions, CONNECT_LIMIT, type Redis } from './client-options.ts';
import { messageOf, probe } from './probe.ts';
import type { RedisTarget } from './redis-target.ts';

/** The client for sessions and login counters. */
export type AppRedisClient = RedisClient & ThrottleClient;

/** A connection that finds its way back by itself, however often it is lost. */
export interface RedisConnection {
  client: AppRedisClient;
  /** Ends it, and what is still waiting for an answer fails. */
  close(): void;
}

/** A connection on which nothing is heard for longer, in ms, is given up and made anew. A ping is due before. */
const SILENCE_LIMIT = 10_000;

/** The first attempt to come back, in ms; each takes twice as long as the one before, up to the longest. */
const FIRST_WAIT = 50;
const LONGEST_WAIT = 2000;

/**
 * Connects to Redis. What cannot get better by waiting is refused; a server that is just not there is waited for in the
 * background: until then the client's commands fail at once.
 *
 * @throws {ConfigError} when the package `redis` is missing, or what is there cannot be used: not Redis, too old, another
 *   password, TLS on one side only
 */
export async function connectRedis(target: RedisTarget, log: Logger): Promise<RedisConnection> {
  const redis = await loadPackage();
  const problem = await probe(redis, target, {
    limit: CONNECT_LIMIT,
    warn: (text) => log.warn(`Redis (${target.shown}): ${text}`),
  });
  if (problem?.isFinal) throw new ConfigError([`REDIS_URL is ${target.shown}: ${problem.message}`]);

  const failed = logOnce((error, times) =>
    log.error(
      { reason: messageOf(error), times },
      `Redis (${target.shown}) cannot be reached; trying again all the time`,
    ),
  );
  if (problem) failed(problem.message);
  const client = open(redis, target);
  client.on('error', (error) => {
    // A server that answers is there; what it refuses is for who has asked to say.
    if (!(error instanceof redis.ErrorReply)) failed(error);
  });
  client.on('ready', () => {
    if (failed.isOver()) log.info(`Redis (${target.shown}) is there again`);
  });
  const closing = new AbortController();
  const connecting = connect(client, failed, closing.signal);
  // A cluster or a master that does not come up must not keep the app from listening.
  if (!problem) await Promise.race([connecting, sleep(CONNECT_LIMIT, undefined, { ref: false })]);
  return {
    client,
    close() {
      closing.abort();
      client.destroy();
    },
  };
}

/** A single server's client tries again by itself; those of a cluster and of sentinels give up. */
async function connect(
  client: Client,
  failed: (error: unknown) => void,
  closing: AbortSignal,
): Promise<void> {
  for (let attempt = 0; !closing.aborted; attempt += 1) {
    try {
      await client.connect();
      return;
    } catch (error) {
      failed(error);
      await sleep(waitBefore(attempt), undefined, { ref: false });
    }
  }
}

async function loadPackage(): Promise<Redis> {
  try {
    return await import('redis');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    throw new ConfigError([
      'SESSION_STORE is redis, and the package redis is not installed (it is optional). Run: npm install redis',
    ]);
  }
}

/** What the three kinds of client have in common. */
interface Client extends AppRedisClient {
  on(event: 'error' | 'ready', listener: (error?: unknown) => void): unknown;
  connect(): Promise<unknown>;
  destroy(): unknown;
}

function open(redis: Redis, { kind, nodes, master = '', ...target }: RedisTarget): Client {
  const options = { ...clientOptions(target), disableOfflineQueue: true, pingInterval: SILENCE_LIMIT / 3 };
  const socket = { ...options.socket, socketTimeout: SILENCE_LIMIT, reconnectStrategy: waitBefore };
  switch (kind) {
    case 'cluster':
      return redis.createCluster({
        rootNodes: nodes.map((node) => ({ socket: { ...node, ...options.socket } })),
        defaults: { ...options, socket },
      });
    case 'sentinel':
      return redis.createSentinel({
        name: master,
        sentinelRootNodes: nodes,
        nodeClientOptions: { ...options, socket },
        sentinelClientOptions: { ...options, socket },
        scanInterval: LONGEST_WAIT,
      });
    case 'server':
      return redis.createClient({
        ...options,
        database: target.database,
        socket: { ...nodes[0], ...socket },
      });
  }
}

/** In ms. At random, so that many processes do not come back in the same moment. */
function waitBefore(attempt: number): number {
  const longest = Math.min(FIRST_WAIT * 2 ** attempt, LONGEST_WAIT);
  return longest / 2 + (Math.random() * longest) / 2;
}
