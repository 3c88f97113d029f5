import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Adapter, AppSession, Host, Running } from '../adapter.ts';
import {
  type Done,
  type ExpressSession,
  expressSession,
  type Middleware,
  type Request,
  type Response,
} from '../express-session-library.ts';
import { versionIn } from '../../peers.ts';
import { PEERS, peers } from '../peers.ts';

const NAME = 'express-session';

type ErrorMiddleware = (error: unknown, req: Request, res: Response, next: Done) => void;
interface ExpressApp {
  (req: IncomingMessage, res: ServerResponse): void;
  use(handler: Middleware | ErrorMiddleware): void;
  set(name: string, value: unknown): void;
}

const adapter: Adapter = {
  name: NAME,
  version: versionIn(PEERS, NAME),
  made: { packages: [NAME], folder: PEERS },
  keeps: 'store',
  setUp: `Express ${versionIn(PEERS, 'express')}, its own \`MemoryStore\`, \`resave\` and \`saveUninitialized\` off.`,
  lacks: {
    renew: 'it has no such option',
    absoluteMaxAge: 'it has no hard end of a session',
    valid: 'it asks nobody whether a session is good',
  },
  createStore: () => new (expressSession().MemoryStore)(),
  contentsOf: (store) => JSON.stringify((store as { sessions: unknown }).sessions),
  serve: ({ settings, store, handle, report }) => {
    const app = (peers.load('express') as () => ExpressApp)();
    if (settings.trustProxy) app.set('trust proxy', true);
    app.use(middleware({ settings, store }));
    if (settings.second !== undefined) {
      app.use(middleware({ settings: { ...settings, name: settings.second }, store }));
    }
    app.use((req: Request, res: Response, next: Done) => {
      let taken = false;
      const takeOver = () => {
        taken = true;
        return res;
      };
      handle({ path: req.path, session: sessionOf(req), takeOver }).then(
        (result) => taken || res.json({ result }),
        next,
      );
    });
    app.use((error: unknown, _req: Request, _res: Response, next: Done) => {
      report(error);
      next(error);
    });
    // It would print each error.
    app.set('env', 'test');
    return { listener: app };
  },
  servePlain: ({ settings, store, handle, report }: Host): Running => {
    const runIt = middleware({ settings, store });
    return {
      listener: (req, res) => {
        const request = req as Request;
        const answer = async (): Promise<void> => {
          const visit = { path: req.url ?? '', session: sessionOf(request), takeOver: () => res };
          res.end(JSON.stringify({ result: await handle(visit) }));
        };
        runIt(request, res as Response, (error) => {
          if (error === undefined) void answer();
          else report(error);
        });
      },
    };
  },
};

export default adapter;

function middleware({ settings, store }: Pick<Host, 'settings' | 'store'>): Middleware {
  const {
    name,
    keys: secret,
    pass,
    secure,
    sameSite,
    partitioned,
    rolling,
    saveEmpty,
    trustProxy,
  } = settings;
  const maxAge = settings.maxAge === 'session' ? undefined : settings.maxAge;
  const options = {
    name,
    secret,
    store,
    cookie: { secure, sameSite, partitioned, maxAge },
    rolling,
    proxy: trustProxy,
    resave: false,
    saveUninitialized: saveEmpty === true,
  };
  return expressSession()(pass(options));
}

function sessionOf(req: Request): AppSession {
  const session = (): ExpressSession => req.session as ExpressSession;
  const call = (name: 'regenerate' | 'destroy' | 'save' | 'reload') =>
    new Promise<void>((resolve, reject) => {
      session()[name]((error) => (error == null ? resolve() : reject(error)));
    });
  return {
    get: (key) => session()?.[key],
    set: (key, value) => {
      session()[key] = value;
    },
    remove: (key) => {
      delete session()[key];
    },
    destroy: () => call('destroy'),
    regenerate: () => call('regenerate'),
    replace: async (data) => {
      await call('regenerate');
      Object.assign(session(), data);
    },
    save: () => call('save'),
    reload: () => call('reload'),
    id: () => req.sessionID,
    setMaxAge: (ms) => {
      session().cookie.maxAge = ms;
    },
  };
}
