/** Where an app keeps its sessions: bare ones have none. */
export type Keeps = 'nothing' | 'memory' | 'cookie' | 'redis';

/** What is measured. How each is made is in `start.ts`, in a process of its own. */
export interface Candidate {
  name: string;
  framework: 'koa' | 'express' | 'fastify';
  keeps: Keeps;
  /** For the table. */
  about: string;
}

export const CANDIDATES = [
  { name: 'bare Koa', framework: 'koa', keeps: 'nothing', about: 'no sessions' },
  {
    name: 'koa-session, store',
    framework: 'koa',
    keeps: 'memory',
    about: 'signed cookie; its records as JSON text in a Map',
  },
  {
    name: 'ours, store',
    framework: 'koa',
    keeps: 'memory',
    about: 'the same signed cookie; `MemoryStore`',
  },
  { name: 'koa-session, cookie', framework: 'koa', keeps: 'cookie', about: 'signed' },
  { name: 'ours, signed cookie', framework: 'koa', keeps: 'cookie', about: 'the same cookie' },
  { name: 'ours, sealed cookie', framework: 'koa', keeps: 'cookie', about: '`encrypt: true`' },
  {
    name: 'ours, store, all guards',
    framework: 'koa',
    keeps: 'memory',
    about: '`MemoryStore`; `encrypt`, `absoluteMaxAge` and `userOf`, as the starter has it',
  },
  {
    name: 'ours, sealed cookie, all guards',
    framework: 'koa',
    keeps: 'cookie',
    about: '`encrypt`, `absoluteMaxAge`, `userOf`, and `MemoryRevocations` remembers which have ended',
  },
  {
    name: 'ours, redis',
    framework: 'koa',
    keeps: 'redis',
    about: '`RedisStore`; the id in a sealed cookie, as the starter has it',
  },
  { name: 'bare Express', framework: 'express', keeps: 'nothing', about: 'no sessions' },
  { name: 'express-session', framework: 'express', keeps: 'memory', about: 'its own `MemoryStore`' },
  { name: 'express-session, redis', framework: 'express', keeps: 'redis', about: 'connect-redis' },
  { name: 'bare Fastify', framework: 'fastify', keeps: 'nothing', about: 'no sessions' },
  { name: '@fastify/session', framework: 'fastify', keeps: 'memory', about: 'its own store; `rolling` off' },
  {
    name: '@fastify/secure-session',
    framework: 'fastify',
    keeps: 'cookie',
    about: 'sealed, by native libsodium',
  },
] as const satisfies Candidate[];

export type Name = (typeof CANDIDATES)[number]['name'];

export function candidateNamed(name: Name): Candidate & { name: Name } {
  const candidate = CANDIDATES.find((one) => one.name === name);
  if (!candidate) throw new Error(`there is no candidate ${name}`);
  return candidate;
}

/** The app without sessions that a candidate is set against. */
export function bareOf(name: Name): Name {
  const { framework } = candidateNamed(name);
  const bare = CANDIDATES.find((one) => one.framework === framework && one.keeps === 'nothing');
  if (!bare) throw new Error(`${framework} has no candidate without sessions`);
  return bare.name;
}

/** All that keep their sessions in one of these places. */
export function candidatesOn(...places: Keeps[]): Name[] {
  return CANDIDATES.filter(({ keeps }) => places.includes(keeps)).map(({ name }) => name);
}
