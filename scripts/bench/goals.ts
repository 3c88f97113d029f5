import type { Name } from './candidates.ts';
import type { ByKind } from './kinds.ts';

/** The most that sessions may cost: as a fraction of what they cost `to`, or in µs over the bare framework. */
export interface CostGoal {
  of: Name;
  to: Name;
  most: ByKind<number | { micros: number }>;
}

export const REQUESTS: CostGoal[] = [
  {
    of: 'ours, store',
    to: 'koa-session, store',
    most: { none: 0.1, read: 0.35, write: 0.35, new: 0.7 },
  },
  {
    of: 'ours, signed cookie',
    to: 'koa-session, cookie',
    most: { none: { micros: 2 }, read: 0.3, write: 0.4, new: 0.5 },
  },
  {
    of: 'ours, sealed cookie',
    to: 'koa-session, cookie',
    most: { none: { micros: 2 }, read: 0.5, write: 0.8, new: 0.9 },
  },
];

export const REDIS: CostGoal = {
  of: 'ours, redis',
  to: 'connect-redis',
  most: { none: 0.5, read: 0.5, write: 0.5, new: 0.5 },
};

/** How often a request of ours may have to wait for Redis. `new` is a login: a second counts the user's sessions. */
export const ROUND_TRIPS: ByKind<number> = { none: 1, read: 1, write: 2, new: 2 };

/** Resident bytes of a session of 200 bytes of JSON, of a million in a `MemoryStore`. */
export const BYTES = { anonymous: 450, users: 500 };

/** Ms that a `MemoryStore` of 100,000 sessions may keep the event loop. */
export const LONGEST = 1;
