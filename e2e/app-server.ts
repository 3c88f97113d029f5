import { once } from 'node:events';
import type { Server } from 'node:http';
import type Koa from 'koa';
import { userOf } from '../src/account/current-user.ts';
import { createApp } from '../src/app.ts';
import { quickPasswords } from '../src/auth/testing/quick-passwords.ts';
import { demoUsers } from '../src/auth/users.ts';
import type { Config } from '../src/config.ts';
import { createLog } from '../src/http/log.ts';
import { listen } from '../src/http/lifecycle.ts';
import { showPage } from '../src/pages/page.ts';
import { sessionPlace } from '../src/session/index.ts';
import { openStorage } from '../src/storages/storages.ts';
import { DEVELOPMENT } from '../src/testing/test-app.ts';
import { html } from '../src/views/html.ts';

declare module '../src/session/index.ts' {
  interface SessionData {
    /** How often the test page was opened. */
    count: number;
  }
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/** The server's clock, in ms since 1970. Only a test moves it, so that nothing depends on speed. */
export type Clock = ReturnType<typeof startClock>;

function startClock() {
  const startedAt = performance.now();
  let time = Date.now();
  return {
    now: () => time,
    /** Moves it on by `ms`; a negative number moves it back. */
    advance: (ms: number) => void (time += ms),
    /** How long ago the app was started by the real clock, in ms: an upper bound for whatever the test did since. */
    sinceStart: () => performance.now() - startedAt,
  };
}

/** The keys of a new app. With them a test can seal and sign as the app does. */
export const keys = ['a key of the end-to-end tests, and of nobody else'];

/** The real app, listening in this process on a port of its own. */
export interface AppServer {
  /** `http://localhost:<port>` */
  url: string;
  clock: Clock;
  /** The app's keys, the newest first. A change takes effect with the next request. */
  keys: string[];
  /** What the app has logged as an error: one JSON object a line. */
  errors: string[];
  close(): Promise<void>;
}

export async function startApp(settings: Partial<Config>): Promise<AppServer> {
  const clock = startClock();
  const config = { ...DEVELOPMENT, logLevel: 'error' as const, keys: [...keys], ...settings };
  const errors: string[] = [];
  const log = createLog(config.logLevel, { write: (line) => void errors.push(line) });
  const { now } = clock;
  const storage = await openStorage({ config, log, now });
  // The tests log in with the demo account, not with the users of src/users.ts.
  const users = demoUsers(quickPasswords);
  const app = createApp(config, { storage, users, now, log, passwords: quickPasswords });
  app.use(countPage);
  const { server, url } = await listen(app, config);
  const end = () => close(server).then(() => storage.close?.());
  return { url, clock, keys: config.keys, errors, close: end };
}

/** Ends a server, without waiting for connections that browsers keep open. */
export async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** The test page: it changes the session, with or without a login. */
const countPage: Koa.Middleware = (ctx) => {
  if (ctx.path !== '/count') return;
  const count = (ctx.session.count ?? 0) + 1;
  ctx.session.count = count;
  showPage(ctx, {
    title: 'Count',
    data: { count, user: userOf(ctx)?.name ?? null, place: sessionPlace(ctx) },
    main: html`<h1>Count</h1>
      <p data-testid="count">${count}</p>
      <p data-testid="place">${sessionPlace(ctx)}</p>`,
  });
};
