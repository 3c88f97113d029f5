import { fromRecord, outlasts, type SessionRecord, toRecord } from '../core/life.ts';
import { handleOf } from '../core/session-id.ts';
import { pack, type PackedSession, unpack } from './packed-session.ts';
import { countShards, ShardedLru, Shards } from './sharded-lru.ts';
import {
  MOST_RENEWALS,
  REPLACED_FOR,
  type SessionWrite,
  type StoredSession,
  type Version,
} from '../core/store.ts';
import type { Ending, ListedSession, Outcome } from '../core/store.ts';
import type { SessionStore, StoreContext, VersionedStore } from '../core/store.ts';

/** Options of {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * The most sessions it keeps of each kind: so many that nobody has logged in to, and as many of users. The least
   * recently used goes first; with a `max` above 100,000, one of the least recently used.
   * @default 100000
   */
  max?: number;
  /** The most bytes of ids and JSON (UTF-8) it keeps of each kind. @default 67108864 (64 MiB) */
  maxBytes?: number;
  /** The clock, in ms; for tests. @default performance.now */
  now?: () => number;
}

/** `bytes` is what the session counts for in `maxBytes`. */
type Sized = PackedSession & { bytes: number };

/** What is known of an id that was replaced. */
interface Replaced {
  until: number;
  /** Until `leadsUntil` it leads to the session of this handle, as long as that is of this user. */
  successor?: string | undefined;
  userId?: string | undefined;
  leadsUntil: number;
  /** When it was replaced, in versions of this store. */
  at: number;
}

/** A session, and under which handle it is; `successor`: it was found by an id that was renewed. */
interface Located {
  handle: string;
  session: PackedSession;
  successor?: string;
}

/** Bytes of a small session, to estimate how many fit into `maxBytes`. */
const SMALL_SESSION = 256;

