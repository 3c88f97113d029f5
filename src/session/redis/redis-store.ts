import { RandomPool } from '../cookie/random-pool.ts';
import { handleOf } from '../core/session-id.ts';
import { RedisCommands, type RedisOptions, type RedisScript } from './redis-commands.ts';
import { CREATE, DESTROY, INDEX, LEAD, TOUCH, UPDATE } from './redis-scripts.ts';
import { COUNTED, fromText, INCOMPLETE, NOBODY, toText, userKey, userOf } from './redis-text.ts';
import { MOST_RENEWALS, REPLACED_FOR } from '../core/store.ts';
import type { Ending, ListedSession, Outcome, SessionWrite } from '../core/store.ts';
import type { StoredSession, Version, VersionedStore } from '../core/store.ts';

/** How many sessions of a user are read or destroyed at once. */
const BATCH = 500;

/**
 * Keeps sessions in Redis (6.2 or later) or Valkey, for any number of processes: a single server, Sentinel or Cluster.
 *
 * Each session is one key, `<prefix><handle>`. Each user has an index of sessions, `<prefix>user:<user>`, which may be
 * on another node. A read is one command. A write is one command, and for a user's session a second one, for the index,
 * at the same time. With `maxOfUser` a login sends further commands: one counts the session, the others end sessions
 * beyond the limit, those that would expire first. If one of these fails, the login fails. Every key has a time to
 * live. Ids and user ids are stored only as hashes. The server must not evict keys (`maxmemory-policy noeviction`): it
 * could evict an index and leave its sessions.
 *
 * If another program wrote the key of a session, it reads as `'invalid'`. If it wrote that of an index, `listByUser` and
 * `destroyByUser` throw, until the user's next write replaces the index and `process` emits a `warning`. The new index
 * lists older sessions again when they are next saved. For twice the life of the session that replaced it,
 * `destroyByUser` ends the listed sessions and then throws, since some may be missing. If you know that there are no
 * older sessions, stop this with `ZREM <prefix>user:<user> incomplete`.
 *
 * In a cluster an index is on another node than most of its sessions. While only the node of the index is unavailable, a
 * login fails and changes nothing. Other writes of the user's sessions throw although they may have been made; such a
 * session may outlive its index entry until it is next written.
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

  /** @throws {TypeError} when `client` is missing, or `prefix`, `timeout` or `maxTtl` cannot be used */
  constructor(options: RedisOptions) {
    this.#redis = new RedisCommands('RedisStore', options);
  }

  async read(id: string): Promise<StoredSession | 'replaced' | 'invalid' | undefined> {
    const handle = handleOf(id);
    const found = storedIn(await this.#redis.within(() => this.#redis.get(handle)));
    return (found === 'replaced' && (await this.#successorOf(handle))) || found;
  }

  async create(id: string, session: SessionWrite): Promise<Version | undefined> {
    const version = newVersion(session);
    return (await this.#write(CREATE, handleOf(id), session, version)) === 1 ? version : undefined;
  }

  update(id: string, version: Version, session: SessionWrite): Promise<Outcome> {
    const next = newVersion(session);
    return this.#orSuccessor(id, next, (handle) => this.#write(UPDATE, handle, session, next, version));
  }

  touch(id: string, version: Version, session: Omit<SessionWrite, 'data'>): Promise<Outcome> {
    const same = { ...session, data: '' };
    return this.#orSuccessor(id, version, (handle) => this.#write(TOUCH, handle, same, version, version));
  }

  async destroy(id: string, { version, replaced, successor }: Ending = {}): Promise<Outcome> {
    const next = successor && handleOf(successor.id);
    const ms = Math.max(REPLACED_FOR, successor?.for ?? 0);
    const args = [replaced ? String(ms) : '0', version === undefined ? '*' : `=${version}`];
    if (successor) args.push(`${next} ${userKey(successor.userId)}`, String(successor.for));
    return this.#orSuccessor(id, version ?? '', async (handle) => {
      // If the client lost the answer and sent the command again, it finds its own write.
      if (handle === next) return 1;
      const reply = await this.#redis.within(() => this.#redis.run(DESTROY, handle, args));
      const [user = NOBODY] = Array.isArray(reply) ? (reply as string[]) : [];
      if (user !== NOBODY) this.#redis.removeMembers(indexOf(user), [handle, COUNTED + handle]);
      // A renewed id stays listed while it leads to its successor, so that `destroyByUser` ends that as well.
      if (user !== NOBODY && successor) await this.#index(user, handle, successor.for).catch(() => {});
      return reply;
    });
  }

  async listByUser(userId: string): Promise<ListedSession[]> {
    const user = userKey(userId);
    return this.#inBatches(await this.#listed(user), async (handle) => {
      const found = storedIn(await this.#redis.get(handle));
      // It may have ended, or may belong to another user now.
      if (typeof found !== 'object' || userOf(found.version) !== user || !hasValidData(found)) return [];
      return [{ handle, ...found }];
    });
  }

  async destroyByUser(userId: string, which: { except?: string; only?: string } = {}): Promise<number> {
    const { except, only } = which;
    const user = userKey(userId);
    const seen = new Set<string>();
    if (except !== undefined) {
      const handle = handleOf(except);
      seen.add(handle).add((await this.#successorOf(handle))?.successor ?? handle);
    }
    let count = 0;
    for (;;) {
      const listed = only === undefined ? await this.#listed(user) : [only];
      // Handles that are new since the last round may be the same sessions under new ids.
      const handles = listed.filter((handle) => !seen.has(handle));
      if (handles.length === 0) break;
      for (const handle of handles) seen.add(handle);
      count += await this.#destroyAll(user, handles);
    }
    if (!seen.has(INCOMPLETE)) return count;
    throw new Error(`RedisStore: ended ${count} sessions of the user; others may remain: the list was lost`);
  }

  async #listed(user: string): Promise<string[]> {
    const members = await this.#redis.within(() => this.#redis.members(indexOf(user)));
    return members.filter((member) => !member.startsWith(COUNTED));
  }

  /** Returns how many of these sessions still belonged to the user. */
  async #destroyAll(user: string, handles: string[]): Promise<number> {
    const destroyed = await this.#inBatches(handles, async (handle) =>
      Array.isArray(await this.#redis.run(DESTROY, handle, ['0', user])) ? [handle] : [],
    );
    const members = destroyed.flatMap((handle) => [handle, COUNTED + handle]);
    if (members.length > 0) this.#redis.removeMembers(indexOf(user), members);
    return destroyed.length;
  }

  /**
   * Does `work` on the session or, if its id was renewed, on the session that it leads to.
   * @param version the session's version after `work`
   */
  async #orSuccessor(id: string, version: Version, work: (handle: string) => Promise<unknown>) {
    const handle = handleOf(id);
    const outcome = outcomeOf(await work(handle), version);
    const next = outcome.kind === 'gone' && (await this.#successorOf(handle));
    return next ? outcomeOf(await work(next.successor), version, next.successor) : outcome;
  }

  /** The session that a renewed id leads to, if need be over several renewals. */
  async #successorOf(
    handle: string,
    left = MOST_RENEWALS,
  ): Promise<(StoredSession & { successor: string }) | undefined> {
    const lead = await this.#redis.within(() => this.#redis.run(LEAD, handle, []));
    const [next, user] = lead as string[];
    if (next === undefined || left === 0) return undefined;
    const found = storedIn(await this.#redis.within(() => this.#redis.get(next)));
    const session =
      typeof found === 'object' ? { ...found, successor: next } : await this.#successorOf(next, left - 1);
    return session && userOf(session.version) === user ? session : undefined;
  }

  /**
   * Writes the index entry of the user, then the session, so that no session is ever missing from the index. The
   * session counts only once it is stored: otherwise a parallel login could end it before it is stored.
   *
   * @param former the session's version so far; '' for a new session
   */
  #write(
    script: RedisScript,
    handle: string,
    { data, life, ttl, maxOfUser }: SessionWrite,
    version: Version,
    former: Version = '',
  ): Promise<unknown> {
    const ms = this.#redis.ttlOf(ttl);
    const [user, formerUser] = [userOf(version), userOf(former)];
    const isOtherUser = user !== formerUser;
    const limit = isOtherUser ? maxOfUser : undefined;
    const args = [String(ms), `=${former}`, toText(version, life, data)];
    return this.#redis.within(async (isOver) => {
      const indexing = this.#index(user, handle, ms);
      // If the index failed, a client that already has this id could use a session that no list has.
      if (former && isOtherUser) await indexing;
      if (isOver()) return undefined;
      const [reply] = await Promise.all([this.#redis.run(script, handle, args), indexing]);
      const left = reply === 1 ? ms : Array.isArray(reply) ? (reply as [number])[0] : 0;
      // The store may have kept a longer life of the session: its index entry must stay as long.
      if (limit || left > ms) await this.#index(user, handle, left, limit);
      const isMoved = isOtherUser && left > 0 && formerUser !== NOBODY;
      if (isMoved) this.#redis.removeMembers(indexOf(formerUser), [COUNTED + handle]);
      return reply;
    });
  }

  /** Entries of sessions that ended or changed users stay until they expire: readers look each session up. */
  async #index(user: string, handle: string, ttl: number, limit: number | '' = ''): Promise<void> {
    if (user === NOBODY || ttl <= 0) return;
    const reply = await this.#redis.run(INDEX, indexOf(user), [handle, String(ttl), String(limit)]);
    if (reply === 0) this.#redis.warn(indexOf(user), INDEX_REPLACED_WARNING);
    if (Array.isArray(reply)) await this.#destroyAll(user, reply as string[]);
  }

  async #inBatches<One>(handles: string[], work: (handle: string) => Promise<One[]>): Promise<One[]> {
    const results: One[] = [];
    for (let at = 0; at < handles.length; at += BATCH) {
      const batch = handles.slice(at, at + BATCH);
      results.push(...(await this.#redis.within(() => Promise.all(batch.map(work)))).flat());
    }
    return results;
  }
}

