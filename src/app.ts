import { fileURLToPath } from 'node:url';
import Koa from 'koa';
import type { Logger } from 'pino';
import { createLogin } from './auth/login.ts';
import type { Passwords } from './auth/passwords.ts';
import { createThrottle } from './auth/throttle.ts';
import { demoUsers, noUsers, type Users } from './auth/users.ts';
import { type Config, isLocal } from './config.ts';
import { examples } from './examples/examples.ts';
import { mountExamples } from './examples/mount.ts';
import { logOnce } from './http/log-once.ts';
import { parseBody } from './http/body.ts';
import { cookieNames } from './http/cookie-name.ts';
import { csrf } from './http/csrf.ts';
import { errorPages, logAppErrors } from './http/errors.ts';
import { health } from './http/health.ts';
import { createLog, requestLog } from './http/request-log.ts';
import { requestLimits } from './http/request-limits.ts';
import { requestTarget } from './http/request-target.ts';
import { securityHeaders } from './http/security-headers.ts';
import { logSessions } from './http/session-log.ts';
import { staticFiles } from './http/static.ts';
import type { Services } from './pages/mounting.ts';
import type { AppRedisClient } from './redis/connect.ts';
import { session } from './session/index.ts';
import { storagesOf } from './storages.ts';
import { errorPage } from './views/error-page.ts';

/** What a test puts in the place of the real thing. */
export interface Overrides {
  log?: Logger;
  users?: Users;
  /** Cheap ones, for tests: {@link Passwords}. */
  passwords?: Passwords;
  /** The clock, ms since 1970. */
  now?: () => number;
  /** A client that is connected. Needed when sessions live in Redis; else they can live there as well, for tests. */
  redis?: AppRedisClient | undefined;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The whole app. It neither listens nor reads the environment. */
export function createApp(config: Config, overrides: Overrides = {}): Koa {
  const { production } = config;
  const log = overrides.log ?? createLog(config.logLevel);
  const now = overrides.now ?? Date.now;
  const local = isLocal(config);
  const { passwords } = overrides;
  const users = overrides.users ?? (local ? demoUsers(passwords) : noUsers());

  // Of X-Forwarded-For only the last entry is our proxy's word; those before it are the client's.
  const app = new Koa({ proxy: config.trustProxy, maxIpsCount: 1 });
  app.keys = config.keys;
  app.on('error', logAppErrors(log));
  logSessions(app, log);

  app.use(requestLog(log));
  app.use(securityHeaders({ production }));
  app.use(errorPages({ render: errorPage, showsStack: local, log }));
  app.use(requestLimits());
  app.use(requestTarget());
  app.use(health(app));
  app.use(staticFiles(`${ROOT}public`, { production }));
  app.use(csrf());
  app.use(parseBody());

  const warnThrottleFallback = logOnce((error, times) =>
    log.warn({ err: error, times }, 'Redis failed: login attempts are counted in this process only'),
  );
  const throttle = createThrottle({}, { redis: overrides.redis, onFailure: warnThrottleFallback });
  const cookieName = cookieNames(ROOT, config);
  const services: Services = {
    production,
    local,
    users,
    now,
    cookieName,
    login: createLogin({ users, throttle, passwords }),
  };
  const storages = storagesOf(config, { now, redis: overrides.redis });
  mountExamples(app, { storages, examples, services, root: ROOT });
  // Pages of your own go below this line; their ctx.session lives where SESSION_STORE says.
  app.use(session({ ...storages[0].options, key: cookieName('session'), strict: true }, app));

  if (production) warnOfProduction(config, overrides, log);
  else if (!local) warnReachable(config, log);
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

/** Says that developer features are off because others can reach the app. */
function warnReachable({ host, trustProxy }: Config, log: Logger): void {
  const why = trustProxy ? 'TRUST_PROXY is true' : `HOST is ${host}`;
  log.warn(
    `${why}: other machines can reach this app, so the demo account, source pages and stack traces are off. ` +
      'To serve others set NODE_ENV=production; to develop set HOST=127.0.0.1 and TRUST_PROXY=false',
  );
}
