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
import { startRedisServer } from '../../../src/session/testing/redis-server.ts';
import { versionOf } from '../../peers.ts';
import { koaAdapter, type KoaMiddleware } from '../koa.ts';
import { ROOT } from '../peers.ts';

const DAY = 24 * 60 * 60 * 1000;
const COMMON = 'encrypted cookies, a hard end after 30 days, `strict` and `userOf`';

/** Set up as src/session/README.md advises for a new app. */
function ours(name: string, newRevocations?: () => Revocations): KoaMiddleware {
  return {
    name,
    version: versionOf(ROOT),
    made: {
      packages: ['cookies', 'crc', 'lru-cache'],
      folder: ROOT,
      ownFolder: join(ROOT, 'src', 'session'),
    },
    lacks: { saveEmpty: 'it has no option for that; `session.save()` does it for one session' },
    mount: (app, settings, store) => {
      const {
        name: key,
        keys,
        pass,
        maxAge,
        secure,
        sameSite,
        partitioned,
        rolling,
        renew,
        valid,
      } = settings;
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
        absoluteMaxAge: settings.absoluteMaxAge ?? 30 * DAY,
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

async function connectToRedis() {
  const server = await startRedisServer();
  const client = createClient({ url: server.url });
  await client.connect();
  return { server, client };
}

let connected: Awaited<ReturnType<typeof connectToRedis>> | undefined;

function redis() {
  if (!connected) throw new Error('Redis is not running');
  return connected;
}

export default [
  koaAdapter({
    ...ours('ours, memory'),
    setUp: `\`MemoryStore\`, ${COMMON}.`,
    createStore: () => new MemoryStore({ now: () => Date.now() }),
  }),
  koaAdapter({
    ...ours('ours, cookie', () => new MemoryRevocations()),
    setUp: `\`MemoryRevocations\` for ended sessions, ${COMMON}.`,
  }),
  koaAdapter({
    ...ours('ours, redis'),
    setUp: `\`RedisStore\` on a Redis server, ${COMMON}.`,
    open: async () => {
      connected = await connectToRedis();
    },
    createStore: (name) => new RedisStore({ client: redis().client, prefix: name }),
    contentsOf: async () => {
      const { client } = redis();
      const keys = await client.keys('*');
      const values = await Promise.all(
        keys.map(async (key) => ((await client.type(key)) === 'string' ? client.get(key) : key)),
      );
      return JSON.stringify([keys, values]);
    },
    close: async () => {
      const { client, server } = redis();
      client.destroy();
      await server.dispose();
    },
  }),
];
