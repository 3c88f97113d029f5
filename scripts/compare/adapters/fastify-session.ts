import type { Adapter, AppSession } from '../adapter.ts';
import { serveByFastify } from '../fastify-app.ts';
import { versionIn } from '../../peers.ts';
import { PEERS, peers } from '../peers.ts';
import { expressSession } from '../express-session-library.ts';

const NAME = '@fastify/session';

/** As much of it as is used here. */
interface FastifySession {
  [key: string]: unknown;
  sessionId: string;
  cookie: { maxAge: number };
  regenerate(): Promise<void>;
  destroy(): Promise<void>;
  save(): Promise<void>;
  reload(): Promise<void>;
}
interface Request {
  url: string;
  session: FastifySession;
}

const adapter: Adapter = {
  name: NAME,
  version: versionIn(PEERS, NAME),
  made: { packages: [NAME, '@fastify/cookie'], folder: PEERS },
  keeps: 'store',
  setUp:
    `Fastify ${versionIn(PEERS, 'fastify')}, express-session's \`MemoryStore\` (its own keeps live objects), ` +
    '`rolling` (where a case does not ask for it) and `saveUninitialized` off.',
  lacks: {
    renew: 'it has no such option',
    absoluteMaxAge: 'it has no hard end of a session',
    valid: 'it asks nobody whether a session is good',
  },
  createStore: () => new (expressSession().MemoryStore)(),
  contentsOf: (store) => JSON.stringify((store as { sessions: unknown }).sessions),
  serve: (host) =>
    serveByFastify<Request>(
      host,
      (app) => {
        const { settings, store } = host;
        const {
          name,
          second,
          keys: secret,
          pass,
          secure,
          sameSite,
          partitioned,
          rolling,
          saveEmpty,
        } = settings;
        const maxAge = settings.maxAge === 'session' ? undefined : settings.maxAge;
        void app.register(peers.load('@fastify/cookie'));
        for (const cookieName of second === undefined ? [name] : [name, second]) {
          const options = {
            cookieName,
            secret,
            store,
            cookie: { path: '/', secure, sameSite, partitioned, maxAge },
            rolling: rolling === true,
            saveUninitialized: saveEmpty === true,
          };
          void app.register(peers.load(NAME), pass(options));
        }
      },
      sessionOf,
    ),
};

export default adapter;

function sessionOf(request: Request): AppSession {
  return {
    get: (key) => request.session?.[key],
    set: (key, value) => {
      request.session[key] = value;
    },
    remove: (key) => {
      delete request.session[key];
    },
    destroy: () => request.session.destroy(),
    regenerate: () => request.session.regenerate(),
    replace: async (data) => {
      await request.session.regenerate();
      Object.assign(request.session, data);
    },
    save: () => request.session.save(),
    reload: () => request.session.reload(),
    id: () => request.session.sessionId,
    setMaxAge: (ms) => {
      request.session.cookie.maxAge = ms;
    },
  };
}
