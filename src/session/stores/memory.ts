import { LRUCache } from 'lru-cache';
import type { SessionRecord } from '../record.ts';
import type { SessionStore } from './store.ts';

/** Options of {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /** The most sessions it keeps; the least recently used goes first. @default 100000 */
  max?: number;
  /** The most bytes of ids and JSON (UTF-8) it keeps. @default 67108864 (64 MiB) */
  maxBytes?: number;
  /** The clock, in ms; for tests. @default performance.now */
  now?: () => number;
}

/**
 * Keeps sessions in the memory of this process: for development, tests and apps of one process. Bounded by number
 * and by bytes. Records are held as JSON text, so nothing that a handler holds on to is the stored object.
 *
 * @example
 * app.use(session({ store: new MemoryStore({ max: 10_000 }) }, app));
 */
export class MemoryStore implements SessionStore {
  readonly #records: LRUCache<string, string>;
  readonly #maxBytes: number;

  /** @throws {RangeError} when `max` or `maxBytes` is not a positive integer */
  constructor({ max = 100_000, maxBytes = 64 * 1024 * 1024, now }: MemoryStoreOptions = {}) {
    for (const [name, value] of Object.entries({ max, maxBytes })) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(`MemoryStore: ${name} must be a positive integer, got ${value}`);
      }
    }
    this.#maxBytes = maxBytes;
    this.#records = new LRUCache({
      max,
      maxSize: maxBytes,
      sizeCalculation: sizeOf,
      // The cache would else keep the time for 1 ms by a timer, which a test's own clock does not move.
      ttlResolution: 0,
      // The cache takes 0 for 'no time at all'.
      ...(now && { perf: { now: () => now() + 1 } }),
    });
  }

  /** How many sessions are held, those included whose time is over but whose place was not yet needed. */
  get size(): number {
    return this.#records.size;
  }

  get(id: string): SessionRecord | undefined {
    const text = this.#records.get(id);
    return text === undefined ? undefined : (JSON.parse(text) as SessionRecord);
  }

  /**
   * @param ttl ms; 'session' keeps the record until its place is needed
   * @throws {RangeError} when the record alone is larger than `maxBytes`, or `ttl` is no number
   */
  set(id: string, record: SessionRecord, ttl?: number | 'session'): void {
    const text = JSON.stringify(record);
    const bytes = sizeOf(text, id);
    if (bytes > this.#maxBytes) {
      throw new RangeError(
        `MemoryStore: a session of ${bytes} bytes does not fit into maxBytes (${this.#maxBytes})`,
      );
    }
    if (Number.isNaN(ttl)) throw new RangeError('MemoryStore: ttl must be a number of ms, got NaN');
    if (typeof ttl === 'number' && ttl <= 0) {
      this.#records.delete(id);
      return;
    }
    this.#records.set(id, text, typeof ttl === 'number' ? { ttl: Math.ceil(ttl) } : undefined);
  }

  destroy(id: string): void {
    this.#records.delete(id);
  }
}

function sizeOf(text: string, id: string): number {
  return Buffer.byteLength(text) + Buffer.byteLength(id);
}
