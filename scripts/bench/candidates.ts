import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import Koa from 'koa';
import koaSession, { type CreateSessionOptions } from 'koa-session';
import { createClient } from 'redis';
import session, {
  MemoryRevocations,
  MemoryStore,
  RedisStore,
  type SessionOptions,
} from '../../src/session/index.ts';
import { peersIn } from '../peers.ts';
import { createAnswer, type Data, DAY, KEYS, KINDS } from './workload.ts';

/** What is measured. Each candidate runs in its own process. */
export interface Candidate {
  /** The app without sessions to compare it with. */
  bare: 'bare Koa' | 'bare Express' | 'bare Fastify';
  /** Where it keeps its sessions. Bare apps have none. */
  keeps: 'nothing' | 'memory' | 'cookie' | 'redis';
  /** For the table. */
  about: string;
  start: () => Promise<RequestListener>;
}

/** The packages that only the benchmark needs. */
export const peers = peersIn(import.meta.dirname);

/** The environment variable that tells a server the address of Redis. */
export const REDIS_URL = 'BENCH_REDIS_URL';

const COOKIE = { maxAge: DAY, sameSite: 'lax' };

/** Adds sessions to an app. */
type Mount<App> = (app: App) => unknown;

const candidateOf =
  <App>(bare: Candidate['bare'], create: (mount?: Mount<App>) => Promise<RequestListener>) =>
  (keeps: Candidate['keeps'], about: string, mount?: Mount<App>): Candidate => ({
    bare,
    keeps,
    about,
    start: () => create(mount),
  });

const koa = candidateOf('bare Koa', koaApp);
const express = candidateOf('bare Express', expressApp);
const fastify = candidateOf('bare Fastify', fastifyApp);

/** Two keys, a signed cookie (except for the sealed one), JSON text in the store. */
export const EQUAL = {
  'bare Koa': koa('nothing', 'no sessions'),
  'koa-session, store': koa('memory', 'signed cookie; JSON text in a Map', theirs({ store: textStore() })),
  'ours, store': koa('memory', 'the same signed cookie; `MemoryStore`', ours({ store: new MemoryStore() })),
  'koa-session, cookie': koa('cookie', 'signed', theirs({})),
  'ours, signed cookie': koa('cookie', 'the same cookie', ours({})),
  'ours, sealed cookie': koa('cookie', '`encrypt: true`', ours({ encrypt: true })),
};

const GUARDED_STORE = guarded({ store: new MemoryStore() });
const GUARDED_COOKIE = guarded({ revocations: new MemoryRevocations() });

/** With `encrypt`, `absoluteMaxAge` and `userOf`. */
export const GUARDED = {
  'ours, store, all guards': koa('memory', '`MemoryStore`, as in the starter', GUARDED_STORE),
  'ours, sealed cookie, all guards': koa('cookie', '`MemoryRevocations`', GUARDED_COOKIE),
};

export const OTHERS = {
  'bare Express': express('nothing', 'no sessions'),
  'express-session': express('memory', 'its own `MemoryStore`', expressSession()),
  'bare Fastify': fastify('nothing', 'no sessions'),
  '@fastify/session': fastify('memory', 'keeps the object itself; `rolling` off', (app) => {
    app.register(peers.load('@fastify/cookie'));
    const cookie = { ...COOKIE, secure: false };
    const options = { secret: KEYS[0], rolling: false, saveUninitialized: false, cookie };
    app.register(peers.load('@fastify/session'), options);
  }),
  '@fastify/secure-session': fastify('cookie', 'sealed, by native libsodium', (app) => {
    const cookie = { path: '/', maxAge: DAY / 1000, sameSite: 'lax' };
    const options = { key: Buffer.alloc(32, KEYS[0]), expiry: DAY / 1000, cookie };
    app.register(peers.load('@fastify/secure-session'), options);
  }),
};

