import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ConfigError } from '../config-error.ts';
import { type LogOnce, logOnce } from '../http/log.ts';
import type { RedisClient } from '../session/index.ts';
import type { RedisTarget } from './redis-target.ts';
import type { LimiterClient } from './shared-limiter.ts';

/** The client for sessions and login counters. */
export type AppRedisClient = RedisClient & LimiterClient;

/** A connection that is restored whenever it is lost. */
export interface RedisConnection {
  client: AppRedisClient;
  /** Closes it. Commands that wait for an answer fail. */
  close(): void;
}

/** How long a server may take to accept a connection, and how long the start waits for an answer, in ms. */
const CONNECT_LIMIT = 2000;

/** A connection that is silent for longer than this, in ms, is replaced. Pings prevent that on a working one. */
const SILENCE_LIMIT = 10_000;

/** Between two attempts to connect, in ms: the wait doubles from the first to the longest. */
const FIRST_WAIT = 50;
const LONGEST_WAIT = 2000;

/** The oldest Redis that has all commands of `RedisStore` (`ZADD … GT`). Every Valkey is newer. */
const OLDEST = '6.2';

/**
 * Connects to Redis. A server that cannot be used is refused. An unreachable server is retried in the background; until
 * it answers, the client's commands fail at once.
 *
 * @throws {ConfigError} when the package `redis` is missing, or the server cannot be used: not Redis, too old, a wrong
 *   password, TLS on one side only
 */
export async function connectRedis(target: RedisTarget, log: Logger): Promise<RedisConnection> {
  const { ErrorReply } = await loadPackage();
  const name = `Redis (${target.shown})`;
  const problem = await probe(target, (text) => log.warn(`${name}: ${text}`));
  if (problem instanceof Unusable) {
    throw new ConfigError([`REDIS_URL is ${target.shown}: ${problem.message}`]);
  }

  const failed = logOnce((error, times) =>
    log.error({ reason: textOf(error), times }, `${name} cannot be reached; retrying until it answers`),
  );
  if (problem) failed(problem);
  const client = await open(target);
  const onError = (error: unknown): void => {
    // A server that refuses a command is reachable, and the caller of the command gets the error.
    if (!(error instanceof ErrorReply)) failed(error);
  };
  const onReady = (): void => {
    if (failed.isOver()) log.info(`${name} can be reached again`);
  };
  client.on('error', onError).on('node-error', onError).on('ready', onReady).on('node-ready', onReady);
  const closing = new AbortController();
  const connected = connect(client, failed, closing.signal);
  // A cluster or a master that does not come up must not keep the app from listening.
  if (!problem) await Promise.race([connected, sleep(CONNECT_LIMIT, undefined, { ref: false })]);
  return {
    client,
    close() {
      closing.abort();
      client.destroy();
    },
  };
}

/** Loads the package only where Redis is used, since that takes 150 ms. */
async function loadPackage() {
  try {
    return await import('redis');
  } catch (error) {
    throw new ConfigError([`The package redis cannot be loaded (${textOf(error)}). Run: npm install redis`]);
  }
}

