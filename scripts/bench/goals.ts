import type { Name } from './candidates.ts';
import type { ByKind } from './workload.ts';

/** The most that the sessions `of` one candidate may cost: a fraction of their cost in another, or µs. */
export interface CostGoal {
  of: Name;
  to: Name;
  most: ByKind<number | `${number} µs`>;
}

const cookie = 'koa-session, cookie';

export const REQUESTS: CostGoal[] = [
  { of: 'ours, store', to: 'koa-session, store', most: { none: 0.1, read: 0.35, write: 0.35, new: 0.7 } },
  { of: 'ours, signed cookie', to: cookie, most: { none: '2 µs', read: 0.3, write: 0.4, new: 0.5 } },
  { of: 'ours, sealed cookie', to: cookie, most: { none: '2 µs', read: 0.5, write: 0.8, new: 0.9 } },
];

export const REDIS: CostGoal[] = [
  { of: 'ours, redis', to: 'connect-redis', most: { none: 0.5, read: 0.5, write: 0.5, new: 0.5 } },
];

/** How often a request may wait for Redis. `new` is a login: its second round trip counts the user's sessions. */
export const ROUND_TRIPS: ByKind<number> = { none: 1, read: 1, write: 2, new: 2 };

/** Resident bytes of a session of 200 bytes of JSON, among a million in a `MemoryStore`. */
export const BYTES = { anonymous: 450, users: 500 };

/** Ms for which a call of a `MemoryStore` with 100,000 sessions may block the event loop. */
export const LONGEST = 1;
