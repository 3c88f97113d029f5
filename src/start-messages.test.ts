import { describe, expect, it } from 'vitest';
import { APP_NAME } from './views/layout.ts';
import { welcome } from './start-messages.ts';

const FACTS = { url: 'http://localhost:3000', storage: { name: 'memory', title: 'Memory' }, users: {} };

describe('the first words in the terminal', () => {
  it('say what runs where, where sessions live, the account to log in with, and what to try next', () => {
    const demo = { name: 'ada', password: 'secret' };
    expect(
      welcome({ ...FACTS, users: { demo } })
        .split('\n')
        .filter(Boolean),
    ).toEqual([
      `${APP_NAME} runs at http://localhost:3000`,
      '  Sessions  memory, as SESSION_STORE=memory in .env says',
      '  Log in    http://localhost:3000/login as ada, password secret',
      '  Try next  npm test, which proves all of it in a real browser',
    ]);
  });

  it('name no account where there is none, and the package manager that has started the app', () => {
    const words = welcome({ ...FACTS, userAgent: 'pnpm/10.1.0 npm/? node/v20' });
    expect(words).not.toContain('Log in');
    expect(words).toContain('pnpm test');
  });
});
