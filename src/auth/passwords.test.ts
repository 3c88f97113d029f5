import { scryptSync } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPasswords, type Derive, MAX_PASSWORD_BYTES, passwords } from './passwords.ts';
import { quickPasswords, recordedPasswords } from './testing/quick-passwords.ts';

/** Salt and hash as PHC strings have them. */
const phc = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

describe('passwords', () => {
  it('verifies what it has hashed, a PHC string with scrypt’s parameters, salt and hash', async () => {
    const hash = await passwords.hash('correct horse');
    const [, salt = '', digest] = /^\$scrypt\$ln=15,r=8,p=3\$([\w+/]{22})\$([\w+/]{43})$/.exec(hash) ?? [];
    const options = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 };
    expect(digest).toBe(phc(scryptSync('correct horse', Buffer.from(salt, 'base64'), 32, options)));
    expect(await passwords.verify('correct horse', hash)).toBe(true);
    expect(await passwords.verify('Correct horse', hash)).toBe(false);
    expect(passwords.decoyHash()).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
  });

  it('verifies a hash with the parameters that it names', async () => {
    const salt = Buffer.from('0123456789abcdef');
    const digest = scryptSync('old', salt, 32, { N: 2 ** 10, r: 4, p: 1 });
    expect(await passwords.verify('old', `$scrypt$ln=10,r=4,p=1$${phc(salt)}$${phc(digest)}`)).toBe(true);
  });

  it('salts, so that one password has a different hash each time', async () => {
    expect(await quickPasswords.hash('same')).not.toBe(await quickPasswords.hash('same'));
  });

  it('accepts both encodings of an accent', async () => {
    expect(await quickPasswords.verify('cafe\u0301', await quickPasswords.hash('caf\u00e9'))).toBe(true);
  });

  it('refuses an over-long password without computing anything', async () => {
    const { calls, passwords: quick } = recordedPasswords();
    const longest = 'é'.repeat(MAX_PASSWORD_BYTES / 2);
    expect(await quick.verify(longest, await quick.hash(longest))).toBe(true);
    calls.length = 0;

    await expect(quick.hash(`${longest}x`)).rejects.toThrow(RangeError);
    expect(await quick.verify(`${longest}x`, quick.decoyHash())).toBe(false);
    expect(calls).toEqual([]);
  });

  it('makes decoys that take as long to verify as a real hash, and never match', async () => {
    const { calls, passwords: quick } = recordedPasswords();
    await quick.verify('x', await quick.hash('x'));
    expect(await quick.verify('x', quick.decoyHash())).toBe(false);
    const costs = calls.map(([, salt, length, options]) => [salt.length, length, options]);
    expect(costs).toEqual([costs[0], costs[0], [16, 32, expect.objectContaining({ N: 2, r: 8, p: 1 })]]);
  });

  const BYTES = 'A'.repeat(22);
  it.each([
    `$scrypt$ln=15,r=8,p=3$${BYTES}$`,
    `$scrypt$ln=99,r=8,p=3$${BYTES}$${BYTES}`,
    `$argon2id$v=19$m=1,t=1,p=1$${BYTES}$${BYTES}`,
  ])('throws for the stored hash %o, without showing it', async (hash) => {
    const found = `text of another form (${hash.length} characters)`;
    const message = `A stored password hash is ${found}, not of the form $scrypt$ln=15,r=8,p=3$salt$hash.`;
    await expect(passwords.verify('x', hash)).rejects.toMatchObject({ message, found });
  });
});

/** Computes no hash, but records the passwords; the client is the first word of each. */
function queueOfHashes() {
  const started: string[] = [];
  const running = { now: 0, most: 0 };
  const derive: Derive = async (password, _salt, length) => {
    started.push(password);
    running.now += 1;
    running.most = Math.max(running.most, running.now);
    await setImmediate();
    running.now -= 1;
    if (password.includes('fails')) throw new Error('scrypt failed');
    return Buffer.alloc(length);
  };
  const slow = createPasswords({ derive });
  /** The hash of each, or the error. */
  const run = (names: string[]) =>
    Promise.all(names.map((name) => slow.hash(name, name.split(' ')[0]).catch((error: unknown) => error)));
  return { started, running, run };
}

const many = (count: number, name: string) => Array.from({ length: count }, (_, nth) => `${name}${nth}`);

describe('the queue of hashes', () => {
  it('computes two at a time, serves clients in turn and goes on after a failure', async () => {
    const { started, running, run } = queueOfHashes();
    await run(['a fails', 'b', 'crowd 1', 'crowd 2', 'crowd 3', 'ada 1', 'ada 2', 'bob 1']);
    expect(started).toEqual(['a fails', 'b', 'crowd 1', 'ada 1', 'bob 1', 'crowd 2', 'ada 2', 'crowd 3']);
    expect(await run(['c', 'd', 'e'])).not.toContainEqual(expect.any(Error));
    expect(running).toEqual({ now: 0, most: 2 });
  });

  it('rejects the newest tasks of a flooding client, so that forty others get in', async () => {
    const results = await queueOfHashes().run([...many(500, 'crowd '), ...many(40, 'network')]);
    const hashed = results.flatMap((result, nth) => (typeof result === 'string' ? [nth] : []));
    // Of the flooding client, two ran at once and sixty of its hundred waiting tasks are left.
    const expected = Array.from({ length: 540 }, (_, nth) => nth).filter((nth) => nth < 62 || nth >= 500);
    expect(hashed).toEqual(expected);
  });

  it('rejects the newcomer with 503 when no client has more tasks waiting', async () => {
    const { run } = queueOfHashes();
    for (const names of [many(103, 'network'), [...many(101, 'network'), 'network3 more', 'network2 more']]) {
      const results = await run(names);
      expect(results.findIndex((result) => typeof result !== 'string')).toBe(102);
      expect(results[102]).toMatchObject({ status: 503, expose: true, headers: { 'Retry-After': '5' } });
    }
  });
});
