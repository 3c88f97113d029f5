import manifest from '../../../package.json' with { type: 'json' };
import { join } from 'node:path';
import { createClient } from 'redis';
import * as sessions from '../../../src/session/index.ts';
import { type RedisServer, startRedisServer } from '../../../src/session/testing/redis-server.ts';
import { koaAdapter, type KoaMiddleware, optionsOf } from '../koa.ts';
import { ROOT } from '../peers.ts';

const DAY = 24 * 60 * 60 * 1000;
const COMMON = 'encrypted cookies, a hard end after 30 days, `strict` and `userOf`';
const packages = ['cookies', 'crc', 'lru-cache'];

/** Set up as src/session/README.md advises for a new app. */
function ours(name: string, newRevocations?: () => sessions.Revocations): KoaMiddleware {
  return {
    name,
    version: manifest.version,
    made: { packages, folder: ROOT, ownFolder: join(ROOT, 'src', 'session') },
    lacks: { saveEmpty: 'it has no option for that; `session.save()` does it for one session' },
    mount: (app, settings, store) => {
      app.keys = settings.keys;
      const options: sessions.SessionOptions = {
        ...optionsOf(settings),
        absoluteMaxAge: settings.absoluteMaxAge ?? 30 * DAY,
        encrypt: true,
        strict: true,
        userOf: (data) => ('userId' in data ? String(data.userId) : undefined),
        store: store as sessions.SessionOptions['store'],
        revocations: newRevocations?.(),
      };
      app.use(sessions.session(settings.pass(options), app));
    },
    session: (ctx) => ({
      update: (change) => ctx.session.update((data) => change(data as Record<string, unknown>)),
      reload: () => ctx.session.update(() => {}),
      endOthers: () => sessions.userSessions(ctx).endOthers(),
    }),
  };
}

let server: RedisServer;
const newClient = () => createClient({ url: server.url });
let client: ReturnType<typeof newClient>;

export default [
  koaAdapter({
    ...ours('ours, memory'),
    setUp: `\`MemoryStore\`, ${COMMON}.`,
    createStore: () => new sessions.MemoryStore({ now: () => Date.now() }),
  }),
  koaAdapter({
    ...ours('ours, cookie', () => new sessions.MemoryRevocations()),
    setUp: `\`MemoryRevocations\` for ended sessions, ${COMMON}.`,
  }),
  koaAdapter({
    ...ours('ours, redis'),
    setUp: `\`RedisStore\` on a Redis server, ${COMMON}.`,
    open: async () => {
      server = await startRedisServer();
      client = newClient();
      await client.connect();
    },
    createStore: (name) => new sessions.RedisStore({ client, prefix: name }),
    contentsOf: async () => {
      const keys = await client.keys('*');
      const types = await Promise.all(keys.map((key) => client.type(key)));
      const texts = keys.filter((_key, at) => types[at] === 'string');
      return JSON.stringify([keys, await Promise.all(texts.map((key) => client.get(key)))]);
    },
    close: async () => {
      client.destroy();
      await server.dispose();
    },
  }),
];
