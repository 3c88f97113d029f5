import { setImmediate, setTimeout } from 'node:timers/promises';
import { MemoryStore, type SessionWrite } from '../../../src/session/index.ts';
import { newData } from '../kinds.ts';
import { quantile } from '../quantile.ts';
import { DAY } from '../settings.ts';
import { Ids } from './ids.ts';
import { CollectorPauses, longest, type Stretch, without } from './pauses.ts';

/** Whose the sessions are: nobody's, or each another user's. */
export type Owners = 'anonymous' | 'users';

/** How a full `MemoryStore` does while new sessions push out old ones. */
export interface Churned {
  /** Resident bytes of one session. */
  bytes: number;
  /** What a request asks of the store, a read and an update, µs. */
  p50: number;
  p999: number;
  /** The longest time that the store itself kept the event loop, ms: the garbage collector's apart. */
  longest: number;
}

/** New sessions, each with a request. */
const STEPS = 200_000;

/** @param held sessions that are there already, as many as there may be */
export async function churn(owners: Owners, held: number, steps = STEPS): Promise<Churned> {
  const ids = new Ids(held + steps);
  const empty = await residentBytes();
  const store = new MemoryStore({ max: held, maxBytes: Number.MAX_SAFE_INTEGER });
  const create = (nth: number): void => void store.create(ids.at(nth), sessionOf(owners, nth, 0));
  for (let nth = 0; nth < held; nth += 1) create(nth);
  const bytes = ((await residentBytes()) - empty) / held;

  const pauses = new CollectorPauses();
  const stretches: Stretch[] = [];
  let batch: Stretch[] = [];
  let before = switches();
  const requests: number[] = [];
  const timed = (work: () => void): number => {
    const start = performance.now();
    work();
    const end = performance.now();
    if (end - start > 0.1) batch.push({ start, end });
    return end - start;
  };
  for (let nth = held; nth < held + steps; nth += 1) {
    timed(() => create(nth));
    // Among the younger half, which is there but for what is over.
    const one = nth - ids.random(Math.max(1, held >> 1));
    const id = ids.at(one);
    const session = sessionOf(owners, one, 1);
    requests.push(
      timed(() => {
        const stored = store.read(id);
        if (typeof stored === 'object') store.update(id, stored.version, session);
      }),
    );
    // So that timers of the store have their turn.
    if (nth % 100 > 0) continue;
    batch.push(await turnLoop());
    // What the system has let this process wait for, so that others had their turn, is not the store's doing.
    if (switches() === before) stretches.push(...batch);
    batch = [];
    before = switches();
  }
  return {
    bytes,
    p50: quantile(requests, 0.5) * 1000,
    p999: quantile(requests, 0.999) * 1000,
    longest: longest(without(stretches, await pauses.seen())),
  };
}

/** Each tenth session is over soon, while others are still to come. */
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

async function turnLoop(): Promise<Stretch> {
  const start = performance.now();
  await setImmediate();
  return { start, end: performance.now() };
}

/** How often the system has given the processor of this process to another. */
function switches(): number {
  return process.resourceUsage().involuntaryContextSwitches;
}

/** After a collection of garbage, where that can be asked for. V8 gives back the pages a moment later, in another thread. */
async function residentBytes(): Promise<number> {
  globalThis.gc?.();
  globalThis.gc?.();
  await setTimeout(100);
  return process.memoryUsage().rss;
}
