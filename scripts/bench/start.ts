import type { RequestListener } from 'node:http';
import { MemoryRevocations, MemoryStore, RedisStore } from '../../src/session/index.ts';
import { bareExpress, connectRedis, expressSession } from './apps/express.ts';
import { bareFastify, fastifySecureSession, fastifySession } from './apps/fastify.ts';
import { bareKoa, koaSessionInCookie, koaSessionInStore, ours, oursGuarded } from './apps/koa.ts';
import type { Name } from './candidates.ts';
import { connectToRedis } from './apps/redis.ts';

/** How the app of each candidate is made. */
export const START: Record<Name, () => RequestListener | Promise<RequestListener>> = {
  'bare Koa': bareKoa,
  'koa-session, store': koaSessionInStore,
  'ours, store': () => ours({ store: new MemoryStore() }),
  'koa-session, cookie': koaSessionInCookie,
  'ours, signed cookie': () => ours({}),
  'ours, sealed cookie': () => ours({ encrypt: true }),
  'ours, store, all guards': () => oursGuarded({ store: new MemoryStore(), encrypt: true }),
  'ours, sealed cookie, all guards': () =>
    oursGuarded({ encrypt: true, revocations: new MemoryRevocations() }),
  'ours, redis': async () =>
    oursGuarded({
      store: new RedisStore({ client: await connectToRedis() }),
      encrypt: true,
      onStoreError: 'cookie',
    }),
  'bare Express': bareExpress,
  'express-session': () => expressSession(),
  'connect-redis': async () => expressSession(connectRedis(await connectToRedis())),
  'bare Fastify': bareFastify,
  '@fastify/session': fastifySession,
  '@fastify/secure-session': fastifySecureSession,
};
