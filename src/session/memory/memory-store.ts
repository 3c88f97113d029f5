import { hash } from 'node:crypto';
import { fromRecord, outlasts, type SessionRecord, toRecord } from '../core/life.ts';
import { type HeldSession, SessionTable } from './session-table.ts';
import { countShards, ShardedLru, Shards } from './sharded-lru.ts';
import { MOST_RENEWALS, REPLACED_FOR } from '../core/store.ts';
import type { Ending, ListedSession, Outcome, SessionStore, SessionWrite } from '../core/store.ts';
import type { StoreContext, StoredSession, Version, VersionedStore } from '../core/store.ts';

/** Options of {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * How many anonymous sessions it keeps, and how many sessions of users. Beyond that it evicts the least recently used
   * session of the same kind; with a `max` above 4096, one of the least recently used.
   * @default 100000
   */
  max?: number;
  /** How many bytes (ids and JSON, in UTF-8) it keeps of each of the two kinds. @default 67108864 (64 MiB) */
  maxBytes?: number;
  /** The clock, in ms; for tests. @default performance.now */
  now?: () => number;
}

/** What the store remembers of a replaced id. */
interface Replaced {
  until: number;
  /** Key of the session that the id leads to until `leadsUntil`, as long as that session belongs to `userId`. */
  successor?: string | undefined;
  userId?: string | undefined;
  leadsUntil: number;
  /** The store's last version when the id was replaced. */
  at: number;
}

/** Bytes of a small session, to estimate how many fit into `maxBytes`. */
const SMALL_SESSION = 256;

/**
 * Keeps sessions in the memory of this process: for development, tests and apps of one process. It stores text, so that
 * no handler can change what is stored, and the SHA-256 of each id instead of the id.
 *
 * Anonymous sessions and users' sessions are limited separately, by number and by bytes: a flood of anonymous sessions
 * evicts only anonymous sessions, and logged-in users are unaffected. A session belongs to a user if its last `create`
 * or `update` had a `userId`. Sessions that `set` stores are anonymous.
 *
 * Every method is synchronous.
 *
 * @example
 * app.use(session({ store: new MemoryStore({ max: 10_000 }) }, app));
 */
export class MemoryStore implements SessionStore, VersionedStore {
  readonly #sessions = new SessionTable();
  /** By key: the slot of the session in the table. */
  readonly #anonymous: ShardedLru<number>;
  readonly #signedIn: ShardedLru<number>;
  /** In a flood the oldest entries are evicted; their ids are then unknown. */
  readonly #replaced: ShardedLru<Replaced>;
  /** By user: a version. Ids that were replaced before it no longer lead to a session. */
  readonly #leadSince: ShardedLru<number>;
  /** By user: the keys of the sessions, with their ends. A single key is not in a map, to save memory. */
  readonly #keys: Shards<Map<string, string | Map<string, number>>>;
  readonly #maxBytes: number;
  readonly #now: () => number;
  #lastVersion = 0;

