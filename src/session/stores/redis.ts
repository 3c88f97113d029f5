import { randomBytes } from 'node:crypto';
import { handleOf } from '../session-id.ts';
import { CREATE_ON_REPLACED, DESTROY, INDEX, type RedisScript, TOUCH, UPDATE } from './redis-scripts.ts';
import { fromText, isOf, lifeToText, NOBODY, REPLACED, tagOf, toText, versionOf } from './redis-text.ts';
import { Patience } from './patience.ts';
import {
  type ListedSession,
  type Outcome,
  REPLACED_FOR,
  type SessionWrite,
  type StoredSession,
  type Version,
  type VersionedStore,
} from './store.ts';

/** What {@link RedisStore} needs of a client. Those of the package `redis` have it: client, pool, cluster and sentinel. */
export interface RedisClient {
  get(key: string): Promise<string | null>;
  set(
    key: string,
    value: string,
    options: { expiration: { type: 'PX'; value: number }; condition: 'NX' },
  ): Promise<unknown>;
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  zRange(key: string, min: number, max: number): Promise<string[]>;
  zRem(key: string, members: string[]): Promise<unknown>;
}

/** Options of {@link RedisStore}. */
export interface RedisStoreOptions {
  /**
   * A client of the package `redis` (5 or later), connected by the app: `createClient`, `createCluster` or
   * `createSentinel`. With `disableOfflineQueue: true` an outage is known at once, else after `timeout`.
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
   * The longest that a session stays after it was last written or touched, in ms: those go then that have no end of
   * their own (`maxAge: 'session'` without `absoluteMaxAge`). @default 34560000000 (400 days, the longest that browsers
   * keep a cookie; RFC 6265bis, 5.5)
   */
  maxTtl?: number;
}

/** How many sessions of a user are asked for at once. */
const BATCH = 500;

/**
 * Keeps sessions in Redis (6.2 or later) or Valkey, for any number of processes: a single server, Sentinel or Cluster.
 *
 * A session is one key, `<prefix><handle>`; the sessions of a user are listed under one more, `<prefix>user:<tag>`, which
 * may be on another node. A read is one command; a write is one, and one more for the index when the session is a
 * user's, sent together. Every key has a time to live, and of ids and user ids there are only hashes.
 *
 * @throws {Error} from every method, when the server fails or does not answer in time
 * @example
 * const client = await createClient({ url: 'redis://127.0.0.1:6379', disableOfflineQueue: true })
 *   .on('error', log)
 *   .connect();
 * app.use(session({ store: new RedisStore({ client }) }, app));
 */
export class RedisStore implements VersionedStore {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #maxTtl: number;
  readonly #patience: Patience;

  /** @throws {TypeError} when `client` is none, or `prefix`, `timeout` or `maxTtl` cannot be used */
  constructor({ client, prefix = 'sess:', timeout = 1000, maxTtl = 34_560_000_000 }: RedisStoreOptions) {
    for (const method of ['get', 'set', 'evalSha', 'eval', 'zRange', 'zRem'] as const) {
      if (typeof client?.[method] === 'function') continue;
      throw new TypeError(
        `RedisStore: client.${method} must be a function: give a client of the package redis, 5 or later`,
      );
    }
    if (typeof prefix !== 'string') {
      throw new TypeError(`RedisStore: prefix must be a string, got ${typeof prefix}`);
    }
    for (const [name, value] of Object.entries({ timeout, maxTtl })) {
      if (Number.isSafeInteger(value) && value > 0) continue;
      throw new TypeError(`RedisStore: ${name} must be a whole number of ms, got ${value}`);
    }
    this.#client = client;
    this.#prefix = prefix;
    this.#maxTtl = maxTtl;
    this.#patience = new Patience(timeout);
  }

  async read(id: string): Promise<StoredSession | 'replaced' | 'invalid' | undefined> {
    return this.#get(handleOf(id));
  }

