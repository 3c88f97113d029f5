import { describe, expect, it } from 'vitest';
import { storageNames } from './storages/storages.ts';
import { ConfigError, EXAMPLE_KEY, KEY_COMMAND, readConfig } from './config.ts';

const KEY = 'k'.repeat(32);

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('needs nothing but a key', () => {
    expect(readConfig({ SESSION_KEYS: KEY })).toEqual({
      production: false,
      host: '127.0.0.1',
      port: 3000,
      keys: [KEY],
      sessionStore: 'memory',
      logLevel: 'info',
      trustProxy: false,
    });
  });

  it('takes every variable', () => {
    const env = {
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: '0',
      SESSION_KEYS: ` ${KEY} , ${'o'.repeat(40)},`,
      SESSION_STORE: 'cookie',
      LOG_LEVEL: 'silent',
      TRUST_PROXY: 'true',
    };
    expect(readConfig(env)).toEqual({
      production: true,
      host: '0.0.0.0',
      port: 0,
      keys: [KEY, 'o'.repeat(40)],
      sessionStore: 'cookie',
      logLevel: 'silent',
      trustProxy: true,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ SESSION_KEYS: KEY, PORT: '', HOST: ' ' })).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
    });
  });

  it('lists every problem at once, with the variable, the value and what to do', () => {
    expect(
      problemsOf({
        NODE_ENV: 'prod',
        HOST: 'http://localhost',
        PORT: '70000',
        SESSION_STORE: 'disk',
        LOG_LEVEL: 'loud',
        TRUST_PROXY: 'yes',
      }),
    ).toEqual([
      'NODE_ENV is "prod": give one of development, production, test.',
      'HOST is "http://localhost": give an address or a host name without http:// and port, such as 127.0.0.1 or 0.0.0.0.',
      'PORT is "70000": give a whole number from 0 to 65535 (0 takes a free port).',
      `SESSION_KEYS is not set: give one or more keys, separated by commas. Make one with: ${KEY_COMMAND}`,
      `SESSION_STORE is "disk": give one of ${storageNames.join(', ')}.`,
      'LOG_LEVEL is "loud": give one of fatal, error, warn, info, debug, trace, silent.',
      'TRUST_PROXY is "yes": give one of true, false.',
    ]);
  });

  it.each(['-1', '3000.5', '1e3', '0x50', 'http', '65536'])('refuses the port %s', (PORT) => {
    expect(problemsOf({ SESSION_KEYS: KEY, PORT })).toHaveLength(1);
  });

  it('says which key is too short and how long it is, never the key', () => {
    const problems = problemsOf({ SESSION_KEYS: `${KEY},hunter2-hunter2` });
    expect(problems).toEqual([
      `SESSION_KEYS, key 2 of 2, has 15 characters and needs at least 32. Make a new one with: ${KEY_COMMAND}`,
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('takes a list of nothing but commas for no key', () => {
    expect(problemsOf({ SESSION_KEYS: ' , ,' })).toEqual([
      expect.stringContaining('SESSION_KEYS is not set'),
    ]);
  });

  it.each([
    { NODE_ENV: 'production' },
    { HOST: '0.0.0.0' },
    { HOST: 'app.internal' },
    { TRUST_PROXY: 'true' },
  ])('rejects the key of .env.example anywhere in the list when others can reach the app: %j', (env) => {
    expect(problemsOf({ ...env, SESSION_KEYS: `${KEY},${EXAMPLE_KEY}` })).toEqual([
      expect.stringContaining('is the public key of .env.example'),
    ]);
  });

  it('rejects what looks like the key of .env.example as well', () => {
    for (const key of [`"${EXAMPLE_KEY}"`, EXAMPLE_KEY.toUpperCase(), `${EXAMPLE_KEY}-2`]) {
      expect(problemsOf({ HOST: '0.0.0.0', SESSION_KEYS: key })).toHaveLength(1);
    }
  });

  it.each(['', '127.0.0.1', '127.8.9.1', '::1', 'localhost', 'LOCALHOST'])(
    'accepts the key of .env.example outside production on the loopback address %j',
    (HOST) => {
      expect(readConfig({ HOST, SESSION_KEYS: EXAMPLE_KEY }).keys).toEqual([EXAMPLE_KEY]);
    },
  );

  it('shows all problems in the message of the error', () => {
    expect(() => readConfig({ PORT: 'x', LOG_LEVEL: 'y' })).toThrow(
      /PORT is "x"[^]*SESSION_KEYS[^]*LOG_LEVEL is "y"/,
    );
  });
});
