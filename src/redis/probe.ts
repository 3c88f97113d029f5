import { once } from 'node:events';
import { connect as connectByTls } from 'node:tls';
import { clientOptions, type Redis } from './client-options.ts';
import type { RedisTarget } from './redis-target.ts';

/** Why Redis cannot be used. */
export interface Problem {
  /** In one line, what is wrong and what to do. */
  message: string;
  /** Waiting does not help. */
  isFinal: boolean;
}

/** The oldest Redis that has all commands that `RedisStore` uses (`ZADD … GT`). Every Valkey is newer. */
const OLDEST = [6, 2] as const;

interface ProbeOptions {
  /** How long each server may take, in ms. */
  limit: number;
  /** Is told what an operator should know, although it works. */
  warn: (text: string) => void;
}

/**
 * Asks the servers who they are, on connections of their own, until one answers as it should.
 *
 * @returns undefined: all is well
 */
export async function probe(
  redis: Redis,
  target: RedisTarget,
  options: ProbeOptions,
): Promise<Problem | undefined> {
  const problems: Problem[] = [];
  for (const node of target.nodes) {
    const problem = await probeNode(redis, target, node, options);
    if (!problem) return undefined;
    problems.push(problem);
  }
  // Of several servers one that is just not there may be the one that is right.
  return problems.find(({ isFinal }) => !isFinal) ?? problems[0];
}

async function probeNode(
  redis: Redis,
  target: RedisTarget,
  node: RedisTarget['nodes'][0],
  { limit, warn }: ProbeOptions,
): Promise<Problem | undefined> {
  const client = makeClient(redis, target, node);
  let timer: NodeJS.Timeout | undefined;
  try {
    // What the socket says comes as an event, and sometimes as nothing else.
    const failure = new Promise<never>((_never, reject) => {
      client.on('error', reject);
      timer = setTimeout(() => reject(new NoAnswer()), limit);
    });
    return await Promise.race([ask(redis, client, target, { limit, warn }), failure]);
  } catch (error) {
    if (!target.tls && isSilence(error) && (await answersInTls(node, limit))) {
      return final('the server wants TLS: write rediss:// instead of redis://');
    }
    return explain(error, node, target);
  } finally {
    clearTimeout(timer);
    if (client.isOpen) client.destroy();
  }
}

function makeClient(redis: Redis, target: RedisTarget, node: RedisTarget['nodes'][0]) {
  const { socket, ...options } = clientOptions(target);
  const { database } = target;
  return redis.createClient({
    ...options,
    database,
    socket: { ...socket, ...node, reconnectStrategy: false },
  });
}

type Client = ReturnType<typeof makeClient>;

class NoAnswer extends Error {}

async function ask(
  redis: Redis,
  client: Client,
  target: RedisTarget,
  options: ProbeOptions,
): Promise<Problem | undefined> {
  const { kind } = target;
  await client.connect();
  if (kind === 'sentinel') return askSentinel(redis, client, target, options);
  const info = await infoOf(client);
  if (kind === 'cluster' && info !== undefined && !/^redis_mode:cluster/m.test(info)) {
    return final('that is no node of a cluster. For a single server write redis://, without +cluster');
  }
  if (kind === 'server' && info !== undefined && /^redis_mode:cluster/m.test(info)) {
    return final('that is a node of a cluster: write redis+cluster://');
  }
  if (kind === 'server' && info !== undefined && /^redis_mode:sentinel/m.test(info)) {
    return final('that is a sentinel: write redis+sentinel://…/ and the name of the master');
  }
  if (kind === 'server' && info !== undefined && /^role:slave/m.test(info)) {
    options.warn('that is a replica. As long as it is one, it takes no writes');
  }
  return info === undefined ? undefined : ageProblem(info);
}

/** Whether there is a sentinel, and whether the master that it names can be used. */
async function askSentinel(
  redis: Redis,
  client: Client,
  target: RedisTarget,
  options: ProbeOptions,
): Promise<Problem | undefined> {
  const { master = '' } = target;
  const address = await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]);
  if (!Array.isArray(address)) return final(`the sentinel knows no master of the name '${master}'`);
  const [host, port] = address.map(String);
  const node = { host: host ?? '', port: Number(port) };
  return probe(redis, { ...target, kind: 'server', nodes: [node], master: undefined }, options);
}

/** Undefined where the user may not ask. */
async function infoOf(client: Client): Promise<string | undefined> {
  try {
    return await client.info();
  } catch (error) {
    if (messageOf(error).startsWith('NOPERM')) return undefined;
    throw error;
  }
}

function ageProblem(info: string): Problem | undefined {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]) ? undefined : tooOld(version);
}

function tooOld(version: string): Problem {
  return final(`the server is Redis ${version}, and ${OLDEST.join('.')} or later is needed (or any Valkey)`);
}

function explain(
  error: unknown,
  { host, port }: RedisTarget['nodes'][0],
  { tls, username }: RedisTarget,
): Problem {
  const where = `${host}:${port}`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = messageOf(error);
  if (message.startsWith('NOAUTH')) return final('the server wants a password: write redis://:password@…');
  if (/^WRONGPASS|invalid password|invalid username/.test(message)) {
    return final(`the server refuses the password${username ? ` of the user '${username}'` : ''}`);
  }
  if (message.startsWith('ERR DB index')) return final('the server has no database of that number');
  if (/unknown command.*hello/i.test(message)) return tooOld('5 or older');
  if (/unknown command.*sentinel/i.test(message)) return final('that is no sentinel');
  if (message.startsWith('Unknown RESP type')) {
    return final(
      `what answers at ${where} does not speak as Redis does. Is it another program's port, or one for TLS?`,
    );
  }
  if (code === 'ENOTFOUND') return final(`there is no host of the name '${host}'`);
  if (/^ERR_(SSL|TLS)|CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    return final(
      `TLS with ${where} fails (${message}). A certificate of your own has to be in the file that NODE_EXTRA_CA_CERTS names`,
    );
  }
  if (isSilence(error) && tls) {
    return final(`nothing at ${where} answers in TLS. Without TLS write redis:// instead of rediss://`);
  }
  if (message === CLOSED)
    return final(`${where} closes the connection at once, so it is no Redis that lets us in`);
  if (isSilence(error)) return { message: `nothing answers at ${where}`, isFinal: false };
  return { message: `${where}: ${message}`, isFinal: false };
}

const CLOSED = 'Socket closed unexpectedly';

/** A server that waits for TLS answers nothing else, or closes. */
function isSilence(error: unknown): boolean {
  return (
    error instanceof NoAnswer || /timeout|ECONNRESET/i.test(messageOf(error)) || messageOf(error) === CLOSED
  );
}

/** @param limit ms */
async function answersInTls({ host, port }: RedisTarget['nodes'][0], limit: number): Promise<boolean> {
  // Whose certificate it has does not matter: nothing is sent.
  const socket = connectByTls({ host, port, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(limit) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function final(message: string): Problem {
  return { message, isFinal: true };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
