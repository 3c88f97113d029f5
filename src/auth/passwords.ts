import { randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import createError from 'http-errors';

/** Bytes of UTF-8. Longer passwords are refused unhashed, so that nobody can keep us busy with a novel. */
export const MAX_PASSWORD_BYTES = 1024;

/** What a hash costs: scrypt's parameters (RFC 7914, section 2). */
export interface HashCost {
  /** The logarithm of N, to base 2: each more doubles time and memory. */
  ln: number;
  /** Block size. A hash takes 128 · r · N bytes. */
  r: number;
  /** How often all of it is done. */
  p: number;
}

// OWASP's second choice for scrypt: as strong as N=2^17, p=1, at a quarter of the memory (32 MiB per hash).
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
const COST: HashCost = { ln: 15, r: 8, p: 3 };
/** Bytes, twice what COST takes. Also keeps a damaged hash from making us compute for minutes. */
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
 * scrypt keeps one of libuv's four threads busy for a good part of a second. Of those live files and DNS too: hence
 * at most two hashes at a time and a hundred in the queue, which networks share fairly.
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
    // One way to type é, not two: keyboards and systems differ (NIST SP 800-63B-4, §3.1.1.2).
    const normalized = password.normalize('NFKC');
    return limit(client, () => derive(normalized, salt, length, { N: 2 ** ln, r, p, maxmem: MAX_MEMORY }));
  }

  return {
    /**
     * Hashes a password with a fresh salt to a string that names its parameters: `$scrypt$ln=15,r=8,p=3$salt$hash`.
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
     * Whether the password is the one behind the hash; compared in constant time. An over-long password never is.
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

    /** A hash that no password has, and that takes as long to verify as a real one. */
    decoyHash: (): string => format(ownCost, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES)),
  };
}

/** The app's own; one for the process, since the limit of concurrent hashes is the process's. */
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
  // A hash of no length would equal every other.
  const match = /^\$scrypt\$ln=(1?\d),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{11,})\$([\w+/]{22,86})$/.exec(hash);
  if (!match) throw new PasswordHashError(hash);
  const [, ln, r, p, salt = '', expected = ''] = match;
  return {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    expected: Buffer.from(expected, 'base64'),
  };
}

/** A stored hash is none that `hash` has made. */
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
  /** By client; the one whose turn is next comes first. */
  const queues = new Map<string, Waiting[]>();
  let queued = 0;
  let free = running;

  function enqueue(client: string, task: Waiting): void {
    const queue = queues.get(client) ?? [];
    queue.push(task);
    queues.set(client, queue);
    queued += 1;
    if (queued <= waiting) return;
    // The newcomer's own queue, unless another client has more tasks in its.
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
    // Set again, the client comes after the others.
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
      // The next one takes over this one's place, so that nobody can slip in between.
      const next = dequeue();
      if (next) next.start();
      else free += 1;
    }
  };
}
