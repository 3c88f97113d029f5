import { fileURLToPath } from 'node:url';
import Koa from 'koa';
import type { Logger } from 'pino';
import { createLogin } from './auth/login.ts';
import { createThrottle } from './auth/throttle.ts';
import { demoUsers, noUsers, type Users } from './auth/users.ts';
import type { Config } from './config.ts';
import { examples } from './examples/examples.ts';
import { mountExamples } from './examples/mount.ts';
import { parseBody } from './http/body.ts';
import { cookieName } from './http/cookie-name.ts';
import { csrf } from './http/csrf.ts';
import { errorPages, logAppErrors } from './http/errors.ts';
import { health } from './http/health.ts';
import { createLog, requestLog } from './http/request-log.ts';
import { requestTarget } from './http/request-target.ts';
import { securityHeaders } from './http/security-headers.ts';
import { logSessions } from './http/session-log.ts';
import { staticFiles } from './http/static.ts';
import type { Services } from './pages/mounting.ts';
import { type RedisClient, session } from './session/index.ts';
import { storagesOf } from './storages.ts';
import { errorPage } from './views/error-page.ts';

/** What a test puts in the place of the real thing. */
export interface Overrides {
  log?: Logger;
  users?: Users;
  /** The clock, ms since 1970. */
  now?: () => number;
  /** A client that is connected. Needed when sessions live in Redis; else they can live there as well, for tests. */
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
  app.use(requestTarget());
  app.use(health(app));
  app.use(staticFiles(`${ROOT}public`, { production }));
  app.use(csrf());
  app.use(parseBody());

  const storages = storagesOf(config, { now, redis: overrides.redis });
  const services: Services = {
    production,
    users,
    now,
    login: createLogin({ users, throttle: createThrottle() }),
  };
  mountExamples(app, { storages, examples, services, root: ROOT });
  // Pages of your own go below this line; their ctx.session lives where SESSION_STORE says.
  app.use(session({ ...storages[0].options, key: cookieName('session', config) }, app));

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
