import { createHash } from 'node:crypto';
import { LONGEST_COOKIE } from '../cookie/browser-rules.ts';
import { TimeoutBreaker, type Work } from './timeout-breaker.ts';

/** What the store needs of a client. Each kind in the package `redis` has it: client, pool, cluster and sentinel. */
export interface RedisClient {
  get(key: string): Promise<string | null>;
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  zRange(key: string, min: number, max: number): Promise<string[]>;
  zRem(key: string, members: string[]): Promise<unknown>;
  readonly options?: { disableOfflineQueue?: boolean };
  withCommandOptions?(options: { timeout: number }): RedisClient;
}

const COMMANDS = ['get', 'evalSha', 'eval', 'zRange', 'zRem'] as const;

/** The options that `RedisStore` and `RedisRevocations` share. */
export interface RedisOptions {
  /**
   * A client of the package `redis` (5 or later), connected by the app: `createClient`, `createCluster` or
   * `createSentinel`, without a type mapping and without `useReplicas`, since a replica may not know of a logout yet.
   * With `disableOfflineQueue: true` calls fail at once during an outage, not after `timeout`, and commands cost half
   * as much.
   */
  client: RedisClient;
  /**
   * Put before every key, so that several apps can share a server. Use no braces: a text in `{}` would put all keys
   * into one slot of a cluster.
   * @default 'sess:'
   */
  prefix?: string;
  /**
   * The longest that one command may take, in ms. Then the call fails, although its write may have been made.
   * @default 1000
   */
  timeout?: number;
  /**
   * The longest that a key is kept after its last write or touch, in ms. Sessions without an end of their own are
   * removed then.
   * @default 34560000000 (400 days, the longest that browsers keep a cookie; RFC 6265bis, 5.5)
   */
  maxTtl?: number;
}

/** Lua that a Redis server runs as one step, so that no other write can come between its read and its write. */
export type RedisScript = ReturnType<typeof script>;

/** @returns the source, and the SHA-1 by which a server knows it once it has run */
export function script(source: string): { source: string; sha1: string } {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

/** `try` is `redis.call`, but returns nil on WRONGTYPE: another program wrote the value. */
export const TRY = `
local function try(...)
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then return redis.call(...) end
end
`;

/** The commands that the stores send, with a timeout and a prefix for every key. */
export class RedisCommands {
  readonly #owner: string;
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #maxTtl: number;
  readonly #breaker: TimeoutBreaker;

  /**
   * @param owner the class to name in errors and warnings
   * @throws {TypeError} when `client` is missing, or `prefix`, `timeout` or `maxTtl` cannot be used
   */
  constructor(owner: string, options: RedisOptions) {
    const { client, prefix = 'sess:', timeout = 1000, maxTtl = LONGEST_COOKIE } = options;
    const check = (isRight: boolean, problem: string): void => {
      if (!isRight) throw new TypeError(`${owner}: ${problem}`);
    };
    const lacking = COMMANDS.find((name) => typeof client?.[name] !== 'function');
    check(!lacking, `client.${lacking} must be a function: pass a client of the package redis, 5 or later`);
    check(typeof prefix === 'string', `prefix must be a string, got ${typeof prefix}`);
    for (const [name, value] of Object.entries({ timeout, maxTtl })) {
      check(Number.isSafeInteger(value) && value > 0, `${name} must be a whole number of ms, got ${value}`);
    }
    this.#owner = owner;
    // The client makes an AbortSignal for each command, to limit its wait in the offline queue: half of a command's
    // cost. Without that queue nothing waits there, so it is switched off. `TimeoutBreaker` limits the wait for
    // answers.
    const sendsAtOnce = client.options?.disableOfflineQueue;
    this.#client = (sendsAtOnce && client.withCommandOptions?.({ timeout: 0 })) || client;
    this.#prefix = prefix;
    this.#maxTtl = maxTtl;
    this.#breaker = new TimeoutBreaker(timeout);
  }

  /**
   * A time to live as Redis takes it: whole ms from 0 to `maxTtl`.
   * @param ttl undefined: without end
   * @throws {RangeError} when it is NaN
   */
  ttlOf(ttl = Infinity): number {
    if (Number.isNaN(ttl)) throw new RangeError('Redis: ttl must be a number of ms, got NaN');
    return Math.ceil(Math.max(0, Math.min(ttl, this.#maxTtl)));
  }

  /**
   * Waits for all commands of a method together, so that the breaker lets through either all of them or none.
   * @throws {Error} when the server fails, or does not answer in time
   */
  within<Answer>(work: Work<Answer>): Promise<Answer> {
    return this.#breaker.wait(work);
  }

  /** @returns null if there is no value, and '' for a value of another type, which no store has written */
  get(key: string): Promise<string | null> {
    return this.#ask(this.#client.get(this.#prefix + key), 'WRONGTYPE', () => '');
  }

  /** Sends the hash of a script, and its source only to a server that does not know it yet, such as a restarted one. */
  run({ source, sha1 }: RedisScript, key: string, args: string[]): Promise<unknown> {
    const call = { keys: [this.#prefix + key], arguments: args };
    return this.#ask(this.#client.evalSha(sha1, call), 'NOSCRIPT', () => this.#client.eval(source, call));
  }

  /** @throws {Error} naming the key, also if its value has another type */
  members(key: string): Promise<string[]> {
    const list = this.#prefix + key;
    return this.#ask(this.#client.zRange(list, 0, -1), 'WRONGTYPE', (cause) => {
      throw new Error(`${this.#owner}: cannot read the list at '${list}': ${cause.message}`, { cause });
    });
  }

  /** Not awaited, and may fail: members that stay are removed when they expire. */
  removeMembers(key: string, members: string[]): void {
    this.#client.zRem(this.#prefix + key, members).catch(() => {});
  }

  /** Warns the operator about an unreadable value. */
  warn(key: string, consequence: string): void {
    process.emitWarning(`${this.#owner}: cannot read the value at '${this.#prefix}${key}'. ${consequence}`);
  }

  /**
   * Counts each reply: a server that replies does not hang, however long the whole method takes.
   * @param onError what to do when the server replies with an error of that code
   */
  async #ask<T>(asked: Promise<T>, code: string, onError: (error: Error) => T | Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith(code))) throw error;
      return await onError(error);
    } finally {
      this.#breaker.onReply();
    }
  }
}
