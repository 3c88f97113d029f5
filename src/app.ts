import { fileURLToPath } from 'node:url';
import Router from '@koa/router';
import Koa from 'koa';
import type { Logger } from 'pino';
import { createLogin } from './auth/login.ts';
import { createThrottle } from './auth/throttle.ts';
import { demoUsers, noUsers, type Users } from './auth/users.ts';
import type { Config } from './config.ts';
import type { Services, Storage } from './examples/example.ts';
import { examples } from './examples/examples.ts';
import { mountExamples } from './examples/mount.ts';
import { sourcePages } from './examples/source.ts';
import { parseBody } from './http/body.ts';
import { cookieName } from './http/cookie-name.ts';
import { csrf } from './http/csrf.ts';
import { errorPages, logAppErrors } from './http/errors.ts';
import { health } from './http/health.ts';
import { createLog, requestLog } from './http/request-log.ts';
import { securityHeaders } from './http/security-headers.ts';
import { logSessions } from './http/session-log.ts';
import { staticFiles } from './http/static.ts';
import {
  MemoryRevocations,
  MemoryStore,
  type RedisClient,
  RedisStore,
  session,
  type SessionOptions,
} from './session/index.ts';
import { errorPage } from './views/error-page.ts';
import { homePage } from './views/home.ts';
import { layout } from './views/layout.ts';

/** What a test puts in the place of the real thing. */
export interface Overrides {
  log?: Logger;
  users?: Users;
  /** The clock, ms since 1970. */
  now?: () => number;
  /** A client that is connected. Needed when sessions live in Redis; else they can live there as well. */
  redis?: RedisClient | undefined;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The whole app. It neither listens nor reads the environment. */
export function createApp(config: Config, overrides: Overrides = {}): Koa {
  const { production } = config;
  const log = overrides.log ?? createLog(config.logLevel);
  const now = overrides.now ?? Date.now;
  const users = overrides.users ?? (production ? noUsers() : demoUsers());

  // Of X-Forwarded-For only the last entry is our proxy's word; those before it are the client's.
  const app = new Koa({ proxy: config.trustProxy, maxIpsCount: 1 });
  app.keys = config.keys;
  app.on('error', logAppErrors(log));
  logSessions(app, log);

  app.use(requestLog(log));
  app.use(securityHeaders({ production }));
  app.use(errorPages({ render: errorPage, production, log }));
  app.use(health(app));
  app.use(staticFiles(`${ROOT}public`, { production }));
  app.use(csrf());
  app.use(parseBody());

  const storages = storagesOf(config, now, overrides.redis);
  const services: Services = {
    production,
    users,
    now,
    login: createLogin({ users, throttle: createThrottle() }),
  };
  mountExamples(app, { storages, examples, services });
  if (!production) sourcePages(app, { root: ROOT, examples, storages: storages.map(({ name }) => name) });
  // Pages of your own go below this line; their ctx.session lives where SESSION_STORE says.
  app.use(session({ ...storages[0].options, key: cookieName('session', config) }, app));
  startPage(app, storages);

  if (production) warnOfProduction(config, overrides, log);
  return app;
}

/** What a first deployment stumbles over. */
function warnOfProduction({ trustProxy }: Config, { users }: Overrides, log: Logger): void {
  if (!users) log.warn('Nobody can log in: give createApp users of your own (src/auth/users.ts)');
  if (!trustProxy) {
    log.warn(
      'Session cookies are Secure and this server speaks http: put a TLS proxy before it, TRUST_PROXY=true',
    );
  }
}

/** However often somebody comes back, after 30 days they log in again. */
const ABSOLUTE_MAX_AGE = 30 * 24 * 60 * 60 * 1000;

/** All storages, the configured one first. */
function storagesOf(
  { production, sessionStore }: Config,
  now: () => number,
  client: RedisClient | undefined,
): [Storage, ...Storage[]] {
  const common: SessionOptions = {
    encrypt: true,
    sameSite: 'lax',
    secure: production,
    absoluteMaxAge: ABSOLUTE_MAX_AGE,
    userOf: ({ userId }) => userId,
    now,
  };
  const memory: Storage = { name: 'memory', options: { ...common, store: new MemoryStore() } };
  const cookie: Storage = {
    name: 'cookie',
    options: { ...common, revocations: new MemoryRevocations({ now }) },
  };
  const redis: Storage[] = client
    ? [{ name: 'redis', options: { ...common, store: new RedisStore({ client }), onStoreError: 'cookie' } }]
    : [];
  if (sessionStore === 'memory') return [memory, cookie, ...redis];
  if (sessionStore === 'cookie') return [cookie, memory, ...redis];
  const [inRedis] = redis;
  if (!inRedis)
    throw new TypeError('createApp: sessions that live in Redis need the override redis, a client');
  // Not in memory as well: of many processes each would have sessions of its own.
  return [inRedis, cookie];
}

function startPage(app: Koa, storages: readonly Storage[]): void {
  const names = storages.map(({ name }) => name);
  const [defaultStorage = 'memory'] = names;
  const router = new Router();
  router.get('/', (ctx) => {
    ctx.type = 'html';
    ctx.body = layout({
      title: 'Start',
      path: '/',
      storages: names,
      examples,
      main: homePage({ storages: names, examples, defaultStorage, origin: `${ctx.protocol}://${ctx.host}` }),
    });
  });
  app.use(router.routes());
}
