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
}

// One string for each session, and nothing else: as an object, with its life and the numbers in it, each took 80 bytes
// more and gave the garbage collector seven things to look at. Before the text stand the numbers, a character per byte.

const numbers = new Float64Array(6);
const header = Buffer.from(numbers.buffer);

// The last of the numbers: these, and the length of the user id.
const HAS_USER = 1;
const HAS_LIFE = 2;
const HAS_OWN_MAX_AGE = 4;
const FLAGS = 8;

export function pack({ text, life, version, userId, endsAt }: PackedSession): string {
  const { createdAt = NaN, idleEndsAt = NaN, maxAge = NaN, hasOwnMaxAge = false } = life ?? {};
  const flags = (life ? HAS_LIFE : 0) + (hasOwnMaxAge ? HAS_OWN_MAX_AGE : 0);
  const rest = userId === undefined ? flags : userId.length * FLAGS + HAS_USER + flags;
  numbers.set([version, endsAt, createdAt, idleEndsAt, maxAge === 'session' ? Infinity : maxAge, rest]);
  // Joined it is one string; added up it would be a tree of three.
  return [header.toString('latin1'), userId ?? '', text].join('');
}

export function unpack(packed: string): PackedSession {
  header.write(packed, 0, header.length, 'latin1');
  const [version = 0, endsAt = 0, createdAt, idleEndsAt, maxAge, rest = 0] = numbers;
  const startOfText = header.length + Math.floor(rest / FLAGS);
  const life: Life = {
    createdAt: unlessNaN(createdAt),
    idleEndsAt: unlessNaN(idleEndsAt),
    maxAge: maxAge === Infinity ? 'session' : unlessNaN(maxAge),
    hasOwnMaxAge: (rest & HAS_OWN_MAX_AGE) !== 0,
  };
  const text = packed.slice(startOfText);
  const userId = rest & HAS_USER ? packed.slice(header.length, startOfText) : undefined;
  return { text, life: rest & HAS_LIFE ? life : undefined, version, userId, endsAt };
}

const unlessNaN = (number?: number): number | undefined => (Number.isNaN(number) ? undefined : number);
