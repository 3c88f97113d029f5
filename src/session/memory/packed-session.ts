import type { Life } from '../core/life.ts';

/** A session as `MemoryStore` holds it. */
export interface PackedSession {
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

// One string for each session, and nothing else: as an object, with its life and the numbers in it, each took 80 bytes more
// and gave the garbage collector seven things to look at. Before the text stand the numbers as bytes, each a character.

const VERSION = 0;
const ENDS_AT = 1;
const CREATED_AT = 2;
const IDLE_ENDS_AT = 3;
const MAX_AGE = 4;
const NUMBERS = 5;

const SIZE = 0;
/** How long the user id is, and the flags. */
const REST = 1;
const SMALL_NUMBERS = 2;

const numbers = new Float64Array(NUMBERS + SMALL_NUMBERS / 2);
const smallNumbers = new Uint32Array(numbers.buffer, NUMBERS * numbers.BYTES_PER_ELEMENT, SMALL_NUMBERS);
const header = Buffer.from(numbers.buffer);

const HAS_USER = 1;
const HAS_LIFE = 2;
const HAS_OWN_MAX_AGE = 4;
const FLAGS = 8;

/** What stands for nothing, where `Infinity` stands for `'session'`. */
const NOTHING = Number.NaN;

export function pack({ text, life, version, userId, endsAt, bytes }: PackedSession): string {
  numbers[VERSION] = version;
  numbers[ENDS_AT] = endsAt;
  numbers[CREATED_AT] = life?.createdAt ?? NOTHING;
  numbers[IDLE_ENDS_AT] = life?.idleEndsAt ?? NOTHING;
  numbers[MAX_AGE] = life?.maxAge === 'session' ? Infinity : (life?.maxAge ?? NOTHING);
  const flags =
    (userId === undefined ? 0 : HAS_USER) +
    (life === undefined ? 0 : HAS_LIFE) +
    (life?.hasOwnMaxAge ? HAS_OWN_MAX_AGE : 0);
  smallNumbers[SIZE] = bytes;
  smallNumbers[REST] = (userId?.length ?? 0) * FLAGS + flags;
  // Joined it is one string; added up it would be a tree of three.
  return [header.toString('latin1'), userId ?? '', text].join('');
}

export function unpack(packed: string): PackedSession {
  header.write(packed, 0, header.length, 'latin1');
  const rest = smallNumbers[REST] ?? 0;
  const startOfText = header.length + Math.floor(rest / FLAGS);
  return {
    text: packed.slice(startOfText),
    life:
      (rest & HAS_LIFE) === 0
        ? undefined
        : {
            createdAt: numberAt(CREATED_AT),
            idleEndsAt: numberAt(IDLE_ENDS_AT),
            maxAge: numbers[MAX_AGE] === Infinity ? 'session' : numberAt(MAX_AGE),
            hasOwnMaxAge: (rest & HAS_OWN_MAX_AGE) !== 0,
          },
    version: numbers[VERSION] ?? 0,
    userId: (rest & HAS_USER) === 0 ? undefined : packed.slice(header.length, startOfText),
    endsAt: numbers[ENDS_AT] ?? 0,
    bytes: smallNumbers[SIZE] ?? 0,
  };
}

/** The `bytes` alone. */
export function bytesOf(packed: string): number {
  header.write(packed, 0, header.length, 'latin1');
  return smallNumbers[SIZE] ?? 0;
}

function numberAt(place: number): number | undefined {
  const number = numbers[place];
  return Number.isNaN(number) ? undefined : number;
}
