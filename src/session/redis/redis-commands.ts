import { createHash } from 'node:crypto';
import { LONGEST_COOKIE } from '../cookie/limits.ts';
import { Patience } from './patience.ts';

/** What is needed of a client. Those of the package `redis` have it: client, pool, cluster and sentinel. */
export interface RedisClient {
  get(key: string): Promise<string | null>;
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  zRange(key: string, min: number, max: number): Promise<string[]>;
  zRem(key: string, members: string[]): Promise<unknown>;
  readonly options?: { disableOfflineQueue?: boolean };
  withCommandOptions?(options: { timeout: number }): RedisClient;
}

const METHODS = ['get', 'evalSha', 'eval', 'zRange', 'zRem'] as const;

/** What the options of everything that lives in Redis have in common. */
export interface RedisOptions {
  /**
   * A client of the package `redis` (5 or later), connected by the app: `createClient`, `createCluster` or
   * `createSentinel`, without a type mapping and without `useReplicas`, since a replica may not know of a logout yet. With
   * `disableOfflineQueue: true` an outage is known at once, else after `timeout`, and a command costs half as much.
   */
  client: RedisClient;
  /**
   * Put before every key, to share a server with others. Without braces: what is within `{}` would put all keys into one
   * slot of a cluster.
   * @default 'sess:'
   */
  prefix?: string;
  /** How long one command may take, in ms. Then the call fails, and nobody knows whether the write was made. @default 1000 */
  timeout?: number;
  /**
   * The longest that anything stays after it was last written or touched, in ms: what has no end of its own goes then.
   * @default 34560000000 (400 days, the longest that browsers keep a cookie; RFC 6265bis, 5.5)
   */
  maxTtl?: number;
}

/** Lua that a Redis server runs as one step, so that nobody can come between the look and the write. */
export type RedisScript = ReturnType<typeof script>;

/** @returns the source, and the SHA-1 by which a server knows it once it has run */
export function script(source: string): { source: string; sha1: string } {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

/** `try` is `redis.call`, but returns nil on WRONGTYPE: then the value is foreign. */
export const TRY = `
local function try(...)
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then return redis.call(...) end
end
`;

/** The commands that we use, each bounded in time, on keys with a prefix. */
export class RedisCommands {
  readonly #owner: string;
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #maxTtl: number;
  readonly #patience: Patience;

  /**
   * @param owner for the messages of errors and warnings
   * @throws {TypeError} when `client` is none, or `prefix`, `timeout` or `maxTtl` cannot be used
   */
  constructor(
    owner: string,
    { client, prefix = 'sess:', timeout = 1000, maxTtl = LONGEST_COOKIE }: RedisOptions,
  ) {
    for (const method of METHODS) {
      if (typeof client?.[method] === 'function') continue;
      throw new TypeError(
        `${owner}: client.${method} must be a function: give a client of the package redis, 5 or later`,
      );
    }
    if (typeof prefix !== 'string') {
      throw new TypeError(`${owner}: prefix must be a string, got ${typeof prefix}`);
    }
    for (const [name, value] of Object.entries({ timeout, maxTtl })) {
      if (Number.isSafeInteger(value) && value > 0) continue;
      throw new TypeError(`${owner}: ${name} must be a whole number of ms, got ${value}`);
    }
    this.#owner = owner;
    // The client bounds how long a command waits to be sent, by an AbortSignal for each: half of what a command costs.
    // Without an offline queue it sends at once or refuses. How long answers are waited for, `Patience` bounds.
    const sendsAtOnce = client.options?.disableOfflineQueue;
    this.#client = (sendsAtOnce && client.withCommandOptions?.({ timeout: 0 })) || client;
    this.#prefix = prefix;
    this.#maxTtl = maxTtl;
    this.#patience = new Patience(timeout);
  }

  /**
   * A time to live as Redis takes it: whole ms from 0 to `maxTtl`.
   * @param ttl undefined: without end
   * @throws {RangeError} when it is NaN
   */
  ttlOf(ttl: number | undefined): number {
    if (Number.isNaN(ttl)) throw new RangeError('Redis: ttl must be a number of ms, got NaN');
    return Math.ceil(Math.max(0, Math.min(ttl ?? Infinity, this.#maxTtl)));
  }

  /**
   * Waits for what a method asks for, all of it together: of two commands that belong to each other none is let through
   * alone.
   * @param work as for `Patience.wait`
   * @throws {Error} when the server fails, or does not answer in time
   */
  within<Answer>(work: (requireTime: () => void) => Promise<Answer>): Promise<Answer> {
    return this.#patience.wait(work);
  }

  /** null: there is nothing; undefined: what is there is no text, so it is somebody else's. */
  async get(key: string): Promise<string | null | undefined> {
    try {
      return await this.#heard(this.#client.get(this.#prefix + key));
    } catch (error) {
      if (isReply(error, 'WRONGTYPE')) return undefined;
      throw error;
    }
  }

  /** A server that was restarted, or another node, does not know the script yet; then it is sent whole. */
  async run({ source, sha1 }: RedisScript, key: string, args: string[]): Promise<unknown> {
    const options = { keys: [this.#prefix + key], arguments: args };
    try {
      return await this.#heard(this.#client.evalSha(sha1, options));
    } catch (error) {
      if (!isReply(error, 'NOSCRIPT')) throw error;
      return this.#heard(this.#client.eval(source, options));
    }
  }

  /** @throws {Error} with the key, also if it has another type */
  async members(key: string): Promise<string[]> {
    try {
      return await this.#heard(this.#client.zRange(this.#prefix + key, 0, -1));
    } catch (error) {
      if (!isReply(error, 'WRONGTYPE')) throw error;
      throw new Error(`${this.#owner}: cannot read the list at '${this.#prefix}${key}': ${error.message}`, {
        cause: error,
      });
    }
  }

  async removeMembers(key: string, members: string[]): Promise<void> {
    await this.#client.zRem(this.#prefix + key, members);
  }

  /** Warns the operator about an unreadable value. */
  warn(key: string, consequence: string): void {
    process.emitWarning(`${this.#owner}: cannot read the value at '${this.#prefix}${key}'. ${consequence}`);
  }

  /** However long all of them take together, each answer shows that the server is there. */
  async #heard<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const found = await answer;
    this.#patience.hear();
    return found;
  }
}

function isReply(error: unknown, code: string): error is Error {
  return error instanceof Error && error.message.startsWith(code);
}