const INDEX_REPLACED_WARNING =
  "It was replaced by a new list of this user's sessions. Older sessions are listed again when they are next saved.";

const nonces = new RandomPool(12);

/** 96 random bits make it unique. The user is in it, so that a writer can tell whose session it was before. */
const newVersion = ({ userId }: SessionWrite): string => `${nonces.nextText()} ${userKey(userId)}`;

function storedIn(text: string | null): StoredSession | 'replaced' | 'invalid' | undefined {
  if (text === null) return undefined;
  return text === 'replaced' ? text : (fromText(text) ?? 'invalid');
}

/** The key under which the sessions of a user are listed. */
const indexOf = (user: string): string => `user:${user}`;

/**
 * @param version the session's version after the write
 * @param successor the session's handle, if it was found by a renewed id
 */
function outcomeOf(reply: unknown, version: Version, successor?: string): Outcome {
  if (reply === 1 || Array.isArray(reply)) return { kind: 'done', version };
  const current = typeof reply === 'string' ? fromText(reply) : undefined;
  // If the client lost the answer and sent the command again, it finds its own write.
  if (current?.version === version) return { kind: 'done', version };
  if (!current || !hasValidData(current)) return { kind: 'gone' };
  return { kind: 'changed', current: { ...current, successor } };
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
