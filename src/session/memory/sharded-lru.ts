import { LRUCache } from 'lru-cache';

/** The most entries of a shard. A Map that grows stops the process: 100 ms at a million entries, 12 ms at 100,000. */
const SHARD = 4096;

/** Entries per shard of a full cache. Keys do not spread evenly: the spare room is nearly five standard deviations. */
const FILLED = 3800;

/** @param expected roughly the most entries; 100,000 shards have room for more than a process can hold */
export function countShards(expected: number): number {
  return expected <= SHARD ? 1 : Math.min(Math.ceil(expected / FILLED), 100_000);
}

/** Many small maps or caches instead of a large one, each made when it gets its first entry. */
export class Shards<Shard> {
  readonly all: (Shard | undefined)[];
  readonly #make: () => Shard;
  readonly #prefix: number;

  /** @param prefix how many characters of a key are hashed: with all of them a read takes 70 ns more */
  constructor(count: number, make: () => Shard, prefix = Infinity) {
    this.all = Array.from({ length: count });
    this.#make = make;
    this.#prefix = prefix;
  }

  /** The shard of a key; undefined if it never had an entry. */
  of(key: string): Shard | undefined {
    return this.all[this.indexOf(key)];
  }

  /** The shard of a key, to add an entry to. */
  for(key: string): Shard {
    return (this.all[this.indexOf(key)] ??= this.#make());
  }

  /** The index of a key's shard, by the hash FNV-1a. */
  indexOf(key: string): number {
    if (this.all.length === 1) return 0;
    let hash = 0x811c9dc5;
    const end = Math.min(key.length, this.#prefix);
    for (let at = 0; at < end; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    return (hash >>> 0) % this.all.length;
  }
}

type Bounds = { max: number; maxSize?: number; prefix?: number };

/** A cache bounded by number and by size. It evicts the least recently used entry of a shard. */
export class ShardedLru<Value extends {}> {
  count = 0;
  /** The total size of the entries. */
  size = 0;
  readonly #shards: Shards<LRUCache<string, Value>>;
  readonly #bounds: Bounds;

  /** @param onRemove called for evicted and deleted values, not for overwritten ones; returns the entry's size */
  constructor(shards: number, bounds: Bounds, onRemove: (value: Value, key: string) => number = () => 0) {
    const { max, prefix } = bounds;
    this.#bounds = bounds;
    // Arrays of a known length take less memory than arrays that grow.
    const isFixed = max <= SHARD || max <= shards * FILLED;
    const growing = { maxSize: Number.MAX_SAFE_INTEGER, sizeCalculation: () => 1 };
    const dispose = (value: Value, key: string): void => void (this.size -= onRemove(value, key));
    const options = { ...(isFixed ? { max: Math.min(max, SHARD) } : growing), noDisposeOnSet: true, dispose };
    this.#shards = new Shards(shards, () => new LRUCache<string, Value>(options), prefix);
  }

  get(key: string): Value | undefined {
    return this.#shards.of(key)?.get(key);
  }

  /** Like `get`, but does not count as a use. */
  peek(key: string): Value | undefined {
    return this.#shards.of(key)?.peek(key);
  }

  /** @param growth how much larger the entry is than the one that it replaces */
  set(key: string, value: Value, growth = 0): void {
    const home = this.#shards.for(key);
    const { size } = home;
    home.set(key, value);
    this.count += home.size - size;
    this.size += growth;
    // Evict one entry of each shard in turn, so that a large entry does not empty its own shard.
    const { max, maxSize = Infinity } = this.#bounds;
    let at = this.#shards.indexOf(key);
    for (; this.count > max || this.size > maxSize; at = (at + 1) % this.#shards.all.length) {
      const shard = this.#shards.all[at];
      if (shard && shard.size > Number(shard === home) && shard.pop() !== undefined) this.count -= 1;
    }
  }

  delete(key: string): void {
    if (this.#shards.of(key)?.delete(key)) this.count -= 1;
  }
}
