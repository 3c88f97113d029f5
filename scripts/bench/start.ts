import type { RequestListener } from 'node:http';
import { MemoryRevocations, MemoryStore } from '../../src/session/index.ts';
import { bareExpress, expressSession } from './apps/express.ts';
import { bareFastify, fastifySecureSession, fastifySession } from './apps/fastify.ts';
import { bareKoa, koaSessionInCookie, koaSessionInMemory, ours, oursAsKoaSession } from './apps/koa.ts';
import type { Name } from './candidates.ts';

/** How the app of each candidate is made. */
export const START: Record<Name, () => RequestListener | Promise<RequestListener>> = {
  'bare Koa': bareKoa,
  'koa-session, memory': koaSessionInMemory,
  'ours, memory': () => ours({ store: new MemoryStore(), signed: false }),
  'ours, memory, sealed id': () => ours({ store: new MemoryStore(), encrypt: true }),
  'koa-session, cookie': koaSessionInCookie,
  'ours, cookie': () => ours({ encrypt: true, revocations: new MemoryRevocations() }),
  'ours, signed cookie': oursAsKoaSession,
  'bare Express': bareExpress,
  'express-session': () => expressSession(),
  'bare Fastify': bareFastify,
  '@fastify/session': fastifySession,
  '@fastify/secure-session': fastifySecureSession,
};
