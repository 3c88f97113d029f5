import { join } from 'node:path';
import { createClient } from 'redis';
import {
  MemoryRevocations,
  MemoryStore,
  RedisStore,
  type Revocations,
  session,
  type SessionOptions,
  userSessions,
} from '../../../src/session/index.ts';
import { type RedisServer, startRedisServer } from '../../../src/session/testing/redis-server.ts';
import { koaAdapter, type KoaMiddleware } from '../koa-adapter.ts';
import { versionOf } from '../../peers.ts';
import { ROOT } from '../peers.ts';

const DAY = 24 * 60 * 60 * 1000;
const COMMON = 'sealed cookies, a hard end after 30 days, `strict` and `userOf`';

/** As src/session/README.md advises for a new app. */
function ours(newRevocations?: () => Revocations): Omit<KoaMiddleware, 'name'> {
  return {
    version: versionOf(ROOT),
    made: {
      packages: ['cookies', 'crc', 'lru-cache'],
      folder: ROOT,
      ownFolder: join(ROOT, 'src', 'session'),
    },
    lacks: { saveEmpty: 'it has no option for that; `session.save()` does it for one session' },
    mount: (
      app,
      { name: key, keys, pass, maxAge, secure, sameSite, partitioned, rolling, renew, valid, absoluteMaxAge },
      store,
    ) => {
      app.keys = keys;
      const options: SessionOptions = {
        key,
        maxAge,
        secure,
        sameSite,
        partitioned,
        rolling,
        renew,
        valid,
        absoluteMaxAge: absoluteMaxAge ?? 30 * DAY,
        encrypt: true,
        strict: true,
        userOf: userIdOf,
        store: store as MemoryStore | RedisStore | undefined,
        revocations: newRevocations?.(),
      };
      app.use(session(pass(options), app));
    },
    session: (ctx) => ({
      update: (change) => ctx.session.update((data) => change(data as Record<string, unknown>)),
      reload: () => ctx.session.update(() => {}),
      endOthers: () => userSessions(ctx).endOthers(),
    }),
  };
}

function userIdOf(data: object): string | undefined {
  const userId: unknown = Reflect.get(data, 'userId');
  return typeof userId === 'string' ? userId : undefined;
}

const clientOf = (url: string) => createClient({ url });
let redis: { server: RedisServer; client: ReturnType<typeof clientOf> } | undefined;

async function connectToRedis(): Promise<void> {
  const server = await startRedisServer();
  const client = clientOf(server.url);
  await client.connect();
  redis = { server, client };
}

function redisClient(): ReturnType<typeof clientOf> {
  if (!redis) throw new Error('Redis is not running');
  return redis.client;
}

export default [
  koaAdapter({
    ...ours(),
    name: 'ours, memory',
    setUp: `\`MemoryStore\`, ${COMMON}.`,
    createStore: () => new MemoryStore({ now: () => Date.now() }),
  }),
  koaAdapter({
    ...ours(() => new MemoryRevocations()),
    name: 'ours, cookie',
    setUp: `\`MemoryRevocations\` remembers which have ended, ${COMMON}.`,
  }),
  koaAdapter({
    ...ours(),
    name: 'ours, redis',
    setUp: `\`RedisStore\` on a Redis server, ${COMMON}.`,
    open: connectToRedis,
    createStore: (name) => new RedisStore({ client: redisClient(), prefix: name }),
    contentsOf: async () => {
      const client = redisClient();
      const keys = await client.keys('*');
      const values = await Promise.all(
        keys.map((key) => client.type(key).then((type) => (type === 'string' ? client.get(key) : key))),
      );
      return JSON.stringify([keys, values]);
    },
    close: async () => {
      redis?.client.destroy();
      await redis?.server.dispose();
    },
  }),
];
