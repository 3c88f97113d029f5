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
    /** How often the page of the tests was opened. */
    count: number;
  }
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/** The server's clock, in ms since 1970. It stands still until a test moves it, so that nothing depends on speed. */
export type Clock = ReturnType<typeof startClock>;

function startClock() {
  const startedAt = performance.now();
  let time = Date.now();
  return {
    now: () => time,
    /** Moves it on by `ms`; a negative number moves it back. */
    advance: (ms: number) => void (time += ms),
    /** How long ago the app was really started, in ms: all that a test has done since took no longer. */
    sinceStart: () => performance.now() - startedAt,
  };
}

/** The keys that apps begin with, to make what only their owner can make. */
export const keys = ['a key of the end-to-end tests, and of nobody else'];

/** The real app, listening in this process on a port of its own. */
export interface AppServer {
  /** `http://localhost:<port>` */
  url: string;
  clock: Clock;
  /** The keys that it signs and seals with, the newest first. A change counts from the next request on. */
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
  // Whatever src/users.ts returns, the tests log in with the demo account.
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

/** A page of one's own: it changes the session, whether or not somebody is logged in. */
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
