import { describe, expect, it } from 'vitest';
import { PRODUCTION } from './testing/test-app.ts';
import { warningsOf, welcome } from './start-messages.ts';
import { APP_NAME } from './views/layout.ts';

const URL = 'http://localhost:3000';
const storage = { name: 'memory', title: 'Memory' };

describe('the welcome in the terminal', () => {
  it('says where the app runs, where sessions live, how to log in, and what to try next', () => {
    const words = welcome(URL, { storage, users: { demo: { name: 'ada', password: 'secret' } } });
    expect(words.split('\n').filter(Boolean)).toEqual([
      `${APP_NAME} runs at http://localhost:3000`,
      '  Sessions  memory (SESSION_STORE=memory)',
      '  Log in    http://localhost:3000/login as ada, password secret',
      '  Try next  npm test: tests the app, also in a real browser',
    ]);
  });

  it('names no account if there is none, and the package manager that started the app', () => {
    const words = welcome(URL, { storage, users: {} }, 'pnpm/10.1.0 npm/? node/v20');
    expect(words).not.toContain('Log in');
    expect(words).toContain('pnpm test');
  });
});

it.each([
  [{ trustProxy: false }, {}, 'redis', /^Session cookies are Secure .* TRUST_PROXY=true$/],
  [{}, { isEmpty: true }, 'redis', /^Nobody can log in/],
  [{}, {}, 'memory', /^SESSION_STORE is memory: a restart logs everybody out/],
  [{}, {}, 'redis', /^$/],
])(
  'in production the log warns of what is missing: %j, users %j, sessions in %s',
  (config, users, name, warning) => {
    const setting = { local: false, users, storage: { ...storage, name } };
    expect(warningsOf({ ...PRODUCTION, ...config }, setting).join()).toMatch(warning);
  },
);
