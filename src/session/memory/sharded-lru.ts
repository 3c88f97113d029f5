import { LRUCache } from 'lru-cache';

/** The most entries of a shard. While a Map grows, nobody is answered: 100 ms with a million entries, 1 ms with so many. */
const SHARD = 4096;

/** Entries per shard of a full cache. Keys do not spread evenly: this leaves room for six standard deviations. */
const FILLED = 3700;

/** Up to here one shard will do: its Map takes some 10 ms to grow. */
const UNDIVIDED = 100_000;

/** Enough for more sessions than a process can hold. */
const MOST_SHARDS = 100_000;

/** @param expected about how many entries there may be */
export function countShards(expected: number): number {
  return expected <= UNDIVIDED ? 1 : Math.min(Math.ceil(expected / FILLED), MOST_SHARDS);
}

/** Many small maps or caches in place of a large one, each made when it first gets an entry. */
export class Shards<Shard> {
  readonly #shards: (Shard | undefined)[];
  readonly #make: () => Shard;

  constructor(count: number, make: () => Shard) {
    this.#shards = Array.from({ length: count });
    this.#make = make;
  }

  /** The shard of a key; undefined while it has never had an entry. */
  of(key: string): Shard | undefined {
    return this.#shards[this.#indexOf(key)];
  }

  /** The shard of a key, to add an entry to. */
  for(key: string): Shard {
    return (this.#shards[this.#indexOf(key)] ??= this.#make());
  }

  /** All shards round and round, beginning with the one of a key. */
  *from(key: string): Generator<Shard> {
    for (let at = this.#indexOf(key); ; at = (at + 1) % this.#shards.length) {
      const shard = this.#shards[at];
      if (shard) yield shard;
    }
  }

  /** FNV-1a. */
  #indexOf(key: string): number {
    if (this.#shards.length === 1) return 0;
    let hash = 0x811c9dc5;
    for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    return (hash >>> 0) % this.#shards.length;
  }
}

type Bounds = { max: number; maxSize: number };

/** A cache bounded by number and by size. It evicts the least recently used entry of a shard. */
export class ShardedLru<Value extends {}> {
  readonly #shards: Shards<LRUCache<string, Value>>;
  readonly #bounds: Bounds;
  #count = 0;
  #size = 0;

  /** @param onRemove called for evicted and deleted values, not for overwritten ones */
  constructor(shards: number, bounds: Bounds, onRemove?: (value: Value, key: string) => void) {
    this.#bounds = bounds;
    // Arrays of a known length take less memory than arrays that grow.
    const room = shards * FILLED < bounds.max ? 0 : Math.min(bounds.max, SHARD);
    const options = { max: room, maxSize: Number.MAX_SAFE_INTEGER, noDisposeOnSet: true };
    const disposing = onRemove ? { ...options, dispose: onRemove } : options;
    this.#shards = new Shards(shards, () => new LRUCache<string, Value>(disposing));
  }

  get count(): number {
    return this.#count;
  }

  get(key: string): Value | undefined {
    return this.#shards.of(key)?.get(key);
  }

  /** Like `get`, but does not count as a use. */
  peek(key: string): Value | undefined {
    return this.#shards.of(key)?.peek(key);
  }

  /** @param size at most `maxSize` */
  set(key: string, value: Value, size = 1): void {
    const home = this.#shards.for(key);
    this.#change(home, () => home.set(key, value, { size }));
    // One of each shard, so that a large entry does not empty its own.
    for (const shard of this.#shards.from(key)) {
      if (this.#count <= this.#bounds.max && this.#size <= this.#bounds.maxSize) return;
      if (shard !== home || shard.size > 1) this.#change(shard, () => shard.pop());
    }
  }

  delete(key: string): void {
    const shard = this.#shards.of(key);
    if (shard) this.#change(shard, () => shard.delete(key));
  }

  #change(shard: LRUCache<string, Value>, act: () => void): void {
    const { size, calculatedSize } = shard;
    act();
    this.#count += shard.size - size;
    this.#size += shard.calculatedSize - calculatedSize;
  }
}
