import type { ServerResponse } from 'node:http';
import { versionIn } from '../../peers.ts';
import type { Adapter, AppSession, Host, Running } from '../adapter.ts';
import { objectSession, sessionsOf, UNABLE } from '../adapter.ts';
import { packaged, PEERS, peers } from '../peers.ts';
import { commonOptions, MEMORY_STORE } from './express.ts';

/** As much of Fastify as is used here. */
interface FastifyApp<Session> {
  /** The promise need not be awaited: `ready()` says what went wrong. */
  register(plugin: unknown, options?: object): PromiseLike<void>;
  addHook(name: 'onError', hook: (...args: [unknown, unknown, Error, () => void]) => void): void;
  get(path: string, handler: (request: Request<Session>, reply: Reply) => Promise<unknown>): void;
  ready(): Promise<void>;
  close(): Promise<void>;
  routing: Running['listener'];
}

type Request<Session> = { url: string; session: Session };
type Reply = { hijack(): void; raw: ServerResponse };

/** As much of @fastify/secure-session as is used here. */
interface SecureSession {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(): void;
  regenerate(): void;
  options(cookie: object): void;
}

const FASTIFY = `Fastify ${versionIn(PEERS, 'fastify')}`;

const stored: Adapter = {
  ...packaged('@fastify/session'),
  ...MEMORY_STORE,
  made: { packages: ['@fastify/session', '@fastify/cookie'], folder: PEERS },
  setUp:
    `${FASTIFY}, express-session's \`MemoryStore\` (its own keeps live objects), ` +
    '`rolling` (where a case does not ask for it) and `saveUninitialized` off.',
  serve: (host) => {
    const register = (app: FastifyApp<{ sessionId: string }>): void => {
      void app.register(peers.load('@fastify/cookie'));
      for (const one of sessionsOf(host.settings)) {
        const names = { cookieName: one.name, rolling: one.rolling === true };
        const options = { ...commonOptions(one, host.store), ...names };
        void app.register(peers.load('@fastify/session'), one.pass(options));
      }
    };
    return serve(host, register, (request) =>
      objectSession(() => request.session, { id: () => request.session.sessionId }),
    );
  },
};

const sealed: Adapter = {
  ...packaged('@fastify/secure-session'),
  setUp: `${FASTIFY}, a list of keys.`,
  lacks: {
    rolling: 'it has no such option; `session.touch()` does it for one request',
    saveEmpty: 'it has no option for that; `session.touch()` does it for one session',
  },
  serve: (host) => {
    const { name: cookieName, second, keys, pass, secure, sameSite, partitioned, maxAge: ms } = host.settings;
    const maxAge = typeof ms === 'number' ? ms / 1000 : undefined;
    // The option has a default, which an undefined `sameSite` would replace.
    const cookie = { path: '/', secure, ...(sameSite !== undefined && { sameSite }), partitioned, maxAge };
    const options = { cookieName, key: keys.map((text) => Buffer.from(text)), cookie, expiry: maxAge };
    // It takes a list, with a name in the request for each session.
    const list = [
      { ...options, sessionName: 'first' },
      { ...options, cookieName: second },
    ];
    const register = (app: FastifyApp<SecureSession>): void => {
      void app.register(peers.load('@fastify/secure-session'), second === undefined ? pass(options) : list);
    };
    return serve(host, register, ({ session }) => ({
      ...UNABLE,
      get: (name) => session.get(name),
      set: (name, value) => session.set(name, value),
      remove: (name) => session.set(name, undefined),
      destroy: () => session.delete(),
      regenerate: () => session.regenerate(),
      setMaxAge: (ms) => session.options({ ...cookie, maxAge: ms / 1000 }),
    }));
  },
};

export default [stored, sealed];

/** A Fastify app with the sessions that `register` adds. */
async function serve<Session>(
  { settings, http2, handle, report }: Host,
  register: (app: FastifyApp<Session>) => void,
  sessionOf: (request: Request<Session>) => AppSession,
): Promise<Running> {
  const fastify = peers.load('fastify') as (options: object) => FastifyApp<Session>;
  const app = fastify({ trustProxy: settings.trustProxy === true, http2 });
  register(app);
  app.addHook('onError', (_request, _reply, error, done) => {
    report(error);
    done();
  });
  app.get('/*', async (request, reply) => {
    const takeOver = () => {
      reply.hijack();
      return reply.raw;
    };
    return { result: await handle({ path: request.url, session: sessionOf(request), takeOver }) };
  });
  await app.ready();
  return { listener: app.routing, close: () => app.close() };
}
