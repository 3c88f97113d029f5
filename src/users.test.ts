import { expect, it } from 'vitest';
import { quickPasswords } from './auth/testing/quick-passwords.ts';
import { appUsers } from './users.ts';

// All other tests have their own users: only this test must change with src/users.ts.
it('the demo account exists only on the developer’s machine', () => {
  expect(appUsers({ local: true, passwords: quickPasswords }).demo?.name).toBe('ada');
  expect(appUsers({ local: false }).isEmpty).toBe(true);
});
