import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createThrottle, type LoginThrottle, THROTTLE_LIMITS } from '../auth/throttle.ts';
import { DEMO_ACCOUNT } from '../auth/users.ts';
import { readConfig } from '../config.ts';
import { createLog } from '../http/log.ts';
import { slowness } from '../testing/slowness.ts';
import { DEVELOPMENT, testApp } from '../testing/test-app.ts';
import { type AppRedisClient, connectRedis, type RedisConnection } from './connect.ts';
import { parseRedisUrl } from './redis-target.ts';
import { sharedLimiter } from './shared-limiter.ts';
import { redisStorage, redisTarget } from './storage.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from './testing/redis-server.ts';

const KEY = 'k'.repeat(32);
const NEW_PASSWORD = 'another horse, another battery';
const LOCKED: unknown = expect.closeTo(THROTTLE_LIMITS.windowSeconds, -1);
const scale = await slowness();

const fail = () => Promise.reject(new Error('Redis fails'));

async function attempts(throttle: LoginThrottle, count: number, ip = '192.0.2.1'): Promise<number[]> {
  const waits: number[] = [];
  for (let nth = 0; nth < count; nth += 1) waits.push(await throttle.attempt('ada', ip));
  return waits;
}

describe('readConfig with Redis', () => {
  it('looks for Redis on this machine, unless REDIS_URL names another place', () => {
    const env = { SESSION_KEYS: KEY, SESSION_STORE: 'redis' };
    expect(readConfig(env).redis).toMatchObject({ nodes: [{ host: '127.0.0.1', port: 6379 }] });
    const elsewhere = { ...env, REDIS_URL: 'rediss://cache:7000' };
    expect(readConfig(elsewhere).redis).toMatchObject({ nodes: [{ host: 'cache', port: 7000 }], tls: true });
    const settings = { SESSION_STORE: 'cookie', REDIS_URL: parseRedisUrl(elsewhere.REDIS_URL) };
    expect(redisTarget(settings, elsewhere)).toBe(settings.REDIS_URL);
    expect(redisTarget(settings, env)).toBeUndefined();
    expect(redisTarget({ ...settings, SESSION_STORE: 'memory' }, elsewhere)).toBeUndefined();
  });

  it('refuses a REDIS_URL without showing its password', () => {
    expect(() => readConfig({ SESSION_KEYS: KEY, REDIS_URL: 'redis://:hush@a,b' })).toThrow(
      'REDIS_URL is "redis://…": it names several hosts. Say what they are: redis+cluster://… or redis+sentinel://….',
    );
  });
});

