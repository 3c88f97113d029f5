import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Derive, MAX_PASSWORD_BYTES, createPasswords, passwords } from './passwords.ts';
import { quickPasswords, recordedPasswords } from './testing/quick-passwords.ts';

describe('passwords', () => {
  it('verifies what it has hashed, and nothing else', async () => {
    const hash = await passwords.hash('correct horse');
    expect(await passwords.verify('correct horse', hash)).toBe(true);
    expect(await passwords.verify('Correct horse', hash)).toBe(false);
    expect(await passwords.verify('', hash)).toBe(false);
  });

  it('writes scrypt’s parameters, salt and hash as PHC string', async () => {
    const hash = await passwords.hash('correct horse');
    const [, salt = '', digest] = /^\$scrypt\$ln=15,r=8,p=3\$([\w+/]{22})\$([\w+/]{43})$/.exec(hash) ?? [];
    const options = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 };
    const expected = scryptSync('correct horse', Buffer.from(salt, 'base64'), 32, options);
    expect(digest).toBe(expected.toString('base64').replace('=', ''));
  });

  it('verifies a hash with the parameters that it names', async () => {
    const salt = Buffer.from('0123456789abcdef');
    const digest = scryptSync('old', salt, 32, { N: 2 ** 10, r: 4, p: 1 });
    const phc = [salt, digest].map((bytes) => bytes.toString('base64').replaceAll('=', ''));
    expect(await passwords.verify('old', `$scrypt$ln=10,r=4,p=1$${phc.join('$')}`)).toBe(true);
  });

  it('costs a new hash and a decoy what it is told to', async () => {
    for (const hash of [await quickPasswords.hash('x'), quickPasswords.decoyHash()]) {
      expect(hash).toMatch(/^\$scrypt\$ln=1,r=8,p=1\$/);
    }
  });

  it('salts, so that the same password never has the same hash', async () => {
    expect(await quickPasswords.hash('same')).not.toBe(await quickPasswords.hash('same'));
  });

  it('takes both ways of typing an accent for the same', async () => {
    const hash = await quickPasswords.hash('caf\u00e9');
    expect(await quickPasswords.verify('cafe\u0301', hash)).toBe(true);
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

  it.each([
    '',
    'plain',
    '$scrypt$ln=15,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$',
    '$argon2id$v=19$m=1,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=99,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
  ])('fails loudly on the stored hash %o, without showing it', async (hash) => {
    const failure = passwords.verify('x', hash);
    await expect(failure).rejects.toThrow('set the password anew');
    await expect(failure).rejects.not.toThrow(/argon|plain|AAAA/);
  });

  it('computes two hashes at a time', async () => {
    let running = 0;
    let most = 0;
    const derive: Derive = async (_password, _salt, length) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return Buffer.alloc(length);
    };
    const slow = createPasswords({ derive });
    await Promise.all(Array.from({ length: 9 }, () => slow.hash('x')));
    expect(most).toBe(2);
  });
});

describe('decoyHash', () => {
  it('costs as much to verify as a real hash, and never matches', async () => {
    const { calls, passwords: quick } = recordedPasswords();
    await quick.verify('x', await quick.hash('x'));
    expect(await quick.verify('x', quick.decoyHash())).toBe(false);

    const [, real, decoy] = calls.map(([, salt, length, options]) => ({
      salt: salt.length,
      length,
      options,
    }));
    expect(decoy).toEqual(real);
    // The app's own costs what its hashes cost.
    expect(passwords.decoyHash()).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
  });
});
