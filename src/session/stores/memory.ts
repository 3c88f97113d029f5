import { LRUCache } from 'lru-cache';
import { type Life, outlasts } from '../life.ts';
import { fromRecord, lifeOf, type SessionRecord, toRecord } from '../record.ts';
import { handleOf } from '../session-id.ts';
import {
  type ListedSession,
  type Outcome,
  REPLACED_FOR,
  type SessionStore,
  type SessionWrite,
  type StoreContext,
  type StoredSession,
  type Version,
  type VersionedStore,
} from './store.ts';

/** Options of {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * The most sessions it keeps of each kind: so many that nobody has logged in to, and as many of users. The least
   * recently used goes first.
   * @default 100000
   */
  max?: number;
  /** The most bytes of ids and JSON (UTF-8) it keeps of each kind. @default 67108864 (64 MiB) */
  maxBytes?: number;
  /** The clock, in ms; for tests. @default performance.now */
  now?: () => number;
}

interface Entry {
  /** JSON of the data, or of the whole record that `set` was given. */
  text: string;
  /** Undefined: `text` is a record, and tells it. */
  life: Life | undefined;
  version: number;
  userId: string | undefined;
  /** The last ms on the store's clock at which it is there. */
  endsAt: number;
  /** What it counts for in `maxBytes`. */
  bytes: number;
}

/**
 * Keeps sessions in the memory of this process: for development, tests and apps of one process. Text is all it holds,
 * so nothing that a handler holds on to is the stored object, and of an id it holds but the `handleOf`.
 *
 * Bounded by number and by bytes, for anonymous sessions and for those of users apart: whoever asks for sessions without
 * end pushes out other anonymous ones and logs nobody out. Which of the two a session is, the `userId` of its last write
 * says (`create`, `update`; `set` knows of no user).
 *
 * Every method answers at once.
 *
 * @example
 * app.use(session({ store: new MemoryStore({ max: 10_000 }) }, app));
 */
export class MemoryStore implements SessionStore, VersionedStore {
  readonly #anonymous: LRUCache<string, Entry>;
  readonly #signedIn: LRUCache<string, Entry>;
  /** When each became known as replaced. Under a flood the oldest go first and are then just unknown. */
  readonly #replaced: LRUCache<string, number>;
  /** The handles that `#signedIn` has, by user: the cache itself tells what comes and goes. */
  readonly #handlesOf = new Map<string, Set<string>>();
  readonly #maxBytes: number;
  readonly #now: () => number;
  #lastVersion = 0;