export const ON_REDIS = {
  'ours, redis': koa('redis', '`RedisStore` and all guards, as in the starter', async (app) => {
    const store = new RedisStore({ client: await connectToRedis() });
    guarded({ store, onStoreError: 'cookie' })(app);
  }),
  'connect-redis': express('redis', 'express-session', async (app) => {
    const { RedisStore: Store } = peers.load('connect-redis') as Record<'RedisStore', StoreClass>;
    expressSession(new Store({ client: await connectToRedis() }))(app);
  }),
};

export const CANDIDATES = { ...EQUAL, ...GUARDED, ...OTHERS, ...ON_REDIS };

export type Name = keyof typeof CANDIDATES;

export function namesOf<Some extends Name>(candidates: Record<Some, Candidate>): Some[] {
  return Object.keys(candidates) as Some[];
}

async function koaApp(mount?: Mount<Koa>): Promise<RequestListener> {
  const app = new Koa();
  app.keys = [...KEYS];
  await mount?.(app);
  const answer = createAnswer();
  app.use((ctx) => {
    ctx.body = answer(ctx.path, ctx);
  });
  const listener = app.callback();
  return (req, res) => void listener(req, res);
}

function theirs(options: CreateSessionOptions): Mount<Koa> {
  return (app) => app.use(koaSession(options, app));
}

/** With only the options that koa-session has too: each can read the other's signed cookies. */
function ours(options: SessionOptions): Mount<Koa> {
  return (app) => app.use(session(options, app));
}

function guarded(options: SessionOptions): Mount<Koa> {
  return ours({ encrypt: true, sameSite: 'lax', absoluteMaxAge: 30 * DAY, userOf, ...options });
}

function userOf(data: object): string | undefined {
  return (data as Partial<Data>).userId;
}

/** A store that keeps text, as real stores do: an object in a Map would be the handler's own. */
function textStore(): CreateSessionOptions['store'] {
  const records = new Map<string, string>();
  // The types of koa-session ask for promises, but its code also takes plain values.
  const store: object = {
    get: (id: string) => JSON.parse(records.get(id) ?? 'null'),
    set: (id: string, record: object) => void records.set(id, JSON.stringify(record)),
    destroy: (id: string) => void records.delete(id),
  };
  return store as CreateSessionOptions['store'];
}

type ExpressRequest = IncomingMessage & { path: string; session?: unknown };
type ExpressResponse = ServerResponse & { type(type: string): ExpressResponse; send(body: string): void };
type StoreClass = new (options: object) => object;
type Handler = (req: ExpressRequest, res: ExpressResponse, next: () => void) => void;
type Express = RequestListener & { use(handler: Handler): void; disable(setting: string): void };

async function expressApp(mount?: Mount<Express>): Promise<RequestListener> {
  const app = (peers.load('express') as () => Express)();
  // The other frameworks send neither header.
  app.disable('etag');
  app.disable('x-powered-by');
  await mount?.(app);
  const answer = createAnswer();
  app.use((req, res) => res.type('text/plain').send(answer(req.path, req)));
  return app;
}

/** @param store the package's own MemoryStore if missing */
function expressSession(store?: object): Mount<Express> {
  const options = { secret: KEYS[0], resave: false, saveUninitialized: false, cookie: COOKIE, store };
  return (app) => app.use((peers.load('express-session') as (options: object) => Handler)(options));
}

interface Fastify {
  register(plugin: unknown, options?: object): void;
  get(path: string, handler: (request: { session?: unknown }) => Promise<string>): void;
  ready(): Promise<void>;
  routing: RequestListener;
}

async function fastifyApp(mount?: Mount<Fastify>): Promise<RequestListener> {
  const app = (peers.load('fastify') as () => Fastify)();
  await mount?.(app);
  const answer = createAnswer();
  for (const kind of KINDS) app.get(`/${kind}`, async (request) => answer(`/${kind}`, request));
  await app.ready();
  return (req, res) => app.routing(req, res);
}

/** All candidates share one server. */
function connectToRedis() {
  const url = process.env[REDIS_URL];
  if (url === undefined) throw new Error(`sessions in Redis need its address in ${REDIS_URL}`);
  // Without a listener, a connection error would end the process before the failed request reports it.
  return createClient({ url, disableOfflineQueue: true }).on('error', console.error).connect();
}
