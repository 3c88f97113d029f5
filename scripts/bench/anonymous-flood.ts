// Whether a flood of anonymous sessions logs anybody out of a MemoryStore with its default bounds:
//   npx tsx scripts/bench/anonymous-flood.ts [anonymous sessions]
// Exit code 1 when a session of a user is gone, or when the store holds more than it may.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Life } from '../../src/session/core/life.ts';
import { generateSessionId } from '../../src/session/core/session-id.ts';
import { MemoryStore } from '../../src/session/memory/memory-store.ts';
import type { SessionWrite } from '../../src/session/core/store.ts';

const USERS = 1000;
const ANONYMOUS = Number(process.argv[2] ?? 1_000_000);
/** The default `max` of the store, for each kind. */
const MAX = 100_000;
const DAY = 86_400_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const store = new MemoryStore();
const users = Array.from({ length: USERS }, (_, nth) => ({ id: generateSessionId(), userId: `user-${nth}` }));
const empty = heapUsed();
for (const { id, userId } of users) store.create(id, session({ userId, cart: ['a', 'b'] }, userId));
const before = heapUsed();

const started = performance.now();
let highest = 0;
for (let nth = 0; nth < ANONYMOUS; nth += 1) {
  store.create(generateSessionId(), session({ csrf: generateSessionId(), nth }));
  highest = Math.max(highest, store.size);
}
const seconds = (performance.now() - started) / 1000;
const after = heapUsed();

const left = users.filter(({ id }) => typeof store.read(id) === 'object').length;
const listed = users.filter(({ userId }) => store.listByUser(userId).length === 1).length;
console.table({
  'sessions of users that are still there': `${left} of ${USERS}`,
  'users whose session is listed': `${listed} of ${USERS}`,
  'most sessions held at once': `${highest} (bound ${USERS + MAX})`,
  'heap of the empty store, MiB': empty,
  'heap before the flood, MiB': before,
  'heap after the flood, MiB': after,
  [`time for ${ANONYMOUS} anonymous sessions, s`]: seconds.toFixed(2),
  'µs for each': ((seconds * 1e6) / ANONYMOUS).toFixed(2),
});
if (left < USERS || listed < USERS || highest > USERS + MAX) process.exitCode = 1;

function session(data: object, userId?: string): SessionWrite {
  const now = Date.now();
  const life: Life = { createdAt: now, idleEndsAt: now + DAY, maxAge: DAY, hasOwnMaxAge: false };
  return { data: JSON.stringify(data), life, ttl: DAY, userId };
}

function heapUsed(): string {
  collectGarbage();
  return (process.memoryUsage().heapUsed / 2 ** 20).toFixed(1);
}
