import { describe, expect, it } from 'vitest';
import { quickPasswords } from './testing/quick-passwords.ts';
import { DEMO_ACCOUNT, demoUsers, noUsers, normalizeName } from './users.ts';

describe('demoUsers', () => {
  it('has the demo account with the password that the login page shows, then with the changed one', async () => {
    const users = demoUsers(quickPasswords);
    const { id, name, displayName, password } = DEMO_ACCOUNT;
    expect(users.demo).toEqual({ name, password });
    const ada = await users.findByName(name);
    expect(ada).toEqual({ id, name, displayName, passwordHash: expect.any(String) as string });
    expect(await quickPasswords.verify(password, ada?.passwordHash ?? '')).toBe(true);
    expect(await users.findById(id)).toEqual(ada);

    await users.changePassword(id, 'a hash');
    const changed = { ...ada, passwordHash: 'a hash' };
    expect([await users.findByName(name), await users.findById(id)]).toEqual([changed, changed]);
  });

  it.each([
    [true, ['Ada', ' ada ', 'ADA', 'ａｄａ']],
    [false, ['', 'adam', 'a da', '__proto__']],
  ])('finds a name (%o) in any spelling: %o', async (isThere, typed) => {
    const users = demoUsers(quickPasswords);
    for (const name of typed) expect((await users.findByName(name)) !== undefined).toBe(isThere);
    expect(await users.findById('ada')).toBeUndefined();
  });
});

it('noUsers finds nobody and has no demo account', async () => {
  const users = noUsers();
  await users.changePassword(DEMO_ACCOUNT.id, 'a hash');
  const found = [await users.findByName(DEMO_ACCOUNT.name), await users.findById(DEMO_ACCOUNT.id)];
  expect([...found, users.demo]).toEqual([undefined, undefined, undefined]);
});

it.each([
  ['a name of 256 characters', 'a'.repeat(256), 'a'.repeat(256)],
  ['a longer name, which no user has,', 'a'.repeat(257), ''],
  ['spaces, upper case and wide letters', ' AＤA ', 'ada'],
  ['an accent of its own', 'Zoe\u0308', 'zoë'],
  ['a ligature', 'ﬁ', 'fi'],
])('normalizes %s, and normalizing again changes nothing', (_what, typed, normalized) => {
  expect(normalizeName(typed)).toBe(normalized);
  expect(normalizeName(normalized)).toBe(normalized);
});
