import { RandomPool } from '../cookie/random-pool.ts';
import { handleOf } from '../core/session-id.ts';
import { RedisCommands, type RedisOptions } from './redis-commands.ts';
import { CREATE, DESTROY, INDEX, TOUCH, UPDATE } from './redis-scripts.ts';
import {
  fromText,
  INCOMPLETE,
  isOf,
  lifeToText,
  NOBODY,
  REPLACED,
  tagOf,
  toText,
  versionOf,
} from './redis-text.ts';
import {
  type ListedSession,
  type Outcome,
  REPLACED_FOR,
  type SessionWrite,
  type StoredSession,
  type Version,
  type VersionedStore,
} from '../core/store.ts';

/** How many sessions of a user are asked for at once. */
const BATCH = 500;

/**
 * How many times as long as its session an entry in the index stays. It may point to nothing; a session without one would be
 * missed when all sessions of its user are to end.
 */
const SLACK = 2;

/**
 * Keeps sessions in Redis (6.2 or later) or Valkey, for any number of processes: a single server, Sentinel or Cluster.
 *
 * A session is one key, `<prefix><handle>`; the sessions of a user are listed under one more, `<prefix>user:<tag>`, which
 * may be on another node. A read is one command; a write is one, and one more for the index when the session is a
 * user's, sent together. Every key has a time to live, and of ids and user ids there are only hashes. The server must not
 * evict keys (`maxmemory-policy noeviction`): it would evict an index and leave its sessions.
 *
 * A foreign value under the key of a session reads as `'invalid'`. While an index has another type, `listByUser` and
 * `destroyByUser` throw; the user's next write replaces it, with a `warning` of `process`. Older sessions are listed again
 * when they are next saved. Until then, for twice the life of the session that replaced the index, `destroyByUser` ends the
 * listed sessions and throws. If you know that there are no older ones: `ZREM <prefix>user:<tag> incomplete`.
 *
 * On a cluster an index is on another node than most of its sessions. While that node alone is unavailable, a login changes
 * nothing; other writes of the user's sessions fail, may have been made, and may outlive their entry until the next write.
 *
 * @throws {Error} from every method, when the server fails or does not answer in time
 * @example
 * const client = await createClient({ url: 'redis://127.0.0.1:6379', disableOfflineQueue: true })
 *   .on('error', log)
 *   .connect();
 * app.use(session({ store: new RedisStore({ client }) }, app));
 */
export class RedisStore implements VersionedStore {
  readonly #redis: RedisCommands;

  /** @throws {TypeError} when `client` is none, or `prefix`, `timeout` or `maxTtl` cannot be used */
  constructor(options: RedisOptions) {
    this.#redis = new RedisCommands('RedisStore', options);
  }

  async read(id: string): Promise<StoredSession | 'replaced' | 'invalid' | undefined> {
    return this.#redis.within(() => this.#get(handleOf(id)));
  }

  async create(id: string, session: SessionWrite): Promise<Version | undefined> {
    const handle = handleOf(id);
    const nonce = nonces.nextText();
    const ttl = this.#redis.ttlOf(session.ttl);
    const args = [toText(session, nonce), String(ttl)];
    const reply = await this.#redis.within(async () => {
      const indexing = this.#index(session.userId, handle, ttl);
      const [created] = await Promise.all([this.#redis.run(CREATE, handle, args), indexing]);
      return created;
    });
    return reply === 1 ? versionOf(nonce, tagOf(session.userId)) : undefined;
  }

  async update(id: string, version: Version, session: SessionWrite): Promise<Outcome> {
    const handle = handleOf(id);
    const nonce = nonces.nextText();
    const ttl = this.#redis.ttlOf(session.ttl);
    const user = tagOf(session.userId);
    const args = [given(version), String(ttl), nonce, user, lifeToText(session.life), session.data];
    return this.#redis.within(async (requireTime) => {
      const indexing = this.#index(session.userId, handle, ttl);
      // A client that has this id already could go on with a session that nobody can find.
      if (!isOf(version, user)) await indexing;
      requireTime();
      const [reply] = await Promise.all([this.#redis.run(UPDATE, handle, args), indexing]);
      // The life that it has already is longer.
      if (Array.isArray(reply)) await this.#index(session.userId, handle, (reply as [number])[0]);
      return outcomeOf(reply, versionOf(nonce, user));
    });
  }

  async touch(id: string, version: Version, session: Omit<SessionWrite, 'data'>): Promise<Outcome> {
    const handle = handleOf(id);
    const ttl = this.#redis.ttlOf(session.ttl);
    const args = [given(version), String(ttl), lifeToText(session.life)];
    return this.#redis.within(async () => {
      const indexing = this.#index(session.userId, handle, ttl);
      const [reply] = await Promise.all([this.#redis.run(TOUCH, handle, args), indexing]);
      return outcomeOf(reply, version);
    });
  }

