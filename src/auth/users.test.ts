import { describe, expect, it } from 'vitest';
import { quickPasswords } from './testing/quick-passwords.ts';
import { DEMO_ACCOUNT, demoUsers, noUsers, normalizeName } from './users.ts';

describe('demoUsers', () => {
  it('knows the demo account, with the password that the login page shows', async () => {
    const users = demoUsers(quickPasswords);
    const ada = await users.findByName(DEMO_ACCOUNT.name);
    expect(ada).toMatchObject({ id: DEMO_ACCOUNT.id, name: 'ada', displayName: 'Ada Lovelace' });
    expect(ada).not.toHaveProperty('password');
    expect(await quickPasswords.verify(DEMO_ACCOUNT.password, ada?.passwordHash ?? '')).toBe(true);
    expect(await users.findById(DEMO_ACCOUNT.id)).toEqual(ada);
  });

  it('finds a name however it is typed, and nobody else', async () => {
    const users = demoUsers(quickPasswords);
    for (const typed of ['Ada', ' ada ', 'ADA', 'ａｄａ'])
      expect(await users.findByName(typed)).toBeDefined();
    for (const typed of ['', 'adam', 'a da', '__proto__'])
      expect(await users.findByName(typed)).toBeUndefined();
    expect(await users.findById('ada')).toBeUndefined();
  });
});

describe('a new password', () => {
  it('takes the place of the old one', async () => {
    const users = demoUsers(quickPasswords);
    await users.changePassword(DEMO_ACCOUNT.id, 'a hash');
    expect(await users.findByName(DEMO_ACCOUNT.name)).toMatchObject({ passwordHash: 'a hash' });
    expect(await users.findById(DEMO_ACCOUNT.id)).toMatchObject({ passwordHash: 'a hash' });
  });
});

describe('noUsers', () => {
  it('knows nobody', async () => {
    expect(await noUsers().findByName(DEMO_ACCOUNT.name)).toBeUndefined();
    expect(await noUsers().findById(DEMO_ACCOUNT.id)).toBeUndefined();
  });
});

describe('normalizeName', () => {
  it('takes a name of more than 256 characters for that of nobody, without normalizing it', () => {
    expect(normalizeName('a'.repeat(256))).toHaveLength(256);
    expect(normalizeName('a'.repeat(257))).toBe('');
  });

  it('changes nothing the second time', () => {
    for (const name of [' Ada ', 'ＡＤＡ', 'Zoe\u0308', 'ﬁ']) {
      expect(normalizeName(normalizeName(name))).toBe(normalizeName(name));
    }
    expect(normalizeName('Zoe\u0308')).toBe('zoë');
  });
});