  /** @throws {RangeError} when `max` or `maxBytes` is not a positive integer */
  constructor({
    max = 100_000,
    maxBytes = 64 * 1024 * 1024,
    now = () => performance.now(),
  }: MemoryStoreOptions = {}) {
    for (const [name, value] of Object.entries({ max, maxBytes })) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(`MemoryStore: ${name} must be a positive integer, got ${value}`);
      }
    }
    this.#maxBytes = maxBytes;
    this.#now = now;
    // Times are kept in the entries and not by the cache: it has no way to move a session and leave its end alone.
    const bounds = { max, maxSize: maxBytes, sizeCalculation: ({ bytes }: Entry) => bytes };
    this.#anonymous = new LRUCache(bounds);
    this.#signedIn = new LRUCache({
      ...bounds,
      onInsert: (entry, handle) => this.#addToIndex(entry, handle),
      dispose: (entry, handle) => this.#removeFromIndex(entry, handle),
    });
    this.#replaced = new LRUCache({ max });
  }

  /** How many sessions are held, those included whose time is over but whose place was not yet needed. */
  get size(): number {
    return this.#anonymous.size + this.#signedIn.size;
  }

  isOfThisProcess(): true {
    return true;
  }

  /** The session as a record: what `set` was given, or made of what `create` and `update` were. */
  get(id: string): SessionRecord | undefined {
    const entry = this.#find(handleOf(id));
    if (!entry) return undefined;
    const object = JSON.parse(entry.text) as SessionRecord;
    return entry.life ? toRecord(object, entry.life) : object;
  }

  /**
   * @param ttl ms; 'session' keeps the record until its place is needed
   * @throws {RangeError} when the record alone is larger than `maxBytes`, or `ttl` is no number
   */
  set(id: string, record: SessionRecord, ttl?: number | 'session'): void {
    const entry = this.#entryOf(id, {
      data: JSON.stringify(record),
      ttl: ttl === 'session' ? undefined : ttl,
    });
    this.#keep(handleOf(id), entry);
  }

  read(id: string): StoredSession | 'replaced' | undefined {
    const handle = handleOf(id);
    const entry = this.#find(handle);
    if (entry) return storedOf(entry);
    return this.#isReplaced(handle) ? 'replaced' : undefined;
  }

  /** @throws {RangeError} when the session alone is larger than `maxBytes`, or `ttl` is no number */
  create(id: string, session: SessionWrite): Version | undefined {
    const entry = this.#entryOf(id, session);
    const handle = handleOf(id);
    if (this.#find(handle)) return undefined;
    this.#keep(handle, entry);
    return entry.version;
  }

  /** @throws {RangeError} as {@link create} does; what is stored stays then */
  update(id: string, version: Version, session: SessionWrite): Outcome {
    const entry = this.#entryOf(id, session);
    const handle = handleOf(id);
    return this.#ifStill(handle, version, (former) => {
      const stored = lifeOfEntry(former);
      const keepsLife = outlasts(stored, session.life);
      this.#keep(handle, keepsLife ? { ...entry, life: stored, endsAt: former.endsAt } : entry);
      return { kind: 'done', version: entry.version };
    });
  }

  /** @throws {RangeError} when `ttl` is no number */
  touch(id: string, version: Version, { life, ttl }: Omit<SessionWrite, 'data'>): Outcome {
    const endsAt = this.#endOf(ttl);
    const handle = handleOf(id);
    return this.#ifStill(handle, version, (former) => {
      if (!outlasts(lifeOfEntry(former), life)) {
        const { data } = storedOf(former);
        const bytes = sizeOf(data, id);
        this.#keep(handle, { ...former, text: data, life: { ...life }, endsAt, bytes });
      }
      return { kind: 'done', version: former.version };
    });
  }

  /** @param how that of either contract; of the `ctx` that a store of koa-session's kind is told, it needs nothing */
  destroy(
    id: string,
    { version, replaced = false }: { version?: Version; replaced?: boolean } & Partial<StoreContext> = {},
  ): Outcome {
    const handle = handleOf(id);
    return this.#ifStill(handle, version, (former) => {
      this.#remove(handle);
      if (replaced) this.#replaced.set(handle, this.#now());
      return { kind: 'done', version: former.version };
    });
  }

  /** To be listed is no use of a session: the order in which they go stays. */
  listByUser(userId: string): ListedSession[] {
    const listed: ListedSession[] = [];
    for (const handle of this.#handlesOf.get(userId) ?? []) {
      const entry = this.#signedIn.peek(handle);
      if (entry && this.#isThere(entry)) listed.push({ handle, ...storedOf(entry) });
    }
    return listed;
  }

  destroyByUser(userId: string, { except, only }: { except?: string; only?: string } = {}): number {
    const spared = except === undefined ? undefined : handleOf(except);
    let destroyed = 0;
    for (const handle of this.#handlesOf.get(userId) ?? []) {
      if (handle === spared || (only !== undefined && handle !== only)) continue;
      if (this.#find(handle)) destroyed += 1;
      this.#remove(handle);
    }
    return destroyed;
  }

  #entryOf(id: string, { data, life, ttl, userId }: Partial<SessionWrite> & { data: string }): Entry {
    const bytes = sizeOf(data, id);
    if (bytes > this.#maxBytes) {
      throw new RangeError(
        `MemoryStore: a session of ${bytes} bytes does not fit into maxBytes (${this.#maxBytes})`,
      );
    }
    const endsAt = this.#endOf(ttl);
    this.#lastVersion += 1;
    return { text: data, life: life && { ...life }, version: this.#lastVersion, userId, endsAt, bytes };
  }

  #endOf(ttl: number | undefined): number {
    if (ttl === undefined) return Infinity;
    if (Number.isNaN(ttl)) throw new RangeError('MemoryStore: ttl must be a number of ms, got NaN');
    return ttl <= 0 ? -Infinity : this.#now() + Math.ceil(ttl);
  }

  #isThere({ endsAt }: Entry): boolean {
    return this.#now() <= endsAt;
  }

  #find(handle: string): Entry | undefined {
    const entry = this.#signedIn.get(handle) ?? this.#anonymous.get(handle);
    if (!entry || this.#isThere(entry)) return entry;
    this.#remove(handle);
    return undefined;
  }

  #keep(handle: string, entry: Entry): void {
    this.#replaced.delete(handle);
    if (!this.#isThere(entry)) {
      this.#remove(handle);
      return;
    }
    const isAnonymous = entry.userId === undefined;
    (isAnonymous ? this.#signedIn : this.#anonymous).delete(handle);
    (isAnonymous ? this.#anonymous : this.#signedIn).set(handle, entry);
  }

  #remove(handle: string): void {
    this.#anonymous.delete(handle);
    this.#signedIn.delete(handle);
  }

  /** @param version undefined: any */
  #ifStill(handle: string, version: Version | undefined, act: (former: Entry) => Outcome): Outcome {
    const former = this.#find(handle);
    if (!former) return { kind: 'gone' };
    if (version !== undefined && version !== former.version) {
      return { kind: 'changed', current: storedOf(former) };
    }
    return act(former);
  }

  #isReplaced(handle: string): boolean {
    const since = this.#replaced.get(handle);
    return since !== undefined && this.#now() - since < REPLACED_FOR;
  }

  #addToIndex({ userId = '' }: Entry, handle: string): void {
    const handles = this.#handlesOf.get(userId);
    if (handles) handles.add(handle);
    else this.#handlesOf.set(userId, new Set([handle]));
  }

  #removeFromIndex({ userId = '' }: Entry, handle: string): void {
    const handles = this.#handlesOf.get(userId);
    handles?.delete(handle);
    if (handles?.size === 0) this.#handlesOf.delete(userId);
  }
}

function storedOf(entry: Entry): StoredSession {
  const { text, life, version } = entry;
  if (life) return { data: text, life: { ...life }, version };
  const record = fromRecord(JSON.parse(text) as SessionRecord);
  return { data: JSON.stringify(record.data), life: record.life, version };
}

function lifeOfEntry({ text, life }: Entry): Life {
  return life ?? lifeOf(JSON.parse(text) as SessionRecord);
}

function sizeOf(text: string, id: string): number {
  return Buffer.byteLength(text) + Buffer.byteLength(id);
}
