import { describe, expect, it } from 'vitest';
import { localNames } from './storages/storages.ts';
import { ConfigError, EXAMPLE_KEY, KEY_COMMAND, readConfig } from './config.ts';
import { DEVELOPMENT, PRODUCTION } from './testing/test-app.ts';

const KEY = 'k'.repeat(32);

const refused = (...problems: unknown[]): unknown => expect.objectContaining({ problems });

describe('readConfig', () => {
  it('needs only a key, and treats an empty variable as unset', () => {
    const config = readConfig({ SESSION_KEYS: KEY, PORT: '', HOST: ' ' });
    expect(config).toEqual({ ...DEVELOPMENT, port: 3000, keys: [KEY], logLevel: 'info' });
  });

  it('reads every variable', () => {
    const env = {
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: '0',
      LOG_LEVEL: 'silent',
      TRUST_PROXY: 'true',
    };
    const keys = { SESSION_KEYS: ` ${KEY} , ${'o'.repeat(40)},`, SESSION_STORE: localNames[0] };
    const taken = { keys: [KEY, 'o'.repeat(40)], host: '0.0.0.0', logLevel: 'silent' };
    expect(readConfig({ ...env, ...keys })).toEqual({ ...PRODUCTION, ...taken });
  });

  it('lists every problem at once, with the variable, the value and what to do', () => {
    const env = { NODE_ENV: 'prod', HOST: 'http://a', PORT: '70000', LOG_LEVEL: 'loud', TRUST_PROXY: 'yes' };
    const problems = [
      'NODE_ENV is "prod": give one of development, production, test.',
      'HOST is "http://a": give an address or a host name without http:// and port, such as 127.0.0.1 or 0.0.0.0.',
      'PORT is "70000": give a whole number from 0 to 65535 (0 takes a free port).',
      `SESSION_KEYS is not set: give one or more keys, separated by commas. Make one with: ${KEY_COMMAND}`,
      'LOG_LEVEL is "loud": give one of fatal, error, warn, info, debug, trace, silent.',
      'TRUST_PROXY is "yes": give one of true, false.',
    ];
    expect(() => readConfig(env)).toThrow(new ConfigError(problems));
  });

  it.each([
    ['PORT', ['-1', '3000.5', '1e3', '0x50', 'http', '65536'], /^PORT is "/],
    ['SESSION_STORE', ['disk'], /^SESSION_STORE is "disk": give one of \w+/],
    ['SESSION_KEYS', ['', ' , ,'], /^SESSION_KEYS is not set/],
    ['SESSION_KEYS', ['hunter2'], /^SESSION_KEYS has 7 characters and needs at least 32\. Make(?!.*hunter2)/],
    ['SESSION_KEYS', [`${KEY} ${KEY}`], /^SESSION_KEYS has a space in it: separate keys with commas/],
    ['SESSION_KEYS', [`${KEY},hunter2`], /^SESSION_KEYS, key 2 of 2, has 7 characters and(?!.*hunter2)/],
  ])('refuses a wrong %s: %j', (name, values, problem) => {
    for (const value of values) {
      const env = { SESSION_KEYS: KEY, [name]: value };
      expect(() => readConfig(env)).toThrow(refused(expect.stringMatching(problem)));
    }
  });

  const reachable = [
    { NODE_ENV: 'production' },
    { HOST: '0.0.0.0' },
    { HOST: 'app.internal' },
    { TRUST_PROXY: 'true' },
  ];
  it.each(reachable)(
    'rejects the key of .env.example anywhere in the list when others can reach the app: %j',
    (env) => {
      for (const key of [EXAMPLE_KEY, `"${EXAMPLE_KEY}"`, EXAMPLE_KEY.toUpperCase(), `${EXAMPLE_KEY}-2`]) {
        const problem = refused(expect.stringContaining('is the public key of .env.example'));
        expect(() => readConfig({ ...env, SESSION_KEYS: `${KEY},${key}` })).toThrow(problem);
      }
    },
  );

  it.each(['', '127.0.0.1', '127.8.9.1', '::1', 'localhost', 'LOCALHOST'])(
    'accepts the key of .env.example outside production on the loopback address %j',
    (HOST) => {
      expect(readConfig({ HOST, SESSION_KEYS: EXAMPLE_KEY }).keys).toEqual([EXAMPLE_KEY]);
    },
  );
});
