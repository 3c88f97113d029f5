import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { versionIn } from '../../peers.ts';
import type { Adapter, AppSession, Host, Settings } from '../adapter.ts';
import { objectSession, sessionsOf } from '../adapter.ts';
import { packaged, PEERS, peers } from '../peers.ts';

type Next = (error?: unknown) => void;
type Middleware = (req: IncomingMessage, res: ServerResponse, next: Next) => unknown;

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

type Request = IncomingMessage & { session: object; sessionID: string };
type WithCallback = (done: (error: unknown) => void) => void;

/** As much of Express as is used here. */
interface ExpressApp {
  (req: IncomingMessage, res: ServerResponse): void;
  use(handler: Middleware | ErrorMiddleware): void;
  set(name: string, value: unknown): void;
}

type ErrorMiddleware = (error: unknown, ...args: Parameters<Middleware>) => unknown;

const adapter: Adapter = {
  ...packaged('express-session'),
  ...MEMORY_STORE,
  setUp: `Express ${versionIn(PEERS, 'express')}, its own \`MemoryStore\`, \`resave\` and \`saveUninitialized\` off.`,
  serve: (host) => {
    const app = (peers.load('express') as () => ExpressApp)();
    if (host.settings.trustProxy) app.set('trust proxy', true);
    for (const one of sessionsOf(host.settings)) app.use(middleware(one, host.store));
    const respond: Middleware = (req, res) => answer(host, req, res);
    // Express recognizes it by its four parameters.
    const report: ErrorMiddleware = (error, _req, _res, next) => {
      host.report(error);
      next(error);
    };
    app.use(respond);
    app.use(report);
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
  return objectSession(
    () => req.session,
    { id: () => req.sessionID },
    (session, method) => promisify(session[method] as WithCallback).call(session),
  );
}
