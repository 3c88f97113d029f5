import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { versionIn } from '../../peers.ts';
import {
  type Adapter,
  type AppSession,
  type Host,
  objectSession,
  sessionsOf,
  type Settings,
} from '../adapter.ts';
import { packaged, PEERS, peers } from '../peers.ts';

/** A session of either library, as far as it is used here. */
export interface ExpressLikeSession {
  [key: string]: unknown;
  cookie: { maxAge: number };
}

export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

/** As much of express-session as is used here. */
interface ExpressSession {
  (options: object): Middleware;
  MemoryStore: new () => { sessions: Record<string, string> };
}

export const expressSession = () => peers.load('express-session') as ExpressSession;

/** The entries of an adapter that uses express-session's own store. */
export const MEMORY_STORE = {
  createStore: () => new (expressSession().MemoryStore)(),
  contentsOf: (store) => JSON.stringify((store as { sessions: unknown }).sessions),
} satisfies Partial<Adapter>;

/** The options with the same names in both libraries. */
export function commonOptions(
  { keys, secure, sameSite, partitioned, maxAge, saveEmpty }: Settings,
  store: object | undefined,
) {
  return {
    secret: keys,
    store,
    cookie: { path: '/', secure, sameSite, partitioned, maxAge: maxAge === 'session' ? undefined : maxAge },
    saveUninitialized: saveEmpty === true,
  };
}

/** @param call calls a method of the session, and resolves when that is done */
export function expressLikeSession(
  session: () => ExpressLikeSession,
  id: () => string,
  call: (method: 'regenerate' | 'destroy' | 'save' | 'reload') => Promise<void>,
): AppSession {
  return objectSession(session, {
    destroy: () => call('destroy'),
    regenerate: () => call('regenerate'),
    replace: async (data) => {
      await call('regenerate');
      Object.assign(session(), data);
    },
    save: () => call('save'),
    reload: () => call('reload'),
    id,
    setMaxAge: (ms) => {
      session().cookie.maxAge = ms;
    },
  });
}

type Request = IncomingMessage & { session: ExpressLikeSession; sessionID: string };

/** As much of Express as is used here. */
interface ExpressApp {
  (req: IncomingMessage, res: ServerResponse): void;
  use(handler: (...args: Parameters<Middleware>) => unknown): void;
  use(handler: (error: unknown, ...args: Parameters<Middleware>) => unknown): void;
  set(name: string, value: unknown): void;
}

const adapter: Adapter = {
  ...packaged('express-session'),
  ...MEMORY_STORE,
  setUp: `Express ${versionIn(PEERS, 'express')}, its own \`MemoryStore\`, \`resave\` and \`saveUninitialized\` off.`,
  serve: (host) => {
    const app = (peers.load('express') as () => ExpressApp)();
    if (host.settings.trustProxy) app.set('trust proxy', true);
    for (const one of sessionsOf(host.settings)) app.use(middleware(one, host.store));
    app.use((req, res) => answer(host, req, res));
    app.use((error: unknown, ...[, , next]: Parameters<Middleware>) => {
      host.report(error);
      next(error);
    });
    // Otherwise Express prints each error.
    app.set('env', 'test');
    return { listener: app };
  },
  servePlain: (host) => {
    const run = middleware(host.settings, host.store);
    const next = (error: unknown, req: IncomingMessage, res: ServerResponse) =>
      error === undefined ? answer(host, req, res) : host.report(error);
    return { listener: (req, res) => void run(req, res, (error) => void next(error, req, res)) };
  },
};

export default adapter;

function middleware(settings: Settings, store: object | undefined): Middleware {
  const { name, pass, rolling, trustProxy: proxy } = settings;
  const options = { ...commonOptions(settings, store), name, rolling, proxy, resave: false };
  return expressSession()(pass(options));
}

async function answer({ handle }: Host, req: IncomingMessage, res: ServerResponse): Promise<void> {
  let isTaken = false;
  const takeOver = () => {
    isTaken = true;
    return res;
  };
  const result = await handle({ path: req.url ?? '', session: sessionOf(req as Request), takeOver });
  if (!isTaken) res.end(JSON.stringify({ result }));
}

function sessionOf(req: Request): AppSession {
  return expressLikeSession(
    () => req.session,
    () => req.sessionID,
    (method) => promisify(req.session[method] as (done: (error: unknown) => void) => void).call(req.session),
  );
}
