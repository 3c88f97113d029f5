/** What is measured. How each is made is in `start.ts`, in a process of its own. */
export interface Candidate {
  /** The app without sessions that it is compared with. */
  bare: 'bare Koa' | 'bare Express' | 'bare Fastify';
  /** Where it keeps its sessions: bare ones have none. */
  keeps: 'nothing' | 'memory' | 'cookie' | 'redis';
  /** For the table. */
  about: string;
}

type Keeps = Candidate['keeps'];

const koa = (keeps: Keeps, about: string): Candidate => ({ bare: 'bare Koa', keeps, about });
const express = (keeps: Keeps, about: string): Candidate => ({ bare: 'bare Express', keeps, about });
const fastify = (keeps: Keeps, about: string): Candidate => ({ bare: 'bare Fastify', keeps, about });

/** Two keys, a signed cookie (but for the sealed one), text in the store. */
export const EQUAL = {
  'bare Koa': koa('nothing', 'no sessions'),
  'koa-session, store': koa('memory', 'signed cookie; JSON text in a Map'),
  'ours, store': koa('memory', 'the same signed cookie; `MemoryStore`'),
  'koa-session, cookie': koa('cookie', 'signed'),
  'ours, signed cookie': koa('cookie', 'the same cookie'),
  'ours, sealed cookie': koa('cookie', '`encrypt: true`'),
};

/** With `encrypt`, `absoluteMaxAge` and `userOf`. */
export const GUARDED = {
  'ours, store, all guards': koa('memory', '`MemoryStore`, as the starter has it'),
  'ours, sealed cookie, all guards': koa('cookie', '`MemoryRevocations` remembers which have ended'),
};

export const OTHERS = {
  'bare Express': express('nothing', 'no sessions'),
  'express-session': express('memory', 'its own `MemoryStore`'),
  'bare Fastify': fastify('nothing', 'no sessions'),
  '@fastify/session': fastify('memory', 'its own store, which keeps the very object; `rolling` off'),
  '@fastify/secure-session': fastify('cookie', 'sealed, by native libsodium'),
};

export const ON_REDIS = {
  'ours, redis': koa('redis', '`RedisStore` and all guards, as the starter has it'),
  'connect-redis': express('redis', 'express-session'),
};

export const CANDIDATES = { ...EQUAL, ...GUARDED, ...OTHERS, ...ON_REDIS };

export type Name = keyof typeof CANDIDATES;

export function namesOf(candidates: Partial<Record<Name, Candidate>>): Name[] {
  return Object.keys(candidates) as Name[];
}
