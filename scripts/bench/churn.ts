import { randomFillSync, randomInt } from 'node:crypto';
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { MemoryStore, type SessionWrite } from '../../src/session/index.ts';
import { DAY, newData } from './workload.ts';

/** Whether the sessions have no user, or each has another one. */
export type Owners = 'anonymous' | 'users';

/** A full `MemoryStore` whose new sessions push out old ones. */
export interface Churned {
  /** Resident bytes of a session. */
  bytes: number;
  /** The longest time that the store blocked the event loop, in ms, without the garbage collector. */
  longest: number;
}

/** New sessions, each with a request. */
const STEPS = 200_000;

/** In ms: shorter calls are not looked at. */
const SHORT = 0.1;

type Stretch = Pick<PerformanceEntry, 'startTime' | 'duration'>;

/** @param held the sessions that the store holds at the start and at most */
export async function churn(owners: Owners, held: number, steps = STEPS): Promise<Churned> {
  const random = randomFillSync(Buffer.alloc((held + steps) * 24));
  // Each id is made when it is used, like the id of a request, so that the measured memory has no other copy.
  const idOf = (nth: number): string => random.toString('base64url', nth * 24, (nth + 1) * 24);
  const empty = await residentBytes();
  const store = new MemoryStore({ max: held, maxBytes: Number.MAX_SAFE_INTEGER });
  for (let nth = 0; nth < held; nth += 1) void store.create(idOf(nth), sessionOf(owners, nth, 0));
  const bytes = ((await residentBytes()) - empty) / held;

  const collections: Stretch[] = [];
  const observer = new PerformanceObserver((list) => void collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  const stretches: Stretch[] = [];
  let batch: Stretch[] = [];
  let switches = involuntarySwitches();
  const timed = (work: () => void): void => {
    const startTime = performance.now();
    work();
    const duration = performance.now() - startTime;
    if (duration > SHORT) batch.push({ startTime, duration });
  };
  for (let nth = held; nth < held + steps; nth += 1) {
    timed(() => void store.create(idOf(nth), sessionOf(owners, nth, 0)));
    // A session of the younger half, which the store still holds unless it has expired.
    const visited = nth - randomInt(Math.max(1, held >> 1));
    const [id, session] = [idOf(visited), sessionOf(owners, visited, 1)];
    timed(() => {
      const stored = store.read(id);
      if (typeof stored === 'object') store.update(id, stored.version, session);
    });
    if (nth % 100 > 0) continue;
    // The timers of the store get their turn.
    const startTime = performance.now();
    await setImmediate();
    batch.push({ startTime, duration: performance.now() - startTime });
    // If the system interrupted this process, the store did not cause the delay.
    if (involuntarySwitches() === switches) stretches.push(...batch);
    batch = [];
    switches = involuntarySwitches();
  }
  // The observer learns of a collection a moment after it.
  await setTimeout(50);
  observer.disconnect();
  return { bytes, longest: longestWithout(stretches, collections) };
}

/** The length of the longest stretch that overlaps none of `others`. */
export function longestWithout(stretches: readonly Stretch[], others: readonly Stretch[]): number {
  const endOf = ({ startTime, duration }: Stretch): number => startTime + duration;
  const overlap = (one: Stretch, other: Stretch): boolean =>
    other.startTime < endOf(one) && endOf(other) > one.startTime;
  const own = stretches.filter((one) => !others.some((other) => overlap(one, other)));
  return Math.max(0, ...own.map(({ duration }) => duration));
}

/** Every tenth session expires soon, during the churn. */
function sessionOf(owners: Owners, nth: number, views: number): SessionWrite {
  const now = Date.now();
  const ttl = nth % 10 === 0 ? 100 : DAY;
  const data = { ...newData(nth), views };
  return {
    data: JSON.stringify(data),
    life: { createdAt: now, idleEndsAt: now + ttl, maxAge: ttl, hasOwnMaxAge: false },
    ttl,
    userId: owners === 'users' ? data.userId : undefined,
  };
}

/** How often the system has interrupted this process. */
function involuntarySwitches(): number {
  return process.resourceUsage().involuntaryContextSwitches;
}

/** After a garbage collection, if Node exposes it. V8 returns the pages a moment later, in another thread. */
async function residentBytes(): Promise<number> {
  globalThis.gc?.();
  globalThis.gc?.();
  await setTimeout(100);
  return process.memoryUsage().rss;
}
