import { hash } from 'node:crypto';
import { fromRecord, outlasts, type SessionRecord, toRecord } from '../core/life.ts';
import { type HeldSession, SessionTable } from './session-table.ts';
import { countShards, ShardedLru, Shards } from './sharded-lru.ts';
import { MOST_RENEWALS, REPLACED_FOR } from '../core/store.ts';
import type { Ending, ListedSession, Outcome, Version } from '../core/store.ts';
import type {
  SessionStore,
  SessionWrite,
  StoreContext,
  StoredSession,
  VersionedStore,
} from '../core/store.ts';

/** Options of {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * The most sessions it keeps of each kind: so many that nobody has logged in to, and as many of users. The least
   * recently used goes first; with a `max` above 4096, one of the least recently used.
   * @default 100000
   */
  max?: number;
  /** The most bytes of ids and JSON (UTF-8) it keeps of each kind. @default 67108864 (64 MiB) */
  maxBytes?: number;
  /** The clock, in ms; for tests. @default performance.now */
  now?: () => number;
}

/** What is known of an id that was replaced. */
interface Replaced {
  until: number;
  /** Until `leadsUntil` it leads to the session of this key, as long as that is of this user. */
  successor?: string | undefined;
  userId?: string | undefined;
  leadsUntil: number;
  /** When it was replaced, in versions of this store. */
  at: number;
}

/** Bytes of a small session, to estimate how many fit into `maxBytes`. */
const SMALL_SESSION = 256;

/**
 * Keeps sessions in the memory of this process: for development, tests and apps of one process. It holds text only, so
 * that no handler has the stored object, and the SHA-256 of each id in place of the id.
 *
 * Anonymous sessions and those of users are limited separately, by number and by bytes: a flood of anonymous sessions
 * evicts only anonymous sessions, and logged-in users are unaffected. A session is a user's if its last `create` or
 * `update` had a `userId`; `set` has none.
 *
 * Every method answers at once.
 *
 * @example
 * app.use(session({ store: new MemoryStore({ max: 10_000 }) }, app));
 */
export class MemoryStore implements SessionStore, VersionedStore {
  readonly #sessions = new SessionTable();
  /** The slots of the sessions, by key. */
  readonly #anonymous: ShardedLru<number>;
  readonly #signedIn: ShardedLru<number>;
  /** In a flood the oldest are evicted and are then just unknown. */
  readonly #replaced: ShardedLru<Replaced>;
  /** By user: ids that were replaced before this version lead nowhere. */
  readonly #leadSince: ShardedLru<number>;
  /** The keys in `#signedIn`, by user, with their ends. Most users have one session, and a map would be as large. */
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

  /** How many sessions are held, those included whose time is over but whose place was not yet needed. */
  get size(): number {
    return this.#anonymous.count + this.#signedIn.count;
  }

  /** The session as a record: what `set` was given, but for keys that data cannot have, or made of what was created. */
  get(id: string): SessionRecord | undefined {
    const found = this.#find(keyOf(id));
    return found && toRecord(JSON.parse(found.data) as object, found.life);
  }

  /**
   * @param ttl ms; 'session' keeps the record until its place is needed
   * @throws {RangeError} when the record alone is larger than `maxBytes`, or `ttl` is no number
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

  /** @throws {RangeError} when the session alone is larger than `maxBytes`, or `ttl` is no number */
  create(id: string, session: SessionWrite): Version | undefined {
    const made = this.#made(id, session);
    if (this.#find(made.key)) return undefined;
    this.#keep(made, undefined, session.maxOfUser);
    return made.version;
  }

  /** @throws {RangeError} as {@link create} does; what is stored stays then */
  update(id: string, version: Version, session: SessionWrite): Outcome {
    const made = this.#made(id, session);
    const found = this.#still(made.key, version);
    if ('kind' in found) return found;
    made.key = found.key;
    if (outlasts(found.life, made.life)) [made.life, made.endsAt] = [found.life, found.endsAt];
    this.#keep(made, found, session.maxOfUser);
    return { kind: 'done', version: made.version };
  }

  /** @throws {RangeError} when `ttl` is no number */
  touch(id: string, version: Version, { life, ttl }: Omit<SessionWrite, 'data'>): Outcome {
    const endsAt = this.#endOf(ttl);
    const found = this.#still(keyOf(id), version);
    if ('kind' in found) return found;
    if (!outlasts(found.life, life)) this.#keep({ ...found, life, endsAt }, found);
    return { kind: 'done', version: found.version };
  }

  /** @param how as in both contracts; the `ctx` of the one of koa-session's kind is not used */
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
      const left = this.#replaced.peek(own);
      if (left?.successor) left.at = this.#lastVersion;
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

  /** @param former what it takes the place of */
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

  /** The session if it is at `version`, or at any if that is undefined; else what became of the write. */
  #still(key: string, version: Version | undefined): HeldSession | Outcome {
    const found = this.#locate(key);
    if (!found) return { kind: 'gone' };
    if (version === undefined || version === found.version) return found;
    return { kind: 'changed', current: storedOf(found, key) };
  }

  /** The session of an id, or that to which it leads since it was renewed. */
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

  /** Lists it as the one extended last, and ends the oldest of the others beyond `max`. */
  #list(userId: string, key: string, endsAt: number, max = Infinity): void {
    const index = this.#keys.for(userId);
    let keys = index.get(userId);
    if (keys === undefined) return void index.set(userId, key);
    if (keys === key) return;
    // Its end is not looked up: it is the first to go, over or not.
    if (typeof keys === 'string') keys = new Map([[keys, Infinity]]);
    index.set(userId, keys);
    keys.delete(key);
    keys.set(key, endsAt);
    if (keys.size <= max) return;
    // Those whose time is over do not count.
    for (const [one, end] of keys) if (end < this.#now()) this.#remove(one);
    for (const one of keys.keys()) if (keys.size > max) this.#remove(one);
  }

  /** Removes it from table and index; returns its bytes. */
  #unlist(slot: number, key: string): number {
    const { userId = '', bytes } = this.#sessions.remove(slot, key);
    const index = this.#keys.of(userId);
    const keys = index?.get(userId);
    if (keys instanceof Map) keys.delete(key);
    if (keys === key || (keys instanceof Map && keys.size === 0)) index?.delete(userId);
    return bytes;
  }
}

/** @param by the key by which it was found */
function storedOf({ key, data, life, version }: HeldSession, by = key): StoredSession {
  return { data, life, version, successor: by === key ? undefined : handleOfKey(key) };
}

/** Its `handleOf` in fewer characters, 16 bytes less in memory. */
const keyOf = (id: string): string => hash('sha256', id, 'binary');

const handleOfKey = (key: string): string => Buffer.from(key, 'latin1').toString('base64url');
