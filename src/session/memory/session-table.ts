import type { Life } from '../core/life.ts';
import type { StoredSession } from '../core/store.ts';

/** A session as `MemoryStore` holds it. */
export interface HeldSession extends StoredSession {
  /** The key it is stored under; the table itself does not hold it. */
  key: string;
  /** Its place in the table; undefined: it has none yet. */
  slot: number | undefined;
  version: number;
  userId: string | undefined;
  /** Its last millisecond, by the store's clock. */
  endsAt: number;
  /** What it counts towards `maxBytes`. */
  bytes: number;
}

/** Sessions per block. */
const BLOCK = 4096;

/** Numbers per session. */
const ROW = 6;

class Block {
  readonly data = Array.from<string>({ length: BLOCK }).fill('');
  readonly users = Array.from<string | undefined>({ length: BLOCK });
  readonly numbers = new Float64Array(BLOCK * ROW);
}

/**
 * Holds each session in a slot: its strings in arrays, its numbers in a row of a typed array. With an object for each
 * session it would take 100 bytes more; with one string that begins with the numbers, an update would take 0.6 µs more.
 */
export class SessionTable {
  /** Each is made when it is needed: a single array that grows would stop the process while it is copied. */
  readonly #blocks: Block[] = [];
  readonly #free: number[] = [];
  #used = 0;

  /** Puts a session into its slot, or into a free one, and returns the slot. */
  put(session: HeldSession): number {
    const { slot = this.#free.pop() ?? this.#used++, data, life, version, userId, endsAt, bytes } = session;
    const block = (this.#blocks[Math.floor(slot / BLOCK)] ??= new Block());
    const at = slot % BLOCK;
    block.data[at] = data;
    // An equal string is kept: the index by user shares it.
    if (block.users[at] !== userId) block.users[at] = userId;
    const { createdAt = NaN, idleEndsAt = NaN, maxAge = NaN, hasOwnMaxAge } = life;
    const until = maxAge === 'session' ? Infinity : maxAge;
    const rest = bytes * 2 + Number(hasOwnMaxAge);
    block.numbers.set([version, endsAt, createdAt, idleEndsAt, until, rest], at * ROW);
    return slot;
  }

  get(slot: number, key: string): HeldSession {
    const { data = [], users = [], numbers = [] } = this.#blocks[Math.floor(slot / BLOCK)] ?? {};
    const at = slot % BLOCK;
    const row = at * ROW;
    const [version = 0, endsAt = 0, rest = 0] = [numbers[row], numbers[row + 1], numbers[row + 5]];
    const maxAge = numbers[row + 4];
    const life: Life = {
      createdAt: unlessNaN(numbers[row + 2]),
      idleEndsAt: unlessNaN(numbers[row + 3]),
      maxAge: maxAge === Infinity ? 'session' : unlessNaN(maxAge),
      hasOwnMaxAge: rest % 2 === 1,
    };
    const bytes = Math.floor(rest / 2);
    return { key, slot, data: data[at] ?? '', life, version, userId: users[at], endsAt, bytes };
  }

  /** Frees the slot of a session, and returns the session. */
  remove(slot: number, key: string): HeldSession {
    const session = this.get(slot, key);
    this.#free.push(this.put({ ...session, data: '', userId: undefined }));
    return session;
  }
}

const unlessNaN = (number?: number): number | undefined => (Number.isNaN(number) ? undefined : number);
