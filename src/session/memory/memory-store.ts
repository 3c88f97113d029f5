import { type Life, outlasts, fromRecord, lifeOf, type SessionRecord, toRecord } from '../core/life.ts';
import { handleOf } from '../core/session-id.ts';
import { bytesOf, pack, type PackedSession, unpack } from './packed-session.ts';
import { type Dispose, PartedCache, PartedMap } from './parted.ts';
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
} from '../core/store.ts';

/** Options of {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * The most sessions it keeps of each kind: so many that nobody has logged in to, and as many of users. The least
   * recently used goes first; of more than 500, one of the least recently used.
   * @default 100000
   */
  max?: number;
  /** The most bytes of ids and JSON (UTF-8) it keeps of each kind. @default 67108864 (64 MiB) */
  maxBytes?: number;
  /** The clock, in ms; for tests. @default performance.now */
  now?: () => number;
}

/** Sessions by handle, each packed into one text. */
interface Kind {
  sessions: PartedCache<string>;
  /** What they count for in `maxBytes`. */
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
  readonly #anonymous: Kind;
  readonly #signedIn: Kind;
  /** When each became known as replaced. Under a flood the oldest go first and are then just unknown. */
  readonly #replaced: PartedCache<number>;
  /** The handles that `#signedIn` has, by user. Most users have one session, and a set for one would be as large as that. */
  readonly #handlesOf: PartedMap<string | Set<string>>;
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
    // Times are kept beside the text and not by the cache: it has no way to move a session and leave its end alone.
    this.#anonymous = this.#makeKind(max, (packed) => void (this.#anonymous.bytes -= bytesOf(packed)));
    this.#signedIn = this.#makeKind(max, (packed, handle) => {
      const { userId, bytes } = unpack(packed);
      this.#signedIn.bytes -= bytes;
      this.#removeFromIndex(userId, handle);
    });
    this.#replaced = new PartedCache(max);
    this.#handlesOf = new PartedMap(max);
  }

  /** How many sessions are held, those included whose time is over but whose place was not yet needed. */
  get size(): number {
    return this.#anonymous.sessions.size + this.#signedIn.sessions.size;
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
    const data = JSON.stringify(record);
    const kept = this.#made(id, { data, ttl: ttl === 'session' ? undefined : ttl });
    const handle = handleOf(id);
    this.#keep(handle, this.#find(handle), kept);
  }

  read(id: string): StoredSession | 'replaced' | undefined {
    const handle = handleOf(id);
    const found = this.#find(handle);
    if (found) return storedOf(found);
    return this.#isReplaced(handle) ? 'replaced' : undefined;
  }

  /** @throws {RangeError} when the session alone is larger than `maxBytes`, or `ttl` is no number */
  create(id: string, session: SessionWrite): Version | undefined {
    const made = this.#made(id, session);
    const handle = handleOf(id);
    if (this.#find(handle)) return undefined;
    this.#keep(handle, undefined, made);
    return made.version;
  }

  /** @throws {RangeError} as {@link create} does; what is stored stays then */
  update(id: string, version: Version, session: SessionWrite): Outcome {
    const made = this.#made(id, session);
    const handle = handleOf(id);
    return this.#ifStill(handle, version, (former) => {
      const stored = lifeOfPacked(former);
      if (outlasts(stored, session.life)) {
        made.life = stored;
        made.endsAt = former.endsAt;
      }
      this.#keep(handle, former, made);
      return { kind: 'done', version: made.version };
    });
  }

  /** @throws {RangeError} when `ttl` is no number */
  touch(id: string, version: Version, { life, ttl }: Omit<SessionWrite, 'data'>): Outcome {
    const endsAt = this.#endOf(ttl);
    const handle = handleOf(id);
    return this.#ifStill(handle, version, (former) => {
      if (!outlasts(lifeOfPacked(former), life)) {
        const text = storedOf(former).data;
        this.#keep(handle, former, { ...former, text, life, endsAt, bytes: sizeOf(text, id) });
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
    for (const handle of this.#handlesOfUser(userId)) {
      const packed = this.#signedIn.sessions.peek(handle);
      const session = packed === undefined ? undefined : unpack(packed);
      if (session && this.#isThere(session)) listed.push({ handle, ...storedOf(session) });
    }
    return listed;
  }

  destroyByUser(userId: string, { except, only }: { except?: string; only?: string } = {}): number {
    const spared = except === undefined ? undefined : handleOf(except);
    let destroyed = 0;
    for (const handle of this.#handlesOfUser(userId)) {
      if (handle === spared || (only !== undefined && handle !== only)) continue;
      if (this.#find(handle)) destroyed += 1;
      this.#remove(handle);
    }
    return destroyed;
  }

  #makeKind(max: number, dispose: Dispose<string>): Kind {
    // As many as fit into the bytes if all are as large as those that are there.
    const expected = (): number => (this.#maxBytes / kind.bytes) * kind.sessions.size;
    const kind: Kind = { sessions: new PartedCache(max, dispose, expected), bytes: 0 };
    return kind;
  }

  #made(id: string, { data, life, ttl, userId }: Partial<SessionWrite> & { data: string }): PackedSession {
    const bytes = sizeOf(data, id);
    if (bytes > this.#maxBytes) {
      throw new RangeError(
        `MemoryStore: a session of ${bytes} bytes does not fit into maxBytes (${this.#maxBytes})`,
      );
    }
    const endsAt = this.#endOf(ttl);
    this.#lastVersion += 1;
    return { text: data, life, version: this.#lastVersion, userId, endsAt, bytes };
  }

  #endOf(ttl: number | undefined): number {
    if (ttl === undefined) return Infinity;
    if (Number.isNaN(ttl)) throw new RangeError('MemoryStore: ttl must be a number of ms, got NaN');
    return ttl <= 0 ? -Infinity : this.#now() + Math.ceil(ttl);
  }

  #isThere({ endsAt }: PackedSession): boolean {
    return this.#now() <= endsAt;
  }

  #find(handle: string): PackedSession | undefined {
    const packed = this.#signedIn.sessions.get(handle) ?? this.#anonymous.sessions.get(handle);
    if (packed === undefined) return undefined;
    const session = unpack(packed);
    if (this.#isThere(session)) return session;
    this.#remove(handle);
    return undefined;
  }

  /** @param former what it takes the place of */
  #keep(handle: string, former: PackedSession | undefined, session: PackedSession): void {
    if (!former) this.#replaced.delete(handle);
    if (!this.#isThere(session)) {
      this.#remove(handle);
      return;
    }
    const { userId, bytes } = session;
    const isSame = former !== undefined && former.userId === userId;
    if (former && !isSame) this.#remove(handle);
    const kind = userId === undefined ? this.#anonymous : this.#signedIn;
    kind.bytes += isSame ? bytes - former.bytes : bytes;
    kind.sessions.set(handle, pack(session));
    if (userId !== undefined && !isSame) this.#addToIndex(userId, handle);
    while (kind.bytes > this.#maxBytes && kind.sessions.pop(handle));
  }

  #remove(handle: string): void {
    this.#anonymous.sessions.delete(handle);
    this.#signedIn.sessions.delete(handle);
  }

  /** @param version undefined: any */
  #ifStill(handle: string, version: Version | undefined, act: (former: PackedSession) => Outcome): Outcome {
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

  #handlesOfUser(userId: string): Iterable<string> {
    const handles = this.#handlesOf.get(userId) ?? [];
    return typeof handles === 'string' ? [handles] : handles;
  }

  #addToIndex(userId: string, handle: string): void {
    const handles = this.#handlesOf.get(userId);
    if (handles === undefined) this.#handlesOf.set(userId, handle);
    else if (typeof handles === 'string') this.#handlesOf.set(userId, new Set([handles, handle]));
    else handles.add(handle);
  }

  #removeFromIndex(userId: string | undefined, handle: string): void {
    if (userId === undefined) return;
    const handles = this.#handlesOf.get(userId);
    if (handles instanceof Set) handles.delete(handle);
    if (handles === handle || (handles instanceof Set && handles.size === 0)) this.#handlesOf.delete(userId);
  }
}

function storedOf({ text, life, version }: PackedSession): StoredSession {
  if (life) return { data: text, life, version };
  const record = fromRecord(JSON.parse(text) as SessionRecord);
  return { data: JSON.stringify(record.data), life: record.life, version };
}

function lifeOfPacked({ text, life }: PackedSession): Life {
  return life ?? lifeOf(JSON.parse(text) as SessionRecord);
}

function sizeOf(text: string, id: string): number {
  return Buffer.byteLength(text) + Buffer.byteLength(id);
}