/**
 * Keeps sessions in the memory of this process: for development, tests and apps of one process. It holds text only, so
 * that no handler has the stored object, and the `handleOf` each id in place of the id.
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
  /** By handle, each packed into one text. */
  readonly #anonymous: ShardedLru<string>;
  readonly #signedIn: ShardedLru<string>;
  /** In a flood the oldest are evicted and are then just unknown. */
  readonly #replaced: ShardedLru<Replaced>;
  /** By user: ids that were replaced before this version lead nowhere. */
  readonly #leadSince: ShardedLru<number>;
  /** The handles in `#signedIn`, by user, with their ends. Most users have one session, and a map would be as large. */
  readonly #handles: Shards<Map<string, string | Map<string, number>>>;
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
    const bounds = { max, maxSize: maxBytes };
    // Times are kept beside the text and not by the cache: it has no way to move a session and leave its end alone.
    this.#anonymous = new ShardedLru(shards, bounds);
    this.#signedIn = new ShardedLru(shards, bounds, (packed, handle) => this.#unlist(packed, handle));
    this.#replaced = new ShardedLru(shards, { max, maxSize: Infinity });
    this.#leadSince = new ShardedLru(shards, { max, maxSize: Infinity });
    this.#handles = new Shards(shards, () => new Map());
  }

  /** How many sessions are held, those included whose time is over but whose place was not yet needed. */
  get size(): number {
    return this.#anonymous.count + this.#signedIn.count;
  }

  /** The session as a record: what `set` was given, or made of what `create` and `update` were. */
  get(id: string): SessionRecord | undefined {
    const found = this.#find(handleOf(id));
    if (!found) return undefined;
    const object = JSON.parse(found.text) as SessionRecord;
    return found.life ? toRecord(object, found.life) : object;
  }

  /**
   * @param ttl ms; 'session' keeps the record until its place is needed
   * @throws {RangeError} when the record alone is larger than `maxBytes`, or `ttl` is no number
   */
  set(id: string, record: SessionRecord, ttl?: number | 'session'): void {
    const made = this.#made(id, { data: JSON.stringify(record), ttl: ttl === 'session' ? undefined : ttl });
    const handle = handleOf(id);
    this.#keep(handle, this.#find(handle), made);
  }

  read(id: string): StoredSession | 'replaced' | undefined {
    const found = this.#locate(id);
    if (found) return storedOf(found.session, found.successor);
    return this.#now() < (this.#replaced.get(handleOf(id))?.until ?? -Infinity) ? 'replaced' : undefined;
  }

  /** @throws {RangeError} when the session alone is larger than `maxBytes`, or `ttl` is no number */
  create(id: string, session: SessionWrite): Version | undefined {
    const made = this.#made(id, session);
    const handle = handleOf(id);
    if (this.#find(handle)) return undefined;
    this.#keep(handle, undefined, made, session.maxOfUser);
    return made.version;
  }

  /** @throws {RangeError} as {@link create} does; what is stored stays then */
  update(id: string, version: Version, session: SessionWrite): Outcome {
    const made = this.#made(id, session);
    return this.#ifStill(id, version, ({ handle, session: former }) => {
      const { life } = storedOf(former);
      const kept = outlasts(life, session.life) ? { ...made, life, endsAt: former.endsAt } : made;
      this.#keep(handle, former, kept, session.maxOfUser);
      return made.version;
    });
  }

  /** @throws {RangeError} when `ttl` is no number */
  touch(id: string, version: Version, { life, ttl }: Omit<SessionWrite, 'data'>): Outcome {
    const endsAt = this.#endOf(ttl);
    return this.#ifStill(id, version, ({ handle, session: former }) => {
      const { data: text, life: stored } = storedOf(former);
      if (outlasts(stored, life)) return former.version;
      this.#keep(handle, former, { ...former, text, life, endsAt, bytes: sizeOf(text, id) });
      return former.version;
    });
  }

  /** @param how as in both contracts; the `ctx` of the one of koa-session's kind is not used */
  destroy(id: string, how: Ending & Partial<StoreContext> = {}): Outcome {
    return this.#ifStill(id, how.version, ({ handle, session }) => {
      this.#remove(handle);
      const { id: successor, userId, for: ms = 0 } = how.successor ?? {};
      const leadsUntil = this.#now() + ms;
      const until = Math.max(leadsUntil, this.#now() + REPLACED_FOR);
      const next = successor && handleOf(successor);
      const at = (this.#lastVersion += 1);
      if (how.replaced) this.#replaced.set(handle, { until, successor: next, userId, leadsUntil, at });
      return session.version;
    });
  }

  /** Listing does not count as a use: it does not change which session is evicted next. */
  listByUser(userId: string): ListedSession[] {
    const listed: ListedSession[] = [];
    for (const handle of this.#handlesOf(userId)) {
      const packed = this.#signedIn.peek(handle);
      const session = packed === undefined ? undefined : unpack(packed);
      if (session && this.#now() <= session.endsAt) listed.push({ handle, ...storedOf(session) });
    }
    return listed;
  }

  destroyByUser(userId: string, { except, only }: { except?: string; only?: string } = {}): number {
    const spared = except === undefined ? undefined : (this.#locate(except)?.handle ?? handleOf(except));
    let destroyed = 0;
    if (only === undefined) {
      this.#leadSince.set(userId, (this.#lastVersion += 1));
      const own = this.#replaced.peek(handleOf(except ?? ''));
      if (own?.successor) own.at = this.#lastVersion;
    }
    for (const handle of this.#handlesOf(userId)) {
      if (handle === spared || (only !== undefined && handle !== only)) continue;
      if (this.#find(handle)) destroyed += 1;
      this.#remove(handle);
    }
    return destroyed;
  }

  #made(id: string, { data, life, ttl, userId }: Partial<SessionWrite> & { data: string }): Sized {
    const bytes = sizeOf(data, id);
    if (bytes > this.#maxBytes) {
      throw new RangeError(`MemoryStore: a session of ${bytes} bytes exceeds maxBytes (${this.#maxBytes})`);
    }
    const endsAt = this.#endOf(ttl);
    this.#lastVersion += 1;
    return { text: data, life, version: this.#lastVersion, userId, endsAt, bytes };
  }

  #endOf(ttl = Infinity): number {
    if (Number.isNaN(ttl)) throw new RangeError('MemoryStore: ttl must be a number of ms, got NaN');
    return ttl <= 0 ? -Infinity : this.#now() + Math.ceil(ttl);
  }

  #find(handle: string): PackedSession | undefined {
    const packed = this.#signedIn.get(handle) ?? this.#anonymous.get(handle);
    if (packed === undefined) return undefined;
    const session = unpack(packed);
    if (this.#now() <= session.endsAt) return session;
    this.#remove(handle);
    return undefined;
  }

  /** @param former what it takes the place of */
  #keep(handle: string, former: PackedSession | undefined, session: Sized, maxOfUser?: number): void {
    if (!former) this.#replaced.delete(handle);
    const { userId, bytes, endsAt } = session;
    if (endsAt < this.#now()) return this.#remove(handle);
    if (former && former.userId !== userId) this.#remove(handle);
    if (userId === undefined) return this.#anonymous.set(handle, pack(session), bytes);
    this.#signedIn.set(handle, pack(session), bytes);
    this.#list(userId, handle, endsAt, userId === former?.userId ? Infinity : maxOfUser);
  }

  #remove(handle: string): void {
    this.#anonymous.delete(handle);
    this.#signedIn.delete(handle);
  }

  /**
   * @param version if it is undefined, the session may be at any
   * @param act returns the version that the session then has
   */
  #ifStill(id: string, version: Version | undefined, act: (found: Located) => Version): Outcome {
    const found = this.#locate(id);
    if (!found) return { kind: 'gone' };
    const isStill = version === undefined || version === found.session.version;
    if (isStill) return { kind: 'done', version: act(found) };
    return { kind: 'changed', current: storedOf(found.session, found.successor) };
  }

  /** The session of an id, or that to which it leads since it was renewed. */
  #locate(id: string): Located | undefined {
    let handle = handleOf(id);
    const own = this.#find(handle);
    if (own) return { handle, session: own };
    const first = this.#replaced.get(handle);
    if (first && first.at < (this.#leadSince.get(first.userId ?? '') ?? 0)) return undefined;
    let left = MOST_RENEWALS;
    for (let former = first; former?.successor && left; former = this.#replaced.get(handle)) {
      left -= 1;
      if (former.userId !== first?.userId || this.#now() >= former.leadsUntil) return undefined;
      handle = former.successor;
      const session = this.#find(handle);
      if (session && session.userId === former.userId) return { handle, session, successor: handle };
    }
    return undefined;
  }

  #handlesOf(userId: string): Iterable<string> {
    const handles = this.#handles.of(userId)?.get(userId) ?? new Map<string, number>();
    return typeof handles === 'string' ? [handles] : handles.keys();
  }

  /** Lists it as the one extended last, and ends the oldest of the others beyond `max`. */
  #list(userId: string, handle: string, endsAt: number, max = Infinity): void {
    const index = this.#handles.for(userId);
    let handles = index.get(userId) ?? handle;
    if (handles === handle) return void index.set(userId, handle);
    // Its end is not looked up: it is the first to go, over or not.
    if (typeof handles === 'string') handles = new Map([[handles, Infinity]]);
    index.set(userId, handles);
    handles.delete(handle);
    handles.set(handle, endsAt);
    if (handles.size <= max) return;
    // Those whose time is over do not count.
    for (const [one, end] of handles) if (end < this.#now()) this.#remove(one);
    for (const one of handles.keys()) if (handles.size > max) this.#remove(one);
  }

  #unlist(packed: string, handle: string): void {
    const { userId = '' } = unpack(packed);
    const index = this.#handles.of(userId);
    const handles = index?.get(userId);
    if (handles instanceof Map) handles.delete(handle);
    if (handles === handle || (handles instanceof Map && handles.size === 0)) index?.delete(userId);
  }
}

function storedOf({ text, life, version }: PackedSession, successor?: string): StoredSession {
  if (life) return { data: text, life, version, successor };
  const record = fromRecord(JSON.parse(text) as SessionRecord);
  return { ...record, data: JSON.stringify(record.data), version };
}

const sizeOf = (text: string, id: string): number => Buffer.byteLength(text) + Buffer.byteLength(id);