  async create(id: string, session: SessionWrite): Promise<Version | undefined> {
    const { handle, nonce, ttl } = this.#prepare(id, session);
    const version = versionOf(nonce, tagOf(session.userId));
    const text = toText(session, nonce);
    if (ttl <= 0) return (await this.#isTaken(handle)) ? undefined : version;
    // In this order, so that no session of a user is there that is not in the index.
    const indexing = this.#index(session.userId, handle, ttl);
    const [created] = await Promise.all([this.#setNew(handle, text, ttl), indexing]);
    return created ? version : undefined;
  }

  async update(id: string, version: Version, session: SessionWrite): Promise<Outcome> {
    const { handle, nonce, ttl } = this.#prepare(id, session);
    const user = tagOf(session.userId);
    const indexing = this.#index(session.userId, handle, ttl);
    // A client that has this id already could go on with a session that nobody can find.
    if (!isOf(version, user)) await indexing;
    const args = [String(version), String(ttl), nonce, user, lifeToText(session.life), session.data];
    const [reply] = await Promise.all([this.#run(UPDATE, this.#key(handle), args), indexing]);
    // The life that it has already is longer.
    if (Array.isArray(reply)) await this.#index(session.userId, handle, (reply as [number])[0]);
    return outcomeOf(reply, versionOf(nonce, user));
  }

  async touch(id: string, version: Version, session: Omit<SessionWrite, 'data'>): Promise<Outcome> {
    const { handle, ttl } = this.#prepare(id, session);
    const args = [String(version), String(ttl), lifeToText(session.life)];
    const [reply] = await Promise.all([
      this.#run(TOUCH, this.#key(handle), args),
      this.#index(session.userId, handle, ttl),
    ]);
    return outcomeOf(reply, version);
  }

  async destroy(
    id: string,
    { version = '*', replaced = false }: { version?: Version; replaced?: boolean } = {},
  ): Promise<Outcome> {
    return this.#destroy(handleOf(id), String(version), { replaced });
  }

  async listByUser(userId: string): Promise<ListedSession[]> {
    const user = tagOf(userId);
    return this.#inBatches(userId, async (handle) => {
      const found = await this.#get(handle);
      // It may have ended, or may be another user's now.
      return typeof found === 'object' && isOf(found.version, user) ? { handle, ...found } : undefined;
    });
  }

  async destroyByUser(userId: string, which: { except?: string; only?: string } = {}): Promise<number> {
    const { except, only } = which;
    const spared = except === undefined ? undefined : handleOf(except);
    const user = tagOf(userId);
    const destroyed = await this.#inBatches(
      userId,
      async (handle) => {
        if (handle === spared) return undefined;
        const outcome = await this.#destroy(handle, '*', { user });
        return outcome.kind === 'done' ? true : undefined;
      },
      only,
    );
    return destroyed.length;
  }

  #prepare(id: string, { ttl }: Pick<SessionWrite, 'ttl'>): { handle: string; nonce: string; ttl: number } {
    if (Number.isNaN(ttl)) throw new RangeError('RedisStore: ttl must be a number of ms, got NaN');
    return {
      handle: handleOf(id),
      nonce: randomBytes(12).toString('base64url'),
      ttl: Math.ceil(Math.max(0, Math.min(ttl ?? Infinity, this.#maxTtl))),
    };
  }

  #key(handle: string): string {
    return `${this.#prefix}${handle}`;
  }

  #indexKey(user: string): string {
    return `${this.#prefix}user:${user}`;
  }

  async #get(handle: string) {
    const text = await this.#patience.wait(() => unlessForeign(this.#client.get(this.#key(handle))));
    if (text === null) return undefined;
    return text === REPLACED ? REPLACED : (fromText(text) ?? 'invalid');
  }

  async #isTaken(handle: string): Promise<boolean> {
    const found = await this.#get(handle);
    return found !== undefined && found !== REPLACED;
  }

  async #setNew(handle: string, text: string, ttl: number): Promise<boolean> {
    const key = this.#key(handle);
    const made = await this.#patience.wait(() =>
      this.#client.set(key, text, { expiration: { type: 'PX', value: ttl }, condition: 'NX' }),
    );
    return made !== null || (await this.#run(CREATE_ON_REPLACED, key, [text, String(ttl)])) === 1;
  }

  /** Entries of sessions that have ended or moved stay until their time is over: who reads the index looks each up. */
  async #index(userId: string | undefined, handle: string, ttl: number): Promise<void> {
    if (userId === undefined || ttl <= 0) return;
    await this.#run(INDEX, this.#indexKey(tagOf(userId)), [handle, String(ttl)]);
  }

  async #destroy(
    handle: string,
    version: string,
    { replaced = false, user = '*' }: { replaced?: boolean; user?: string },
  ): Promise<Outcome> {
    const args = [version, replaced ? String(REPLACED_FOR) : '0', user];
    const reply = await this.#run(DESTROY, this.#key(handle), args);
    if (!Array.isArray(reply)) return outcomeOf(reply, version);
    const [owner] = reply as [string];
    // Nobody waits for it: what stays in the index when this fails ends there with the time of the session.
    if (owner !== NOBODY) this.#client.zRem(this.#indexKey(owner), [handle]).catch(() => {});
    return { kind: 'done', version };
  }

  /**
   * @param only the handle of the one that is meant; undefined: all of the user
   * @returns what `work` answers for each, but for undefined
   */
  async #inBatches<Result>(
    userId: string,
    work: (handle: string) => Promise<Result | undefined>,
    only?: string,
  ): Promise<Result[]> {
    const index = this.#indexKey(tagOf(userId));
    const handles =
      only === undefined ? await this.#patience.wait(() => this.#client.zRange(index, 0, -1)) : [only];
    const results: Result[] = [];
    for (let at = 0; at < handles.length; at += BATCH) {
      const batch = await Promise.all(handles.slice(at, at + BATCH).map(work));
      results.push(...batch.filter((result) => result !== undefined));
    }
    return results;
  }

  /** A server that was restarted, or another node, does not know the script yet; then it is sent whole. */
  #run({ source, sha1 }: RedisScript, key: string, args: string[]): Promise<unknown> {
    const options = { keys: [key], arguments: args };
    return this.#patience.wait(async () => {
      try {
        return await this.#client.evalSha(sha1, options);
      } catch (error) {
        if (!isReply(error, 'NOSCRIPT')) throw error;
        return this.#client.eval(source, options);
      }
    });
  }
}

function outcomeOf(reply: unknown, version: Version): Outcome {
  if (reply === 1 || Array.isArray(reply)) return { kind: 'done', version };
  const current = typeof reply === 'string' ? fromText(reply) : undefined;
  return current ? { kind: 'changed', current } : { kind: 'gone' };
}

/** A key of another type is somebody else's, and for `fromText` to refuse. */
async function unlessForeign(reading: Promise<string | null>): Promise<string | null> {
  try {
    return await reading;
  } catch (error) {
    if (isReply(error, 'WRONGTYPE')) return '';
    throw error;
  }
}

function isReply(error: unknown, code: string): boolean {
  return error instanceof Error && error.message.startsWith(code);
}