/** Retries, since the clients of a cluster and of sentinels give up; that of a single server retries itself. */
async function connect(client: Client, failed: LogOnce, closing: AbortSignal): Promise<void> {
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

/** In ms, partly random, so that many processes do not reconnect at the same moment. */
function waitBefore(attempt: number): number {
  return Math.min(FIRST_WAIT * 2 ** attempt, LONGEST_WAIT) * (0.5 + Math.random() / 2);
}

/** What the clients of a server, a cluster and sentinels have in common. */
interface Client extends AppRedisClient {
  on(event: string, listener: (error?: unknown) => void): this;
  connect(): Promise<unknown>;
  destroy(): unknown;
}

async function open(target: RedisTarget): Promise<Client> {
  const { createClient, createCluster, createSentinel } = await loadPackage();
  const { kind, nodes, master = '', database } = target;
  const options = optionsOf(target, { socketTimeout: SILENCE_LIMIT, reconnectStrategy: waitBefore });
  const defaults = { ...options, disableOfflineQueue: true, pingInterval: SILENCE_LIMIT / 3 };
  switch (kind) {
    case 'cluster':
      return createCluster({ rootNodes: nodes.map((socket) => ({ socket })), defaults });
    case 'sentinel':
      return createSentinel({
        name: master,
        sentinelRootNodes: nodes,
        nodeClientOptions: defaults,
        sentinelClientOptions: defaults,
        scanInterval: LONGEST_WAIT,
      });
    case 'server':
      return createClient({ ...defaults, database, socket: { ...defaults.socket, ...nodes[0] } });
  }
}

/** The options of every connection. */
function optionsOf<Socket>({ username, password, tls }: RedisTarget, socket: Socket) {
  return {
    username,
    password,
    name: 'koa-app',
    socket: { ...socket, connectTimeout: CONNECT_LIMIT, ...(tls && { tls: true as const }) },
  };
}

/** A server cannot be used, and waiting does not help. The message says what is wrong, and what to do. */
class Unusable extends Error {}

/** Logs what an operator should know about a server that can be used. */
type Warn = (text: string) => void;

type Node = RedisTarget['nodes'][0];

/**
 * Asks all servers at once whether they can be used, on separate connections.
 *
 * @returns why none can be used; undefined if one can
 */
async function probe(target: RedisTarget, warn: Warn): Promise<Error | undefined> {
  const problems = await Promise.all(target.nodes.map((node) => problemOf(target, node, warn)));
  if (problems.includes(undefined)) return undefined;
  // If one of several servers is unreachable, it may be usable later: the app then waits instead of refusing to start.
  return problems.find((problem) => !(problem instanceof Unusable)) ?? problems[0];
}

async function problemOf(target: RedisTarget, node: Node, warn: Warn): Promise<Error | undefined> {
  const where = `${node.host}:${node.port}`;
  const ask = (tls: boolean) => askNode({ ...target, tls }, node, (text) => warn(`${where} ${text}`));
  try {
    const master = await ask(target.tls);
    return master && (await problemOf({ ...target, kind: 'server' }, master, warn));
  } catch (error) {
    if (!target.tls && isSilence(error)) {
      const inTls: unknown = await ask(true).catch((failed: unknown) => failed);
      if (!isSilence(inTls)) return new Unusable(`${where} expects TLS: write rediss://, not redis://`);
    }
    const advice = adviceOn(error, target.tls);
    if (advice === undefined) return new Error(`${where} does not answer (${textOf(error)})`);
    return new Unusable(`${where} ${advice}`);
  }
}

/** @returns the master that a sentinel names */
async function askNode(target: RedisTarget, node: Node, warn: Warn): Promise<Node | undefined> {
  const { createClient } = await loadPackage();
  const { kind, database, master = '' } = target;
  const socket = { ...node, socketTimeout: CONNECT_LIMIT, reconnectStrategy: false as const };
  // `maintNotifications` would make the client look up the host first, and miss an error that comes meanwhile.
  const client = createClient({ ...optionsOf(target, socket), database, maintNotifications: 'disabled' });
  const talk = async (): Promise<Node | undefined> => {
    await client.connect();
    const info = await client.info().catch((error: unknown) => {
      // A user may have all rights but this one.
      if (/NOPERM/.test(textOf(error))) return '';
      throw error;
    });
    checkInfo(info, kind, warn);
    if (kind !== 'sentinel') return undefined;
    const address = await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]);
    if (!Array.isArray(address)) throw new Unusable(`knows no master named '${master}'`);
    const [host = '', port] = address.map(String);
    return { host, port: Number(port) };
  };
  // A reply that is not one of Redis is reported only by this event.
  const failure = new Promise<never>((_never, reject) => void client.on('error', reject));
  try {
    return await Promise.race([talk(), failure]);
  } finally {
    client.destroy();
  }
}

/** What to write in REDIS_URL for a server in one of these modes. */
const URL_OF: Record<string, string> = {
  standalone: 'is a single server: write redis://, without +cluster or +sentinel',
  cluster: 'is a node of a cluster: write redis+cluster://',
  sentinel: 'is a sentinel: write redis+sentinel://…/ and the name of the master',
};

const TOO_OLD = `and ${OLDEST} or later is needed (or any Valkey)`;

/** @throws {Unusable} */
function checkInfo(info: string, kind: RedisTarget['kind'], warn: Warn): void {
  const fieldOf = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
  const expected = kind === 'server' ? 'standalone' : kind;
  const mode = fieldOf('redis_mode') ?? expected;
  if (mode !== expected) throw new Unusable(URL_OF[mode] ?? `is in the mode ${mode}`);
  const version = fieldOf('redis_version') ?? OLDEST;
  // Compared number by number: 6.10 is later than 6.2.
  const isOld = version.localeCompare(OLDEST, 'en', { numeric: true }) < 0;
  if (isOld) throw new Unusable(`is Redis ${version}, ${TOO_OLD}`);
  if (kind === 'server' && fieldOf('role') === 'slave') warn('is a replica (no writes): connect to a master');
}

/** Errors that waiting does not resolve, and what to say of the server. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/NOAUTH/, 'needs a password: write redis://:password@…'],
  [/WRONGPASS|invalid password|invalid username/, 'refuses this user or password'],
  [/ERR DB index/, 'has no database of that number'],
  // Without the error itself, which repeats the password.
  [/unknown command.*hello/i, `is Redis 5 or older, ${TOO_OLD}`],
  [/Unknown RESP type/, "does not answer as Redis does. Is it another program's port, or one for TLS?"],
  [/ENOTFOUND/, 'is not found: no host has that name'],
  [/Socket closed unexpectedly/, 'closes the connection at once: it is not Redis, or refuses this client'],
];

function adviceOn(error: unknown, tls: boolean): string | undefined {
  if (error instanceof Unusable) return error.message;
  if (tls && isSilence(error)) return 'does not answer over TLS. If it has no TLS, write redis://';
  const text = textOf(error);
  if (/ERR_(SSL|TLS)|CERT|SELF_SIGNED|UNABLE_TO_/.test(text)) {
    return `fails over TLS (${text}). For a certificate of your own, set NODE_EXTRA_CA_CERTS to its file`;
  }
  // Redis in protected mode tells other hosts so, and what can be done.
  if (text.startsWith('DENIED')) return `refuses connections from here: ${text}`;
  return ADVICE.find(([pattern]) => pattern.test(text))?.[1];
}

/** A server that expects TLS does not answer without it, or closes the connection. */
function isSilence(error: unknown): boolean {
  return /timeout|ECONNRESET|Socket closed unexpectedly/i.test(textOf(error));
}

/** The code of an error, if it has one, and its message. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? `${String(error.code)}: ${error.message}` : error.message;
}
