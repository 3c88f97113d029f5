import type { Life } from '../core/life.ts';
import type { StoredSession } from '../core/store.ts';

/** A session as `MemoryStore` holds it. */
export interface HeldSession extends StoredSession {
  /** Under which it is kept; no part of the table. */
  key: string;
  /** Where it is in the table; undefined: not yet there. */
  slot: number | undefined;
  version: number;
  userId: string | undefined;
  /** The last ms on the store's clock at which it is there. */
  endsAt: number;
  /** What it counts for in `maxBytes`. */
  bytes: number;
}

/** Sessions of a block. */
const BLOCK = 4096;

/** Numbers of a session. */
const ROW = 6;

class Block {
  readonly data = Array.from<string>({ length: BLOCK }).fill('');
  readonly users = Array.from<string | undefined>({ length: BLOCK });
  readonly numbers = new Float64Array(BLOCK * ROW);
}

/**
 * Sessions, each in a slot: its texts as they came, and its numbers in a row. As an object, with its life and the
 * numbers, each would take 100 bytes more; as one string with the numbers in front, an update would take 0.6 µs more.
 */
export class SessionTable {
  /** Each made when it is needed: of an array that grows, all would have to wait for the copy. */
  readonly #blocks: Block[] = [];
  readonly #free: number[] = [];
  #used = 0;

  /** Puts a session into its slot, or into a free one. Returns that. */
  put(session: HeldSession): number {
    const { slot = this.#free.pop() ?? this.#used++, data, life, version, userId, endsAt, bytes } = session;
    const block = (this.#blocks[Math.floor(slot / BLOCK)] ??= new Block());
    const at = slot % BLOCK;
    block.data[at] = data;
    // An equal one stays: the index by user has the same string.
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

  /** Frees the slot of a session, and returns that. */
  remove(slot: number, key: string): HeldSession {
    const session = this.get(slot, key);
    this.#free.push(this.put({ ...session, data: '', userId: undefined }));
    return session;
  }
}

const unlessNaN = (number?: number): number | undefined => (Number.isNaN(number) ? undefined : number);
