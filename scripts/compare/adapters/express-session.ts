import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { versionIn } from '../../peers.ts';
import { type Adapter, type AppSession, type Host, sessionsOf, type Settings } from '../adapter.ts';
import {
  commonOptions,
  expressLikeSession,
  type ExpressLikeSession,
  expressSession,
  MEMORY_STORE,
  type Middleware,
} from '../express-like.ts';
import { packaged, PEERS, peers } from '../peers.ts';

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
    return {
      listener: (req, res) => {
        run(req, res, (error) => (error === undefined ? void answer(host, req, res) : host.report(error)));
      },
    };
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
