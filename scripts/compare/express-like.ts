import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Adapter, type AppSession, objectSession, type Settings } from './adapter.ts';
import { peers } from './peers.ts';

// What express-session and @fastify/session have in common.

/** A session of either library, as far as it is used here. */
export interface ExpressLikeSession {
  [key: string]: unknown;
  cookie: { maxAge: number };
}

export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

/** As much of express-session as is used here. */
interface ExpressSession {
  (options: object): Middleware;
  MemoryStore: new () => { sessions: Record<string, string> };
}

export const expressSession = () => peers.load('express-session') as ExpressSession;

/** The entries of an adapter that uses express-session's own store. */
export const MEMORY_STORE = {
  createStore: () => new (expressSession().MemoryStore)(),
  contentsOf: (store) => JSON.stringify((store as { sessions: unknown }).sessions),
} satisfies Partial<Adapter>;

/** The options with the same names in both libraries. */
export function commonOptions(
  { keys, secure, sameSite, partitioned, maxAge, saveEmpty }: Settings,
  store: object | undefined,
) {
  return {
    secret: keys,
    store,
    cookie: { path: '/', secure, sameSite, partitioned, maxAge: maxAge === 'session' ? undefined : maxAge },
    saveUninitialized: saveEmpty === true,
  };
}

/** @param call calls a method of the session, and resolves when that is done */
export function expressLikeSession(
  session: () => ExpressLikeSession,
  id: () => string,
  call: (method: 'regenerate' | 'destroy' | 'save' | 'reload') => Promise<void>,
): AppSession {
  return objectSession(session, {
    destroy: () => call('destroy'),
    regenerate: () => call('regenerate'),
    replace: async (data) => {
      await call('regenerate');
      Object.assign(session(), data);
    },
    save: () => call('save'),
    reload: () => call('reload'),
    id,
    setMaxAge: (ms) => {
      session().cookie.maxAge = ms;
    },
  });
}
