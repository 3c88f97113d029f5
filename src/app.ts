import { fileURLToPath } from 'node:url';
import Koa from 'koa';
import type { Logger } from 'pino';
import { currentUser } from './account/current-user.ts';
import { createLogin } from './auth/login.ts';
import type { Passwords } from './auth/passwords.ts';
import { createThrottle } from './auth/throttle.ts';
import type { Users } from './auth/users.ts';
import { type Config, isLocal } from './config.ts';
import { mountExamples } from './examples/mount.ts';
import { createLog, requestLog, logSessions } from './http/log.ts';
import { parseBody } from './http/body.ts';
import { cookieNames } from './http/cookie-name.ts';
import { csrf, securityHeaders } from './http/security.ts';
import { errorPages, type ErrorPagesOptions, logAppErrors } from './http/errors.ts';
import { health } from './http/lifecycle.ts';
import { requestLimits, requestTarget } from './http/request-limits.ts';
import { staticFiles } from './http/static.ts';
import { renderPages, shownUser } from './pages/page.ts';
import { pages } from './pages/routes.ts';
import type { Services } from './pages/services.ts';
import { session } from './session/index.ts';
import type { Storage } from './storages/storage.ts';
import { openLocal } from './storages/storages.ts';
import { appUsers } from './users.ts';
import { errorPage } from './views/layout.ts';
import { warningsOf } from './start-messages.ts';

/** What a test may replace. */
export interface Overrides {
  log?: Logger;
  users?: Users;
  /** Fast hashing for tests. @default the app's own */
  passwords?: Passwords;
  /** The clock, ms since 1970. */
  now?: () => number;
  /**
   * Where sessions live. Required for a storage that needs a connection: `await openStorage(…)`.
   * @default the storage without a connection that `config.sessionStore` names
   */
  storage?: Storage;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const renderError: ErrorPagesOptions['render'] = (page, ctx) => errorPage({ ...page, user: shownUser(ctx) });

/** The whole app. It neither listens nor reads the environment. */
export function createApp(config: Config, overrides: Overrides = {}): Koa {
  const { production } = config;
  const log = overrides.log ?? createLog(config.logLevel);
  const now = overrides.now ?? Date.now;
  const local = isLocal(config);
  const { passwords } = overrides;
  const users = overrides.users ?? appUsers({ local, passwords });
  const storage = overrides.storage ?? openLocal({ config, log, now });

  // Our proxy adds the last entry of X-Forwarded-For; the client can make up those before it.
  const app = new Koa({ proxy: config.trustProxy, maxIpsCount: 1 });
  app.keys = config.keys;
  app.on('error', logAppErrors(log));
  logSessions(app, log);

  app.use(requestLog(log));
  app.use(securityHeaders({ production }));
  app.use(errorPages({ render: renderError, showsStack: local, log }));
  app.use(requestLimits());
  app.use(requestTarget());
  app.use(health(app));
  app.use(staticFiles(`${ROOT}public`, { production }));
  app.use(csrf());
  app.use(parseBody());

  const throttle = createThrottle({}, { shared: storage.sharedLimiter });
  const cookieName = cookieNames(ROOT, config);
  const services: Services = {
    production,
    local,
    users,
    login: createLogin({ users, throttle, passwords }),
    storage,
    cookieName,
    now,
  };
  app.use(renderPages());
  mountExamples(app, services);
  app.use(session({ ...storage.options, key: cookieName('session') }, app));
  app.use(currentUser(services));
  const router = pages(services);
  app.use(router.routes());
  app.use(router.allowedMethods());

  for (const warning of warningsOf(config, services)) log.warn(warning);
  return app;
}
