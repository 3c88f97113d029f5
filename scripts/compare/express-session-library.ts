import type { IncomingMessage, ServerResponse } from 'node:http';
import { peers } from './peers.ts';

export type Done = (error?: unknown) => void;

/** As much of its sessions as is used here. */
export interface ExpressSession {
  [key: string]: unknown;
  cookie: { maxAge: number };
  regenerate(done: Done): void;
  destroy(done: Done): void;
  save(done: Done): void;
  reload(done: Done): void;
}

export type Request = IncomingMessage & { session?: ExpressSession; sessionID: string; path: string };
export type Response = ServerResponse & { json(body: unknown): void };
export type Middleware = (req: Request, res: Response, next: Done) => void;

/** What `require('express-session')` gives; its stores serve others, too. */
export interface ExpressSessionLibrary {
  (options: object): Middleware;
  MemoryStore: new () => { sessions: Record<string, string> };
}

export function expressSession(): ExpressSessionLibrary {
  return peers.load('express-session') as ExpressSessionLibrary;
}