  /** @throws {RangeError} when `max` or `maxBytes` is not a positive integer */
  constructor(options: MemoryStoreOptions = {}) {
    const { max = 100_000, maxBytes = 64 * 1024 * 1024, now = () => performance.now() } = options;
    for (const [name, value] of Object.entries({ max, maxBytes })) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(`MemoryStore: ${name} must be a positive integer, got ${value}`);
      }
    }
    this.#maxBytes = maxBytes;
    this.#now = now;
    const shards = countShards(Math.min(max, maxBytes / SMALL_SESSION));
    const bounds = { max, maxSize: maxBytes, prefix: 4 };
    this.#anonymous = new ShardedLru(shards, bounds, (slot, key) => this.#sessions.remove(slot, key).bytes);
    this.#signedIn = new ShardedLru(shards, bounds, (slot, key) => this.#unlist(slot, key));
    this.#replaced = new ShardedLru(shards, { max, prefix: 4 });
    this.#leadSince = new ShardedLru(shards, { max });
    this.#keys = new Shards(shards, () => new Map());
  }

  /** The number of sessions, including expired ones that have not been removed yet. */
  get size(): number {
    return this.#anonymous.count + this.#signedIn.count;
  }

  /** The session as a record, without keys that data cannot have. */
  get(id: string): SessionRecord | undefined {
    const found = this.#find(keyOf(id));
    return found && toRecord(JSON.parse(found.data) as object, found.life);
  }

  /**
   * @param ttl ms; 'session' keeps the record until it is evicted
   * @throws {RangeError} when the record alone is larger than `maxBytes`, or `ttl` is NaN
   */
  set(id: string, record: SessionRecord, ttl?: number | 'session'): void {
    const { data, life } = fromRecord(JSON.parse(JSON.stringify(record)) as SessionRecord);
    const end = ttl === 'session' ? undefined : ttl;
    const made = this.#made(id, { data: JSON.stringify(data), life, ttl: end, userId: undefined });
    this.#keep(made, this.#find(made.key));
  }

  read(id: string): StoredSession | 'replaced' | undefined {
    const key = keyOf(id);
    const found = this.#locate(key);
    if (found) return storedOf(found, key);
    return this.#now() < (this.#replaced.get(key)?.until ?? -Infinity) ? 'replaced' : undefined;
  }

  /** @throws {RangeError} when the session alone is larger than `maxBytes`, or `ttl` is NaN */
  create(id: string, session: SessionWrite): Version | undefined {
    const made = this.#made(id, session);
    if (this.#find(made.key)) return undefined;
    this.#keep(made, undefined, session.maxOfUser);
    return made.version;
  }

  /** @throws {RangeError} as {@link create} does; the stored session is then unchanged */
  update(id: string, version: Version, session: SessionWrite): Outcome {
    const made = this.#made(id, session);
    const found = this.#still(made.key, version);
    if ('kind' in found) return found;
    made.key = found.key;
    if (outlasts(found.life, made.life)) [made.life, made.endsAt] = [found.life, found.endsAt];
    this.#keep(made, found, session.maxOfUser);
    return { kind: 'done', version: made.version };
  }

  /** @throws {RangeError} when `ttl` is NaN */
  touch(id: string, version: Version, { life, ttl }: Omit<SessionWrite, 'data'>): Outcome {
    const endsAt = this.#endOf(ttl);
    const found = this.#still(keyOf(id), version);
    if ('kind' in found) return found;
    if (!outlasts(found.life, life)) this.#keep({ ...found, life, endsAt }, found);
    return { kind: 'done', version: found.version };
  }

  /** @param how as in both contracts; the `ctx` that koa-session's contract passes is not used */
  destroy(id: string, how: Ending & Partial<StoreContext> = {}): Outcome {
    const found = this.#still(keyOf(id), how.version);
    if ('kind' in found) return found;
    this.#remove(found.key);
    const { id: successor, userId, for: ms = 0 } = how.successor ?? {};
    const leadsUntil = this.#now() + ms;
    const until = leadsUntil - ms + Math.max(ms, REPLACED_FOR);
    const next = successor && keyOf(successor);
    const at = (this.#lastVersion += 1);
    if (how.replaced) this.#replaced.set(found.key, { until, successor: next, userId, leadsUntil, at });
    return { kind: 'done', version: found.version };
  }

  /** Listing does not count as a use: it does not change which session is evicted next. */
  listByUser(userId: string): ListedSession[] {
    const listed: ListedSession[] = [];
    for (const key of this.#keysOf(userId)) {
      const slot = this.#signedIn.peek(key);
      const session = slot === undefined ? undefined : this.#sessions.get(slot, key);
      if (session && this.#now() <= session.endsAt)
        listed.push({ handle: handleOfKey(key), ...storedOf(session) });
    }
    return listed;
  }

  destroyByUser(userId: string, { except, only }: { except?: string; only?: string } = {}): number {
    const own = except === undefined ? '' : keyOf(except);
    const spared = this.#locate(own)?.key ?? own;
    let destroyed = 0;
    if (only === undefined) {
      this.#leadSince.set(userId, (this.#lastVersion += 1));
      const replaced = this.#replaced.peek(own);
      if (replaced?.successor) replaced.at = this.#lastVersion;
    }
    for (const key of this.#keysOf(userId)) {
      if (key === spared || (only !== undefined && handleOfKey(key) !== only)) continue;
      if (this.#find(key)) destroyed += 1;
      this.#remove(key);
    }
    return destroyed;
  }

  #made(id: string, { data, life, ttl, userId }: SessionWrite): HeldSession {
    const bytes = Buffer.byteLength(data) + Buffer.byteLength(id);
    if (bytes > this.#maxBytes) {
      throw new RangeError(`MemoryStore: a session of ${bytes} bytes exceeds maxBytes (${this.#maxBytes})`);
    }
    const endsAt = this.#endOf(ttl);
    const version = (this.#lastVersion += 1);
    return { key: keyOf(id), slot: undefined, data, life, version, userId, endsAt, bytes };
  }

  #endOf(ttl = Infinity): number {
    if (Number.isNaN(ttl)) throw new RangeError('MemoryStore: ttl must be a number of ms, got NaN');
    return ttl <= 0 ? -Infinity : this.#now() + Math.ceil(ttl);
  }

  #find(key: string): HeldSession | undefined {
    const slot = this.#signedIn.get(key) ?? this.#anonymous.get(key);
    const session = slot === undefined ? undefined : this.#sessions.get(slot, key);
    if (!session || this.#now() <= session.endsAt) return session;
    this.#remove(key);
    return undefined;
  }

  /** @param former the stored session that `session` replaces */
  #keep(session: HeldSession, former?: HeldSession, maxOfUser?: number): void {
    const { key, userId, bytes, endsAt } = session;
    if (!former) this.#replaced.delete(key);
    if (endsAt === -Infinity) return this.#remove(key);
    const stays = former && former.userId === userId;
    if (former && !stays) this.#remove(key);
    session.slot = stays ? former.slot : undefined;
    const cache = userId === undefined ? this.#anonymous : this.#signedIn;
    cache.set(key, this.#sessions.put(session), bytes - (stays ? former.bytes : 0));
    if (userId !== undefined) this.#list(userId, key, endsAt, stays ? Infinity : maxOfUser);
  }

  #remove(key: string): void {
    this.#anonymous.delete(key);
    this.#signedIn.delete(key);
  }

  /** The session if it is at `version` (undefined: at any version), else the outcome of the write. */
  #still(key: string, version: Version | undefined): HeldSession | Outcome {
    const found = this.#locate(key);
    if (!found) return { kind: 'gone' };
    if (version === undefined || version === found.version) return found;
    return { kind: 'changed', current: storedOf(found, key) };
  }

  /** The session of an id, or the one that a renewed id leads to. */
  #locate(key: string): HeldSession | undefined {
    const own = this.#find(key);
    if (own) return own;
    const first = this.#replaced.get(key);
    if (first && first.at < (this.#leadSince.get(first.userId ?? '') ?? 0)) return undefined;
    let left = MOST_RENEWALS;
    for (let former = first; former?.successor && left; former = this.#replaced.get(former.successor)) {
      left -= 1;
      if (former.userId !== first?.userId || this.#now() >= former.leadsUntil) return undefined;
      const session = this.#find(former.successor);
      if (session && session.userId === former.userId) return session;
    }
    return undefined;
  }

  #keysOf(userId: string): Iterable<string> {
    const keys = this.#keys.of(userId)?.get(userId) ?? new Map<string, number>();
    return typeof keys === 'string' ? [keys] : keys.keys();
  }

  /** Lists the session as the one extended last, and ends the user's oldest sessions beyond `max`. */
  #list(userId: string, key: string, endsAt: number, max = Infinity): void {
    const index = this.#keys.for(userId);
    let keys = index.get(userId);
    if (keys === undefined) return void index.set(userId, key);
    if (keys === key) return;
    // The other session is the oldest, so it is removed first: its end does not matter.
    if (typeof keys === 'string') keys = new Map([[keys, Infinity]]);
    index.set(userId, keys);
    keys.delete(key);
    keys.set(key, endsAt);
    if (keys.size <= max) return;
    // Expired sessions do not count.
    for (const [one, end] of keys) if (end < this.#now()) this.#remove(one);
    for (const one of keys.keys()) if (keys.size > max) this.#remove(one);
  }

  /** Removes a session from table and index; returns its bytes. */
  #unlist(slot: number, key: string): number {
    const { userId = '', bytes } = this.#sessions.remove(slot, key);
    const index = this.#keys.of(userId);
    const keys = index?.get(userId);
    if (keys instanceof Map) keys.delete(key);
    if (keys === key || (keys instanceof Map && keys.size === 0)) index?.delete(userId);
    return bytes;
  }
}

/** @param by the key that was looked up */
function storedOf({ key, data, life, version }: HeldSession, by = key): StoredSession {
  return { data, life, version, successor: by === key ? undefined : handleOfKey(key) };
}

/** The hash in `handleOf(id)`, but as binary text, which takes 16 bytes less. */
const keyOf = (id: string): string => hash('sha256', id, 'binary');

const handleOfKey = (key: string): string => Buffer.from(key, 'latin1').toString('base64url');
