import type { RequestListener } from 'node:http';
import { MemoryRevocations, MemoryStore, RedisStore } from '../../src/session/index.ts';
import { bareExpress, connectRedis, expressSession } from './apps/express.ts';
import { bareFastify, fastifySecureSession, fastifySession } from './apps/fastify.ts';
import { bareKoa, koaSessionInCookie, koaSessionInMemory, ours, oursAsKoaSession } from './apps/koa.ts';
import type { Name } from './candidates.ts';
import { connectToRedis } from './apps/redis.ts';

/** How the app of each candidate is made. */
export const START: Record<Name, () => RequestListener | Promise<RequestListener>> = {
  'bare Koa': bareKoa,
  'koa-session, memory': koaSessionInMemory,
  'ours, memory': () => ours({ store: new MemoryStore(), signed: false }),
  'ours, memory, sealed id': () => ours({ store: new MemoryStore(), encrypt: true }),
  'koa-session, cookie': koaSessionInCookie,
  'ours, cookie': () => ours({ encrypt: true, revocations: new MemoryRevocations() }),
  'ours, signed cookie': oursAsKoaSession,
  'ours, redis': async () =>
    ours({
      store: new RedisStore({ client: await connectToRedis() }),
      encrypt: true,
      onStoreError: 'cookie',
    }),
  'bare Express': bareExpress,
  'express-session': () => expressSession(),
  'express-session, redis': async () => expressSession(connectRedis(await connectToRedis())),
  'bare Fastify': bareFastify,
  '@fastify/session': fastifySession,
  '@fastify/secure-session': fastifySecureSession,
};
