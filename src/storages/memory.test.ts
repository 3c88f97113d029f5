import { expect, it } from 'vitest';
import { quickPasswords } from '../auth/testing/quick-passwords.ts';
import { demoUsers } from '../auth/users.ts';
import { PRODUCTION, testApp } from '../testing/test-app.ts';

it('in production a restart logs everybody out, which the app says at the start', () => {
  const users = demoUsers(quickPasswords);
  const { logged } = testApp({ ...PRODUCTION, sessionStore: 'memory' }, { users });
  expect(logged).toEqual([expect.stringContaining('a restart logs everybody out')]);
});
