import { describe, expect, it } from 'vitest';
import { createLogin } from './login.ts';
import type { Passwords } from './passwords.ts';
import { quickPasswords, recordedPasswords } from './testing/quick-passwords.ts';
import { createThrottle } from './throttle.ts';
import { normalizeName, noUsers } from './users.ts';
import type { User, Users } from './users.ts';

const IP = '192.0.2.1';

/** A login with one user, ada, and what scrypt is asked. */
async function loginOfAda() {
  const { passwords, calls } = recordedPasswords();
  const ada: User = { id: '1', name: 'ada', displayName: 'Ada', passwordHash: await passwords.hash('right') };
  const users: Users = {
    findByName: async (name) => (normalizeName(name) === 'ada' ? ada : undefined),
    findById: async () => undefined,
    changePassword: async (id, passwordHash) => {
      if (id === ada.id) ada.passwordHash = passwordHash;
    },
  };
  calls.length = 0;
  const login = createLogin({ users, throttle: createThrottle({ perNameAndIp: 3 }), passwords });
  return { login, ada, calls };
}

describe('createLogin', () => {
  it('lets the right password in', async () => {
    const { login, ada } = await loginOfAda();
    expect(await login.logIn('ada', 'right', IP)).toEqual({ kind: 'ok', user: ada });
    expect(await login.logIn(' ADA ', 'right', IP)).toEqual({ kind: 'ok', user: ada });
  });

  it('gives the same answer to a wrong password and to an unknown name', async () => {
    const { login } = await loginOfAda();
    expect(await login.logIn('ada', 'wrong', IP)).toEqual({ kind: 'wrong' });
    expect(await login.logIn('nobody', 'right', IP)).toEqual({ kind: 'wrong' });
    expect(await login.logIn('', '', IP)).toEqual({ kind: 'wrong' });
  });

  it('does the same work for an unknown name as for a known one', async () => {
    const { login, calls } = await loginOfAda();
    await login.logIn('ada', 'guess', IP);
    await login.logIn('nobody', 'guess', IP);
    const [known, unknown, ...more] = calls.map(([password, salt, length, options]) => {
      return { password, salt: salt.length, length, options };
    });
    expect(unknown).toEqual(known);
    expect(more).toEqual([]);
  });

  it('hashes nothing for an over-long password, whoever it is for', async () => {
    const { login, calls } = await loginOfAda();
    expect(await login.logIn('ada', 'x'.repeat(1025), IP)).toEqual({ kind: 'wrong' });
    expect(await login.logIn('nobody', 'x'.repeat(1025), IP)).toEqual({ kind: 'wrong' });
    expect(calls).toEqual([]);
  });

  it('is throttled after a few failures, alike for known and unknown names, and then hashes nothing', async () => {
    const { login, calls } = await loginOfAda();
    for (const name of ['ada', 'nobody']) {
      for (let i = 0; i < 3; i++) expect(await login.logIn(name, 'wrong', IP)).toEqual({ kind: 'wrong' });
      calls.length = 0;
      expect(await login.logIn(name, 'right', IP)).toEqual({ kind: 'throttled', retryAfterSeconds: 900 });
      expect(calls).toEqual([]);
    }
  });

  it('gives no attempts more for another spelling of the name', async () => {
    const { login } = await loginOfAda();
    for (const name of ['ada', 'ADA', ' ａｄａ ']) await login.logIn(name, 'wrong', IP);
    expect(await login.logIn('Ada', 'right', IP)).toMatchObject({ kind: 'throttled' });
  });

  it('locks nobody out while passwords or users cannot be looked at', async () => {
    const { ada } = await loginOfAda();
    let failing = true;
    const works = async <Result>(result: Result): Promise<Result> => {
      if (failing) throw new Error('too many');
      return result;
    };
    const passwords: Passwords = {
      ...quickPasswords,
      hash: () => works('hash'),
      verify: () => works(true),
    };
    const users: Users = {
      ...noUsers(),
      findByName: () => works(ada),
      changePassword: () => works(undefined),
    };
    const login = createLogin({ users, throttle: createThrottle({ perNameAndIp: 1, perIp: 1 }), passwords });
    for (const _attempt of [1, 2, 3]) {
      await expect(login.logIn('ada', 'right', IP)).rejects.toThrow('too many');
      await expect(login.changePassword(ada, 'right', 'a few words instead', IP)).rejects.toThrow('too many');
    }
    failing = false;
    expect(await login.logIn('ada', 'right', IP)).toMatchObject({ kind: 'ok' });
  });

  it('waits in the queue as its network, for a login as for a new password', async () => {
    const { ada } = await loginOfAda();
    const clients: unknown[] = [];
    const passwords: Passwords = {
      ...quickPasswords,
      hash: async (_password, client) => String(clients.push(client)),
      verify: async (_password, _hash, client) => clients.push(client) > 0,
    };
    const login = createLogin({
      users: { ...noUsers(), findByName: async () => ada },
      throttle: createThrottle(),
      passwords,
    });
    await login.logIn('ada', 'right', '2001:db8:1:2::3');
    await login.changePassword(ada, 'right', 'a few words instead', '192.0.2.1:80');
    expect(clients).toEqual(['2001:db8:1::/48', '192.0.2.1', '192.0.2.1']);
  });

  it('starts counting anew after a right password', async () => {
    const { login } = await loginOfAda();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2; i++) expect(await login.logIn('ada', 'wrong', IP)).toEqual({ kind: 'wrong' });
      expect(await login.logIn('ada', 'right', IP)).toMatchObject({ kind: 'ok' });
    }
  });
});

describe('changing the password', () => {
  const WANTED = 'a few words instead';

  it('lets the new one in, and the old one no more', async () => {
    const { login, ada } = await loginOfAda();
    expect(await login.changePassword(ada, 'right', WANTED, IP)).toEqual({ kind: 'ok' });
    expect(await login.logIn('ada', WANTED, IP)).toEqual({ kind: 'ok', user: ada });
    expect(await login.logIn('ada', 'right', IP)).toEqual({ kind: 'wrong' });
  });

  it('needs the current one, and counts wrong guesses as those of a login', async () => {
    const { login, ada } = await loginOfAda();
    const guess = () => login.changePassword(ada, 'guess', WANTED, IP);
    for (const _attempt of [1, 2, 3]) expect(await guess()).toEqual({ kind: 'wrong' });
    expect(await login.changePassword(ada, 'right', WANTED, IP)).toMatchObject({ kind: 'throttled' });
    expect(await login.logIn('ada', 'right', IP)).toMatchObject({ kind: 'throttled' });
  });

  it.each([
    ['too short', 'x'.repeat(14), /at least 15 characters/],
    ['too long', 'x'.repeat(1025), /at most 1024 bytes/],
    ['the same', 'a long enough one', /another password/],
  ])('refuses one that is %s, without hashing anything', async (_how, wanted, reason) => {
    const { login, ada, calls } = await loginOfAda();
    const result = await login.changePassword(ada, 'a long enough one', wanted, IP);
    expect(result).toEqual({ kind: 'refused', reason: expect.stringMatching(reason) as string });
    expect(calls).toEqual([]);
  });
});
