import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { quickPasswords } from '../auth/testing/quick-passwords.ts';
import { DEMO_ACCOUNT } from '../auth/users.ts';
import { type Config, readConfig } from '../config.ts';
import { createLog } from '../http/log.ts';
import type { AppRedisClient } from './connect.ts';
import { redisStorage } from './storage.ts';
import { hasRedisServer } from './testing/redis-server.ts';
import { useRedis } from './testing/use-redis.ts';

const NEW_PASSWORD = 'another horse, another battery';

const KEY = 'k'.repeat(32);

describe('readConfig with Redis', () => {
  it('looks for Redis on this machine, unless it is told another place', () => {
    const env = { SESSION_KEYS: KEY, SESSION_STORE: 'redis' };
    expect(readConfig(env).redis).toMatchObject({ nodes: [{ host: '127.0.0.1', port: 6379 }] });
    const elsewhere = { ...env, REDIS_URL: 'rediss://cache:7000' };
    expect(readConfig(elsewhere).redis).toMatchObject({ nodes: [{ host: 'cache', port: 7000 }], tls: true });
    expect(readConfig({ ...elsewhere, SESSION_STORE: 'cookie' }).redis).toBeDefined();
    expect(readConfig({ ...elsewhere, SESSION_STORE: 'memory' }).redis).toBeUndefined();
  });

  it('refuses a REDIS_URL without showing its password', () => {
    expect(() => readConfig({ SESSION_KEYS: KEY, REDIS_URL: 'redis://:hush@a,b' })).toThrow(
      'REDIS_URL is "redis://…": it names several hosts. Say what they are: redis+cluster://… or redis+sentinel://….',
    );
  });
});

describe.skipIf(!hasRedisServer())('the account page on Redis', () => {
  const redisOf = useRedis();
  /** What of Redis fails. */
  let failing: 'nothing' | 'writes' | 'all' = 'nothing';

  function start(lines: string[] = []) {
    const { client } = redisOf.connection;
    const redis: AppRedisClient = {
      get: (key) => (failing === 'all' ? fail() : client.get(key)),
      evalSha: (...args) => (failing === 'nothing' ? client.evalSha(...args) : fail()),
      eval: (...args) => (failing === 'nothing' ? client.eval(...args) : fail()),
      zRange: (...args) => (failing === 'all' ? fail() : client.zRange(...args)),
      zRem: (...args) => client.zRem(...args),
      del: (key) => (failing === 'nothing' ? client.del(key) : fail()),
    };
    const config: Config = {
      production: false,
      host: '127.0.0.1',
      port: 0,
      keys: ['a key of this test, as long as it has to be'],
      sessionStore: 'redis',
      logLevel: 'silent',
      trustProxy: false,
    };
    const log = createLog('warn', { write: (line) => void lines.push(line) });
    const storage = redisStorage({ config, log, now: Date.now }, { client: redis, close: () => undefined });
    const app = createApp(config, { storage, log, passwords: quickPasswords });
    const agent = supertest.agent(app.callback()).set('Accept', 'application/json');
    const logIn = (password: string = DEMO_ACCOUNT.password, name: string = DEMO_ACCOUNT.name) =>
      agent.post('/login').type('form').send({ name, password });
    return { agent, logIn };
  }

  it('counts wrong passwords for all processes together, and says when it cannot', async () => {
    const lines: string[] = [];
    const processes = [start(lines), start(lines)];
    const statuses: number[] = [];
    for (const nth of [0, 1, 0, 1, 0, 1, 0])
      statuses.push((await processes[nth]?.logIn('a guess', 'nobody'))?.status ?? 0);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429]);
    expect(lines).toEqual([]);
    failing = 'writes';
    await processes[0]?.logIn('a guess', 'nobody');
    failing = 'nothing';
    expect(lines.join()).toContain('Redis failed: login attempts are counted in this process only');
  });

  it('changes no password when this session could not get a new id', async () => {
    const { agent, logIn } = start();
    await logIn().expect(200);
    failing = 'writes';
    const form = { 'current-password': DEMO_ACCOUNT.password, 'new-password': NEW_PASSWORD };
    const refused = await agent.post('/account/password').type('form').send(form).expect(503);
    expect(JSON.stringify(refused.body)).toContain('was left as it is');
    failing = 'nothing';
    await logIn(NEW_PASSWORD).expect(422);
    await logIn().expect(200);
  });

  it('does not send to the login who could not be looked up', async () => {
    const { agent, logIn } = start();
    await logIn().expect(200);
    failing = 'all';
    const away = await agent.get('/account').expect(503);
    expect(away.headers['retry-after']).toBe('30');
    expect(JSON.stringify(away.body)).toContain('cannot be looked up at the moment');
    await agent.post('/account/sessions/end-others').expect(503);
    failing = 'nothing';
    await agent.get('/account').expect(200);
  });
});

function fail(): Promise<never> {
  return Promise.reject(new Error('Redis fails'));
}
