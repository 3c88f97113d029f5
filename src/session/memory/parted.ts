import { LRUCache } from 'lru-cache';

/**
 * The most that is in one part. A Map lays itself out anew now and then, and meanwhile nobody is answered: one of a million for
 * 100 ms and more, one of this size for half a ms at most.
 */
const PART = 1024;

/** So many come to a part when the whole is full. They do not come evenly, and room is left for six sigma more. */
const FILLED = 850;

/** Up to here a cache is in one part. To divide it takes half a ms then. */
const UNDIVIDED = 500;

/** For as many as nobody has the memory for, parts may be larger, rather than without number. */
const MOST_PARTS = 8192;

function countOfParts(max: number): number {
  return max <= PART ? 1 : Math.min(Math.ceil(max / FILLED), MOST_PARTS);
}

/**
 * The part of a key: FNV-1a.
 * @param length how many of its characters are looked at
 */
function partOf(key: string, count: number, length: number): number {
  if (count === 1) return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % count;
}

/** So many characters of a key that is random tell its part: 64 to the 6th is far more than there are parts. */
const RANDOM = 6;

/** A Map for up to about `max` keys. */
export class PartedMap<Value> {
  readonly #parts: Map<string, Value>[];

  constructor(max: number) {
    this.#parts = Array.from({ length: countOfParts(max) }, () => new Map<string, Value>());
  }

  get(key: string): Value | undefined {
    return this.#part(key)?.get(key);
  }

  set(key: string, value: Value): void {
    this.#part(key)?.set(key, value);
  }

  delete(key: string): void {
    this.#part(key)?.delete(key);
  }

  #part(key: string): Map<string, Value> | undefined {
    return this.#parts[partOf(key, this.#parts.length, key.length)];
  }
}

/** What is told of a value that was pushed out or deleted; one that another has taken the place of is not. */
export type Dispose<Value> = (value: Value, key: string) => void;

/**
 * A cache that forgets the least recently used first: exactly so of the first 500, or with a `max` of up to 1024; of more it is
 * the least recently used of one part after the other. Its keys have to be random from their beginning on, as handles are.
 */
export class PartedCache<Value extends {}> {
  /** Each made when something goes into it. */
  #parts: (LRUCache<string, Value> | undefined)[] = [];
  readonly #max: number;
  readonly #dispose: Dispose<Value> | undefined;
  readonly #expected: () => number;
  #size = 0;
  #lastPopped = 0;

  /**
   * @param expected how many there are likely to be, where something else bounds them more: with far more parts than that, what
   *   goes first would be left to chance. Asked when the cache is divided
   */
  constructor(max: number, dispose?: Dispose<Value>, expected: () => number = () => max) {
    this.#max = max;
    this.#dispose = dispose;
    this.#expected = expected;
    this.#parts = [this.#makePart()];
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): Value | undefined {
    return this.#part(key)?.get(key);
  }

  /** As `get`, and is no use of it. */
  peek(key: string): Value | undefined {
    return this.#part(key)?.peek(key);
  }

  set(key: string, value: Value): void {
    const part = this.#partFor(key);
    const before = part.size;
    part.set(key, value);
    this.#size += part.size - before;
    if (this.#size > this.#max) this.pop(key);
    if (this.#parts.length === 1 && this.#size > UNDIVIDED) this.#divide();
  }

  delete(key: string): void {
    if (this.#part(key)?.delete(key)) this.#size -= 1;
  }

  /**
   * Forgets one.
   * @param spared the key of the latest, which is not forgotten
   * @returns false when there is no other
   */
  pop(spared: string): boolean {
    const { length } = this.#parts;
    for (let tries = 0; tries < length; tries += 1) {
      this.#lastPopped = (this.#lastPopped + 1) % length;
      const part = this.#parts[this.#lastPopped];
      if (!part || part.size === 0 || (part.size === 1 && part.has(spared))) continue;
      part.pop();
      this.#size -= 1;
      return true;
    }
    return false;
  }

  #part(key: string): LRUCache<string, Value> | undefined {
    return this.#parts[partOf(key, this.#parts.length, RANDOM)];
  }

  #partFor(key: string): LRUCache<string, Value> {
    return (this.#parts[partOf(key, this.#parts.length, RANDOM)] ??= this.#makePart());
  }

  #makePart(): LRUCache<string, Value> {
    const count = this.#parts.length;
    // Room is made at once where it is known how much is needed, which takes less than what grows.
    const isKnown = count > 1 ? count * FILLED >= this.#max : this.#max <= PART;
    const room = isKnown
      ? { max: Math.min(this.#max, PART) }
      : { maxSize: Number.MAX_SAFE_INTEGER, sizeCalculation: () => 1 };
    return new LRUCache({ ...room, noDisposeOnSet: true, ...(this.#dispose && { dispose: this.#dispose }) });
  }

  #divide(): void {
    const [all] = this.#parts;
    const count = countOfParts(Math.min(this.#max, this.#expected()));
    if (!all || count === 1) return;
    this.#parts = Array.from({ length: count });
    // The least recently used first, so that they keep their order.
    for (const key of all.rkeys()) {
      const value = all.peek(key);
      if (value !== undefined) this.#partFor(key).set(key, value);
    }
  }
}