  async destroy(
    id: string,
    { version, replaced = false }: { version?: Version; replaced?: boolean } = {},
  ): Promise<Outcome> {
    const handle = handleOf(id);
    const args = [version === undefined ? ANY : given(version), replaced ? String(REPLACED_FOR) : '0', ANY];
    const reply = await this.#redis.within(() => this.#redis.run(DESTROY, handle, args));
    const [user = NOBODY] = Array.isArray(reply) ? (reply as string[]) : [];
    if (user !== NOBODY) this.#forget(user, [handle]);
    return outcomeOf(reply, version ?? '');
  }

  async listByUser(userId: string): Promise<ListedSession[]> {
    const user = tagOf(userId);
    const handles = await this.#listed(user);
    return this.#inBatches(handles, async (handle) => {
      const found = await this.#get(handle);
      // It may have ended, or may be another user's now.
      return typeof found === 'object' && isOf(found.version, user) && hasValidData(found)
        ? { handle, ...found }
        : undefined;
    });
  }

  async destroyByUser(
    userId: string,
    { except, only }: { except?: string; only?: string } = {},
  ): Promise<number> {
    const user = tagOf(userId);
    const args = [ANY, '0', user];
    const seen = new Set(except === undefined ? [] : [handleOf(except)]);
    let count = 0;
    for (;;) {
      const listed = only === undefined ? await this.#listed(user) : [only];
      // Those that are new may be what others have made of the ones before, under another id.
      const handles = listed.filter((handle) => !seen.has(handle));
      if (handles.length === 0) break;
      for (const handle of handles) seen.add(handle);
      const destroyed = await this.#inBatches(handles, async (handle) =>
        Array.isArray(await this.#redis.run(DESTROY, handle, args)) ? handle : undefined,
      );
      if (destroyed.length > 0) this.#forget(user, destroyed);
      count += destroyed.length;
    }
    if (!seen.has(INCOMPLETE)) return count;
    throw new Error(
      `RedisStore: ${count} sessions of the user were ended, but others may remain: their list was lost`,
    );
  }

  #listed(user: string): Promise<string[]> {
    return this.#redis.within(() => this.#redis.members(indexOf(user)));
  }

  async #get(handle: string): Promise<StoredSession | 'replaced' | 'invalid' | undefined> {
    const text = await this.#redis.get(handle);
    if (text === null) return undefined;
    return text === REPLACED ? REPLACED : (text && fromText(text)) || 'invalid';
  }

  /**
   * Begun before the session is written, so that none of a user is there that is not in the index. Entries of sessions
   * that have ended or moved stay until their time is over: who reads the index looks each up.
   */
  async #index(userId: string | undefined, handle: string, ttl: number): Promise<void> {
    if (userId === undefined || ttl <= 0) return;
    const key = indexOf(tagOf(userId));
    const reply = await this.#redis.run(INDEX, key, [handle, String(ttl * SLACK)]);
    if (reply === 0) this.#redis.warn(key, INDEX_REPLACED_WARNING);
  }

  /** Nobody waits for it: what stays in the index when this fails goes when its time is over. */
  #forget(user: string, handles: string[]): void {
    this.#redis.removeMembers(indexOf(user), handles).catch(() => {});
  }

  /** @returns what `work` answers for each, but for undefined */
  async #inBatches<Result>(
    handles: string[],
    work: (handle: string) => Promise<Result | undefined>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    for (let at = 0; at < handles.length; at += BATCH) {
      const batch = handles.slice(at, at + BATCH);
      const found = await this.#redis.within(() => Promise.all(batch.map(work)));
      results.push(...found.filter((result) => result !== undefined));
    }
    return results;
  }
}

const INDEX_REPLACED_WARNING =
  'It was replaced by a new list of the sessions of this user. Older sessions are listed again when they are next saved.';

/** For a script: whatever the version, whoever's the session. */
const ANY = '*';

/** Of a version that a caller gives, lest it is taken for {@link ANY}. */
function given(version: Version): string {
  return version === ANY ? '' : String(version);
}

/** What makes a version another one than all that were: 96 bits. */
const nonces = new RandomPool(12);

/** Under which key the sessions of a user are listed. */
function indexOf(user: string): string {
  return `user:${user}`;
}

/** @param version what the session is at when the write was made */
function outcomeOf(reply: unknown, version: Version): Outcome {
  if (reply === 1 || Array.isArray(reply)) return { kind: 'done', version };
  const current = typeof reply === 'string' ? fromText(reply) : undefined;
  // A client that sends a command again, having lost the answer, finds what it has written itself.
  if (current?.version === version) return { kind: 'done', version };
  return current && hasValidData(current) ? { kind: 'changed', current } : { kind: 'gone' };
}

/** Whether the data is JSON. `read` does not check that: its caller parses when it needs the data. */
function hasValidData({ data }: StoredSession): boolean {
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}
