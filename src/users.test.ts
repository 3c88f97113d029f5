import { expect, it } from 'vitest';
import { quickPasswords } from './auth/testing/quick-passwords.ts';
import { appUsers } from './users.ts';

// All other tests bring users of their own: change this one with src/users.ts.
it('the demo account is there on the machine of the developer alone', () => {
  expect(appUsers({ local: true, passwords: quickPasswords }).demo?.name).toBe('ada');
  expect(appUsers({ local: false }).isEmpty).toBe(true);
});
