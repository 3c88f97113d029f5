import type { Name } from './candidates.ts';
import type { Kind } from './kinds.ts';

/** By how much a figure may be worse than its goal before `--check` fails. */
export const TOLERANCE = 1.15;

export interface Goal {
  /** The most that a figure may be. */
  goal: number;
  /** What is reached where the goal is not; `--check` goes by it then. Infinity: by another comparison. */
  reached?: number | undefined;
}

/** What sessions may cost over the bare framework, as a fraction of what they cost another. */
export interface Comparison {
  of: Name;
  to: Name;
  goals: Partial<Record<Kind, number>>;
  /** Where they are not reached. */
  reached?: Partial<Record<Kind, number>>;
}

/** The first three are one set-up: two keys, a signed cookie but for the sealed one, text in the store. */
export const REQUESTS: Comparison[] = [
  {
    of: 'ours, store',
    to: 'koa-session, store',
    goals: { none: 0.1, read: 0.35, write: 0.35, new: 0.7 },
  },
  {
    of: 'ours, signed cookie',
    to: 'koa-session, cookie',
    goals: { read: 0.3, write: 0.4, new: 0.5 },
  },
  {
    of: 'ours, sealed cookie',
    to: 'koa-session, cookie',
    goals: { read: 0.5, write: 0.8, new: 0.9 },
  },
  { of: 'ours, store, all guards', to: 'koa-session, store', goals: {} },
  { of: 'ours, sealed cookie, all guards', to: 'koa-session, cookie', goals: {} },
  { of: 'ours, sealed cookie', to: '@fastify/secure-session', goals: {} },
];

/** The CPU time of the app's process. */
export const REDIS: Comparison[] = [
  {
    of: 'ours, redis',
    to: 'express-session, redis',
    goals: { none: 0.5, read: 0.5, write: 0.5, new: 0.5 },
    reached: { write: 0.63 },
  },
];

/** How often a request of ours may have to wait for Redis: as often as one of express-session with connect-redis does. */
export const ROUND_TRIPS: Record<Kind, Goal> = {
  none: { goal: 2 },
  read: { goal: 2 },
  write: { goal: 2 },
  new: { goal: 1 },
};

/** Resident bytes of a session of 200 bytes of JSON, of a million in a `MemoryStore`. */
export const STORED_BYTES: Record<'ours, anonymous' | 'ours, of users', Goal> = {
  'ours, anonymous': { goal: 450 },
  'ours, of users': { goal: 450, reached: 550 },
};

/** Of a `MemoryStore` with a million sessions. */
export const STORES: Record<'get' | 'churn' | 'longest', Goal> = {
  /** What a get takes, of what it takes with a thousand sessions. */
  get: { goal: 2, reached: 5 },
  /** The 99.9th percentile of a request under churn, of that of a store that is next to empty. */
  churn: { goal: 2 },
  /** The longest that a call keeps the event loop, ms. */
  longest: { goal: 1 },
};
