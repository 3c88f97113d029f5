import { setImmediate } from 'node:timers/promises';
import { median } from '../quantile.ts';
import { DRIVERS } from './drivers.ts';
import type { Driver } from './driver.ts';
import { Ids } from './ids.ts';
import type { StoreName } from './names.ts';

/** What a store of some size takes: of memory, and of time for a call. */
export interface Filled {
  /** Resident bytes of a session. Undefined where so few tell nothing. */
  bytes?: number;
  /** CPU time of a call, ns, the collector's threads included. */
  create: number;
  get: number;
  update: number;
  /** The longest of the calls that created them, ms: where a table grows, or the garbage collector comes between. */
  longest: number;
}

/** From how many sessions on what they take stands out: some 20 MB are what the process itself grows by. */
const TELLING = 1_000_000;

/** Calls that are timed, each kind. */
const CALLS = 100_000;

const ROUNDS = 3;

/** Calls between which the event loop goes round, as stores need that answer by callbacks. */
const BATCH = 1000;

export async function fill(name: StoreName, size: number): Promise<Filled> {
  const ids = new Ids(size);
  const maker = DRIVERS[name](1);
  const own: number[] = [];
  for (let calls = 0; calls < CALLS; calls += BATCH) {
    const made = await time(BATCH, (nth) => void [ids.at((calls + nth) % size), maker.make(nth, 0)]);
    own.push(made.each);
  }

  const before = residentBytes();
  let driver = maker;
  const creates: number[] = [];
  let longest = 0;
  // A small one is filled many times, so that what is timed is compiled code.
  for (let calls = 0; calls < Math.max(size, CALLS); calls += size) {
    const filling = DRIVERS[name](size);
    const created = await time(size, (nth) => filling.create(ids.at(nth), filling.make(nth, 0)));
    creates.push(created.each);
    longest = created.longest;
    driver = filling;
  }
  const bytes = (residentBytes() - before) / size;
  return {
    ...(size >= TELLING && { bytes: Math.round(bytes) }),
    create: Math.round(median(creates) - median(own)),
    longest: Number(longest.toFixed(1)),
    ...(await timeCalls(driver, ids)),
  };
}

async function timeCalls(driver: Driver, ids: Ids): Promise<Pick<Filled, 'get' | 'update'>> {
  const gets: number[] = [];
  const updates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let found = 0;
    const done = (session: unknown): void => {
      if (session !== undefined) found += 1;
    };
    const id = await time(CALLS, () => void ids.at(ids.random()));
    const get = await time(CALLS, () => driver.get(ids.at(ids.random()), done));
    if (found !== CALLS) throw new Error(`of ${CALLS} sessions the store has only ${found} left`);
    gets.push(get.each - id.each);
    const both = await time(CALLS, () => {
      const nth = ids.random();
      void [ids.at(nth), driver.make(nth, 1)];
    });
    // Each with data of its own: a session that gets another user is another thing.
    const update = await time(CALLS, () => {
      const nth = ids.random();
      driver.update(ids.at(nth), driver.make(nth, 1));
    });
    updates.push(update.each - both.each);
  }
  return { get: Math.round(median(gets)), update: Math.round(median(updates)) };
}

/** CPU time of a call, in ns, and the longest that one has taken, in ms. */
async function time(count: number, work: (nth: number) => void): Promise<{ each: number; longest: number }> {
  const before = process.cpuUsage();
  let longest = 0;
  for (let nth = 0; nth < count; nth += 1) {
    const begun = performance.now();
    work(nth);
    longest = Math.max(longest, performance.now() - begun);
    if (nth % BATCH === BATCH - 1) await setImmediate();
  }
  await setImmediate();
  const { user, system } = process.cpuUsage(before);
  return { each: ((user + system) * 1000) / count, longest };
}

function residentBytes(): number {
  if (!globalThis.gc) throw new Error('what a store takes can only be told with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().rss;
}