describe.skipIf(!hasRedisServer())('on Redis', () => {
  let server: RedisServer;
  let connection: RedisConnection;
  beforeAll(async () => {
    server = await startRedisServer();
    connection = await connectRedis(parseRedisUrl(server.url), pino({ level: 'silent' }));
  });
  afterAll(async () => {
    connection.close();
    await server.dispose();
  });

  const evaluate = (script: string) => connection.client.eval(script, { keys: [], arguments: [] });
  beforeEach(() => evaluate("redis.call('FLUSHALL')"));

  describe('the account page', () => {
    /** Which commands of Redis fail. */
    let failing: 'nothing' | 'writes' | 'all' = 'nothing';
    afterEach(() => void (failing = 'nothing'));

    function flakyClient(): AppRedisClient {
      const { client } = connection;
      return {
        get: (key) => (failing === 'all' ? fail() : client.get(key)),
        evalSha: (...args) => (failing === 'nothing' ? client.evalSha(...args) : fail()),
        eval: (...args) => (failing === 'nothing' ? client.eval(...args) : fail()),
        zRange: (...args) => (failing === 'all' ? fail() : client.zRange(...args)),
        zRem: (...args) => client.zRem(...args),
        del: (key) => (failing === 'nothing' ? client.del(key) : fail()),
      };
    }

    function start(lines: string[] = []) {
      const log = createLog('warn', { write: (line) => void lines.push(line) });
      const storage = redisStorage(
        { config: DEVELOPMENT, log, now: Date.now },
        { ...connection, client: flakyClient() },
      );
      const { browser } = testApp({ sessionStore: 'redis' }, { storage });
      browser.set('Accept', 'application/json');
      const { name, password: right } = DEMO_ACCOUNT;
      const logIn = (password: string = right) =>
        browser.post('/login').type('form').send({ name, password });
      return { browser, logIn };
    }

    it('logs that it counts wrong passwords in this process only, while Redis fails', async () => {
      const lines: string[] = [];
      const { logIn } = start(lines);
      await logIn('a guess').expect(422);
      expect(lines).toEqual([]);
      failing = 'writes';
      await logIn('a guess').expect(422);
      expect(lines.join()).toContain('Redis failed: login attempts are counted in this process only');
    });

    it('changes no password when the session cannot get a new id', async () => {
      const { browser, logIn } = start();
      await logIn().expect(200);
      failing = 'writes';
      const form = { 'current-password': DEMO_ACCOUNT.password, 'new-password': NEW_PASSWORD };
      const refused = await browser.post('/account/password').type('form').send(form).expect(503);
      expect(JSON.stringify(refused.body)).toContain('Your session was not changed');
      failing = 'nothing';
      await logIn(NEW_PASSWORD).expect(422);
      await logIn().expect(200);
    });

    it('does not redirect a user who cannot be looked up to the login', async () => {
      const { browser, logIn } = start();
      await logIn().expect(200);
      failing = 'all';
      const away = await browser.get('/account').expect(503);
      expect(away.headers['retry-after']).toBe('30');
      expect(JSON.stringify(away.body)).toContain('cannot check your login right now');
      await browser.post('/account/sessions/end-others').expect(503);
      failing = 'nothing';
      await browser.get('/account').expect(200);
    });
  });

  describe('createThrottle with limiters in Redis', () => {
    const failures: string[] = [];
    const onFailure = (error: unknown): void => void failures.push(String(error));
    beforeEach(() => void (failures.length = 0));

    /** The throttle of one process. */
    function start(limits = {}, options: object = {}, wait = async (_ms: number) => {}): LoginThrottle {
      const shared = sharedLimiter(connection.client, { onFailure, timeout: 10_000, ...options });
      return createThrottle(limits, { shared, wait });
    }

    it('counts for all processes together, and delays a name for all of them', async () => {
      const waits: number[] = [];
      const wait = async (ms: number): Promise<void> => void waits.push(ms);
      const one = start({ delayAfterPerName: 4 }, {}, wait);
      const other = start({ delayAfterPerName: 4 }, {}, wait);
      expect(await attempts(one, 3)).toEqual([0, 0, 0]);
      expect(await attempts(other, 3)).toEqual([0, 0, LOCKED]);
      expect(waits).toEqual([250]);
      await one.succeeded('ada', '192.0.2.1');
      expect(await attempts(other, 6)).toEqual([0, 0, 0, 0, 0, LOCKED]);
    });

    it('expires its counters with the window, and stores neither names nor addresses', async () => {
      await attempts(start(), 1, '2001:db8::1');
      const kept = (await evaluate(
        "local all = redis.call('KEYS', '*'); for i, key in ipairs(all) do all[i] = key .. ' ' .. redis.call('TTL', key) end; return all",
      )) as string[];
      const kinds = kept.map((line) => /^login-(\w+):[\w-]{43} (?:900|8\d\d)$/.exec(line)?.[1]);
      expect(new Set(kinds)).toEqual(new Set(['48', '56', 'ip', 'name', 'pair']));
    });

    it('counts in memory, and asks Redis again the next time, when a counter in Redis has another type', async () => {
      const one = start();
      await attempts(one, 1);
      await evaluate(
        "for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('DEL', key); redis.call('LPUSH', key, 'ours') end",
      );
      expect(await attempts(one, 6)).toEqual([0, 0, 0, 0, 0, LOCKED]);
      expect(failures.length).toBeGreaterThan(6);
      expect(failures[0]).toContain('WRONGTYPE');
    });

    it('counts in memory while Redis hangs, waits for it once, and asks it again 5 s later', async () => {
      let time = 0;
      const one = start({ perNameAndIp: 1 }, { timeout: 300 * scale, now: () => time });
      server.pause();
      const meanwhile = await attempts(one, 2);
      server.resume();
      expect(meanwhile).toEqual([0, LOCKED]);
      time = 4999;
      expect(await attempts(one, 1)).toEqual([LOCKED]);
      expect(failures).toEqual([expect.stringContaining('Redis did not answer within')]);
      time = 5000;
      await attempts(one, 1);
      expect(await attempts(start({ perNameAndIp: 1 }), 1)).toEqual([LOCKED]);
    });

    it('counts in memory while Redis is gone', async () => {
      const one = start({ perNameAndIp: 1 });
      await server.kill();
      const meanwhile = await attempts(one, 2);
      await server.start();
      expect(meanwhile).toEqual([0, LOCKED]);
    });
  });
});
