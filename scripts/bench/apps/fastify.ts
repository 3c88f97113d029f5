import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { bodyOf, type Data, newData, PLAIN } from '../kinds.ts';
import { peers } from '../peers.ts';
import { DAY, KEY } from '../settings.ts';

interface FastifyApp {
  register(plugin: unknown, options?: object): unknown;
  get(path: string, handler: (request: { session: never }) => unknown): void;
  ready(): Promise<void>;
  routing(req: IncomingMessage, res: ServerResponse): void;
}

interface SecureSession {
  get<Key extends keyof Data>(key: Key): Data[Key];
  set<Key extends keyof Data>(key: Key, value: Data[Key]): void;
}

function seen(session: SecureSession): string {
  return bodyOf({ userId: session.get('userId'), views: session.get('views') });
}

/** An app without sessions, or with those that `mount` gives it; `routes` are those that use them. */
async function fastifyApp(
  mount?: (app: FastifyApp) => void,
  routes?: (app: FastifyApp) => void,
): Promise<RequestListener> {
  const app = (peers.load('fastify') as () => FastifyApp)();
  mount?.(app);
  app.get('/none', async () => PLAIN);
  routes?.(app);
  await app.ready();
  return (req, res) => app.routing(req, res);
}

export const bareFastify = (): Promise<RequestListener> => fastifyApp();

/** Its own MemoryStore: it keeps the very object that the handlers have. */
export const fastifySession = (): Promise<RequestListener> =>
  fastifyApp(
    (app) => {
      app.register(peers.load('@fastify/cookie'));
      app.register(peers.load('@fastify/session'), {
        secret: KEY,
        rolling: false,
        saveUninitialized: false,
        cookie: { maxAge: DAY, sameSite: 'lax', secure: false },
      });
    },
    (app) => {
      let begun = 0;
      app.get('/read', async ({ session }: { session: Data }) => bodyOf(session));
      app.get('/write', async ({ session }: { session: Data }) => {
        session.views += 1;
        return bodyOf(session);
      });
      app.get('/new', async ({ session }: { session: Data }) => {
        Object.assign(session, newData((begun += 1)));
        return bodyOf(session);
      });
    },
  );

export const fastifySecureSession = (): Promise<RequestListener> =>
  fastifyApp(
    (app) =>
      app.register(peers.load('@fastify/secure-session'), {
        key: Buffer.alloc(32, KEY),
        expiry: DAY / 1000,
        cookie: { path: '/', maxAge: DAY / 1000, sameSite: 'lax' },
      }),
    (app) => {
      let begun = 0;
      app.get('/read', async ({ session }: { session: SecureSession }) => seen(session));
      app.get('/write', async ({ session }: { session: SecureSession }) => {
        session.set('views', session.get('views') + 1);
        return seen(session);
      });
      app.get('/new', async ({ session }: { session: SecureSession }) => {
        for (const [key, value] of Object.entries(newData((begun += 1))))
          session.set(key as never, value as never);
        return seen(session);
      });
    },
  );
