import { randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import createError from 'http-errors';

/** In bytes of UTF-8. Longer passwords are refused without hashing: they would keep the server busy. */
export const MAX_PASSWORD_BYTES = 1024;

/** What a hash costs: scrypt's parameters (RFC 7914, section 2). */
export interface HashCost {
  /** log2 of N. One more doubles time and memory. */
  ln: number;
  /** Block size. A hash takes 128 · r · N bytes. */
  r: number;
  /** How often the whole computation is repeated. */
  p: number;
}

// OWASP's second choice for scrypt: as strong as N=2^17, p=1, at a quarter of the memory (32 MiB per hash).
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
const COST: HashCost = { ln: 15, r: 8, p: 3 };
/** In bytes, twice what COST needs. It also limits how long a damaged hash can keep the server busy. */
const MAX_MEMORY = 64 * 2 ** 20;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const TOO_MANY = 'Too many people are logging in at this moment. Please try again in a few seconds.';

/** Makes and checks password hashes. */
export type Passwords = ReturnType<typeof createPasswords>;

export const scryptAsync = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** scrypt's signature, with promises. */
export type Derive = typeof scryptAsync;

/**
 * A hash keeps one of libuv's four threads busy for a good part of a second, and files and DNS need those threads too. So
 * at most two hashes run at a time. A hundred may wait, and networks share that queue fairly.
 *
 * @param options.cost of new hashes and decoys, low for tests; @default OWASP's: N=2^15, r=8, p=3
 * @param options.derive computes a hash; @default Node's scrypt
 */
export function createPasswords({
  cost: ownCost = COST,
  derive = scryptAsync,
}: { cost?: HashCost; derive?: Derive } = {}) {
  const limit = limitConcurrency({ running: 2, waiting: 100 });

  function compute(password: string, salt: Buffer, length: number, cost: HashCost, client = '') {
    const { ln, r, p } = cost;
    // Some systems send é as one code point, others as two; both must match (NIST SP 800-63B-4, §3.1.1.2).
    const normalized = password.normalize('NFKC');
    return limit(client, () => derive(normalized, salt, length, { N: 2 ** ln, r, p, maxmem: MAX_MEMORY }));
  }

  return {
    /**
     * Hashes a password with a new salt. The result names its parameters: `$scrypt$ln=15,r=8,p=3$salt$hash`.
     *
     * @param client the network of the client, for fair queueing
     * @throws RangeError if the password has more than {@link MAX_PASSWORD_BYTES}
     * @throws 503 if too many hashes are being computed already
     */
    async hash(password: string, client?: string): Promise<string> {
      if (isTooLong(password))
        throw new RangeError(`The password has more than ${MAX_PASSWORD_BYTES} bytes.`);
      const salt = randomBytes(SALT_BYTES);
      return format(ownCost, salt, await compute(password, salt, HASH_BYTES, ownCost, client));
    },

    /**
     * Whether the password matches the hash; compared in constant time. A password that is too long never matches.
     *
     * @param client as for `hash`
     * @throws {PasswordHashError} if the hash was not made by `hash`
     * @throws 503 if too many hashes are being computed already
     */
    async verify(password: string, hash: string, client?: string): Promise<boolean> {
      const { cost, salt, expected } = parse(hash);
      if (isTooLong(password)) return false;
      return timingSafeEqual(await compute(password, salt, expected.length, cost, client), expected);
    },

    /** A hash that no password matches, and that takes as long to verify as a real one. */
    decoyHash: (): string => format(ownCost, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES)),
  };
}

/** The app's own. There is one, because the limit of concurrent hashes is per process. */
export const passwords = createPasswords();

function isTooLong(password: string): boolean {
  return Buffer.byteLength(password) > MAX_PASSWORD_BYTES;
}

// https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md: base64 without padding.
function format({ ln, r, p }: HashCost, salt: Buffer, hash: Buffer): string {
  const [salted, hashed] = [salt, hash].map((bytes) => bytes.toString('base64').replaceAll('=', ''));
  return `$scrypt$ln=${ln},r=${r},p=${p}$${salted}$${hashed}`;
}

function parse(hash: string) {
  // The minimum lengths matter: every password would match an empty hash.
  const match = /^\$scrypt\$ln=(1?\d),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{11,})\$([\w+/]{22,86})$/.exec(hash);
  if (!match) throw new PasswordHashError(hash);
  const [, ln, r, p, salt = '', expected = ''] = match;
  return {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    expected: Buffer.from(expected, 'base64'),
  };
}

/** A stored hash was not made by `hash`. */
export class PasswordHashError extends Error {
  /** What is stored instead, e.g. `undefined`. Never shows the value: it may be a password. */
  readonly found: string;

  constructor(stored: unknown) {
    const found = kindOf(stored);
    super(`A stored password hash is ${found}, not of the form $scrypt$ln=15,r=8,p=3$salt$hash.`);
    this.found = found;
  }
}

function kindOf(stored: unknown): string {
  if (typeof stored !== 'string') return stored === null ? 'null' : typeof stored;
  return stored === '' ? 'empty' : `text of another form (${stored.length} characters)`;
}

interface Waiting {
  start: () => void;
  reject: (error: Error) => void;
}

/**
 * Runs at most `running` tasks at a time and queues up to `waiting`. Clients are served in turn. When the queue is full,
 * the newest task of the client with the most queued tasks is rejected, so one network cannot crowd out others.
 *
 * @throws (the limited call) 503 with `Retry-After` when it is rejected
 */
function limitConcurrency({ running, waiting }: { running: number; waiting: number }) {
  /** By client; the client whose turn is next comes first. */
  const queues = new Map<string, Waiting[]>();
  let queued = 0;
  let free = running;

  function enqueue(client: string, task: Waiting): void {
    const queue = queues.get(client) ?? [];
    queue.push(task);
    queues.set(client, queue);
    queued += 1;
    if (queued <= waiting) return;
    // The queue of the client that has just added a task, unless another client's is longer.
    const longest = [...queues.values()].reduce((a, b) => (b.length > a.length ? b : a), queue);
    longest.pop()?.reject(createError(503, TOO_MANY, { expose: true, headers: { 'Retry-After': '5' } }));
    queued -= 1;
    if (queue.length === 0) queues.delete(client);
  }

  function dequeue(): Waiting | undefined {
    const [first] = queues;
    if (!first) return undefined;
    const [client, [next, ...rest]] = first;
    queued -= 1;
    // Set again, the client moves behind the others.
    queues.delete(client);
    if (rest.length > 0) queues.set(client, rest);
    return next;
  }

  return async <Result>(client: string, task: () => Promise<Result>): Promise<Result> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((start, reject) => enqueue(client, { start, reject }));
    try {
      return await task();
    } finally {
      // The next task takes over this slot, so that no new task can jump the queue.
      const next = dequeue();
      if (next) next.start();
      else free += 1;
    }
  };
}
