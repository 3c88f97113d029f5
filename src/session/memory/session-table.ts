import type { Life } from '../core/life.ts';

/** A session as `MemoryStore` is to hold it. */
export interface Session {
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

/** The numbers of a session, in this order. */
const VERSION = 0;
const ENDS_AT = 1;
const CREATED_AT = 2;
const IDLE_ENDS_AT = 3;
const MAX_AGE = 4;
const BYTES_AND_FLAGS = 5;
const NUMBERS = 6;

const HAS_LIFE = 1;
const HAS_OWN_MAX_AGE = 2;
const FLAGS = 4;

/** Sessions of a block. */
const BLOCK = 4096;

/** Each made when it is needed: what grows would keep everybody waiting while it is copied. */
class Block {
  readonly texts: string[] = Array.from<string>({ length: BLOCK }).fill('');
  readonly numbers = new Float64Array(BLOCK * NUMBERS);
  /** For anonymous sessions there is none. */
  users: (string | undefined)[] | undefined;
}

/**
 * Sessions, each in a slot: its text, and a row of numbers. As an object, with its life and the numbers in it, one would take
 * 128 bytes more, and gave the garbage collector seven things to look at.
 */
export class SessionTable {
  readonly #blocks: Block[] = [];
  readonly #free: number[] = [];
  #used = 0;

  /** @returns its slot */
  add(session: Session): number {
    const slot = this.#free.pop() ?? this.#used++;
    const block = this.#block(slot);
    if (session.userId !== undefined) block.users ??= Array.from({ length: BLOCK });
    if (block.users) block.users[slot % BLOCK] = session.userId;
    this.replace(slot, session);
    return slot;
  }

  /** @param session of the same user as the one in the slot */
  replace(slot: number, { text, life, version, endsAt, bytes }: Session): void {
    const { texts, numbers } = this.#block(slot);
    const at = slot % BLOCK;
    texts[at] = text;
    const row = at * NUMBERS;
    numbers[row + VERSION] = version;
    numbers[row + ENDS_AT] = endsAt;
    numbers[row + CREATED_AT] = life?.createdAt ?? NaN;
    numbers[row + IDLE_ENDS_AT] = life?.idleEndsAt ?? NaN;
    const maxAge = life?.maxAge ?? NaN;
    numbers[row + MAX_AGE] = maxAge === 'session' ? Infinity : maxAge;
    const flags = (life ? HAS_LIFE : 0) + (life?.hasOwnMaxAge ? HAS_OWN_MAX_AGE : 0);
    numbers[row + BYTES_AND_FLAGS] = bytes * FLAGS + flags;
  }

  remove(slot: number): void {
    const { texts, users } = this.#block(slot);
    texts[slot % BLOCK] = '';
    if (users) users[slot % BLOCK] = undefined;
    this.#free.push(slot);
  }

  text(slot: number): string {
    return this.#block(slot).texts[slot % BLOCK] ?? '';
  }

  userId(slot: number): string | undefined {
    return this.#block(slot).users?.[slot % BLOCK];
  }

  version(slot: number): number {
    return this.#number(slot, VERSION);
  }

  endsAt(slot: number): number {
    return this.#number(slot, ENDS_AT);
  }

  bytes(slot: number): number {
    return Math.floor(this.#number(slot, BYTES_AND_FLAGS) / FLAGS);
  }

  life(slot: number): Life | undefined {
    const flags = this.#number(slot, BYTES_AND_FLAGS);
    if (!(flags & HAS_LIFE)) return undefined;
    const maxAge = this.#number(slot, MAX_AGE);
    return {
      createdAt: unlessNaN(this.#number(slot, CREATED_AT)),
      idleEndsAt: unlessNaN(this.#number(slot, IDLE_ENDS_AT)),
      maxAge: maxAge === Infinity ? 'session' : unlessNaN(maxAge),
      hasOwnMaxAge: (flags & HAS_OWN_MAX_AGE) !== 0,
    };
  }

  #number(slot: number, which: number): number {
    return this.#block(slot).numbers[(slot % BLOCK) * NUMBERS + which] ?? NaN;
  }

  #block(slot: number): Block {
    return (this.#blocks[Math.floor(slot / BLOCK)] ??= new Block());
  }
}

const unlessNaN = (number: number): number | undefined => (Number.isNaN(number) ? undefined : number);
