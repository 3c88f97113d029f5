import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { bodyOf, type Data, newData, PLAIN } from '../kinds.ts';
import { peers } from '../peers.ts';
import { DAY, KEY } from '../settings.ts';

type Request = IncomingMessage & { path: string; session: Data };
type Response = ServerResponse & { type(type: string): Response; send(body: string): void };
type Handler = (req: Request, res: Response, next: () => void) => void;
type ExpressApp = RequestListener & { use(handler: Handler): void; disable(setting: string): void };

interface ExpressSession {
  (options: object): Handler;
  MemoryStore: new () => object;
}

/** An app without sessions, or with those that `mount` gives it. */
function expressApp(mount?: (app: ExpressApp) => void): RequestListener {
  const app = (peers.load('express') as () => ExpressApp)();
  // The other frameworks have neither.
  app.disable('etag');
  app.disable('x-powered-by');
  mount?.(app);
  let begun = 0;
  app.use((req, res) => {
    res.type('text/plain');
    if (req.path === '/none') {
      res.send(PLAIN);
      return;
    }
    if (req.path === '/write') req.session.views += 1;
    if (req.path === '/new') Object.assign(req.session, newData((begun += 1)));
    res.send(bodyOf(req.session));
  });
  return app;
}

export const bareExpress = (): RequestListener => expressApp();

export const expressSession = (store?: object): RequestListener => {
  const session = peers.load('express-session') as ExpressSession;
  return expressApp((app) =>
    app.use(
      session({
        secret: KEY,
        resave: false,
        saveUninitialized: false,
        cookie: { maxAge: DAY, sameSite: 'lax' },
        store: store ?? new session.MemoryStore(),
      }),
    ),
  );
};

/** @param client of the package `redis` */
export function connectRedis(client: object): object {
  const { RedisStore } = peers.load('connect-redis') as {
    RedisStore: new (options: { client: object }) => object;
  };
  return new RedisStore({ client });
}
