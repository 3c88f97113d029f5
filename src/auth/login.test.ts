import { describe, expect, it, vi } from 'vitest';
import { createLogin, MIN_PASSWORD_LENGTH } from './login.ts';
import { MAX_PASSWORD_BYTES } from './passwords.ts';
import { recordedPasswords } from './testing/quick-passwords.ts';
import { createThrottle, THROTTLE_LIMITS } from './throttle.ts';
import { normalizeName, type User, type Users } from './users.ts';

const IP = '192.0.2.1';
/** As short as a new password may be. */
const WANTED = 'a few words too';
const OVERLONG = 'x'.repeat(MAX_PASSWORD_BYTES + 1);

/** A login with one user, ada, and what scrypt is asked. `stored` replaces the hash of her password. */
async function loginOfAda(stored?: { hash: unknown }) {
  const { passwords, calls } = recordedPasswords();
  let passwordHash = stored ? (stored.hash as string) : await passwords.hash('right');
  const find = async (isAda: boolean): Promise<User | undefined> =>
    isAda ? { id: '7', name: 'ada', displayName: 'Ada', passwordHash } : undefined;
  const users: Users = {
    findByName: (name) => find(normalizeName(name) === 'ada'),
    findById: (id) => find(id === '7'),
    changePassword: async (_id, hash) => void (passwordHash = hash),
  };
  calls.length = 0;
  const login = createLogin({ users, throttle: createThrottle({ perNameAndIp: 3 }), passwords });
  return { login, ada: (await users.findById('7')) as User, users, passwords, calls };
}

describe('createLogin', () => {
  it('accepts the right password, any number of times and however the name is typed', async () => {
    const { login, ada } = await loginOfAda();
    expect(ada).toMatchObject({ id: '7', name: 'ada', displayName: 'Ada' });
    for (const name of ['ada', ' ADA ', 'ａｄａ', 'Ada'])
      expect(await login.logIn(name, 'right', IP)).toEqual({ kind: 'ok', user: ada });
  });

  it.each([
    ['a wrong password', 'wrong', 1],
    ['an over-long one', OVERLONG, 0],
    ['an empty one', '', 1],
  ])('treats %s alike, with equal work, for users and unknown names', async (_what, password, hashes) => {
    const { login, calls } = await loginOfAda();
    const work: unknown[] = [];
    for (const name of ['ada', 'nobody', '']) {
      expect(await login.logIn(name, password, IP)).toEqual({ kind: 'wrong' });
      work.push(calls.splice(0).map(([text, salt, ...rest]) => [text, salt.length, ...rest]));
    }
    expect(work[0]).toHaveLength(hashes);
    expect(work).toEqual([work[0], work[0], work[0]]);
  });

  it.each([
    ['a user', ['ada', 'ADA', ' ａｄａ ']],
    ['an unknown name', ['nobody', 'Nobody', ' nobody']],
  ])('throttles %s after a few failures, and then hashes nothing', async (_who, spellings) => {
    const { login, calls } = await loginOfAda();
    for (const name of spellings) expect(await login.logIn(name, 'wrong', IP)).toEqual({ kind: 'wrong' });
    calls.length = 0;
    const throttled = { kind: 'throttled', retryAfterSeconds: THROTTLE_LIMITS.windowSeconds };
    for (const name of spellings) expect(await login.logIn(name, 'right', IP)).toEqual(throttled);
    expect(calls).toEqual([]);
  });

  it('locks nobody out while users or passwords cannot be checked', async () => {
    const { login, users, passwords } = await loginOfAda();
    for (const spy of [vi.spyOn(users, 'findByName'), vi.spyOn(passwords, 'verify')]) {
      spy.mockRejectedValue(new Error('down'));
      for (const _attempt of [1, 2, 3, 4])
        await expect(login.logIn('ada', 'right', IP)).rejects.toThrow('down');
      spy.mockRestore();
    }
    expect(await login.logIn('ada', 'right', IP)).toMatchObject({ kind: 'ok' });
  });

  it('waits in the queue of its network, for a login and for a new password', async () => {
    const { login, ada, passwords } = await loginOfAda();
    const spies = [vi.spyOn(passwords, 'verify'), vi.spyOn(passwords, 'hash')];
    await login.logIn('ada', 'right', '2001:db8:1:2::3');
    await login.changePassword(ada, 'right', WANTED, '192.0.2.1:80');
    const clients = spies.flatMap(({ mock }) => mock.calls.map((call) => call.at(-1)));
    expect(clients).toEqual(['2001:db8:1::/48', '192.0.2.1', '192.0.2.1']);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['empty', ''],
    ['text of another form (5 characters)', 'right'],
  ])('says that the hash of a user is %s, and counts no failure', async (found, hash) => {
    const { login, ada } = await loginOfAda({ hash });
    const message =
      `passwordHash of user 7 is ${found}: findByName and findById must return it as passwords.hash made it; ` +
      'a column password_hash needs `as "passwordHash"`';
    for (const _attempt of [1, 2, 3, 4]) {
      await expect(login.logIn('ada', 'right', IP)).rejects.toThrow(message);
      await expect(login.changePassword(ada, 'right', WANTED, IP)).rejects.toThrow(message);
    }
  });
});

describe('changing the password', () => {
  it('accepts the new password, and the old one no longer', async () => {
    const { login, ada } = await loginOfAda();
    expect(await login.changePassword(ada, 'right', WANTED, IP)).toEqual({ kind: 'ok' });
    expect(await login.logIn('ada', WANTED, IP)).toMatchObject({ kind: 'ok', user: { id: '7' } });
    expect(await login.logIn('ada', 'right', IP)).toEqual({ kind: 'wrong' });
  });

  it('needs the current password, and counts wrong guesses like those of a login', async () => {
    const { login, ada } = await loginOfAda();
    for (const _attempt of [1, 2, 3])
      expect(await login.changePassword(ada, 'guess', WANTED, IP)).toEqual({ kind: 'wrong' });
    expect(await login.changePassword(ada, 'right', WANTED, IP)).toMatchObject({ kind: 'throttled' });
    expect(await login.logIn('ada', 'right', IP)).toMatchObject({ kind: 'throttled' });
  });

  it.each([
    ['too short', 'x'.repeat(MIN_PASSWORD_LENGTH - 1), /at least 15 characters/],
    ['too long', OVERLONG, /Shorten it to 1024 bytes/],
    ['the same', 'a long enough one', /other than the current one/],
  ])('refuses a new password that is %s, without hashing anything', async (_how, wanted, reason) => {
    const { login, ada, calls } = await loginOfAda();
    const result = await login.changePassword(ada, 'a long enough one', wanted, IP);
    expect(result).toEqual({ kind: 'refused', reason: expect.stringMatching(reason) as string });
    expect(calls).toEqual([]);
  });
});
