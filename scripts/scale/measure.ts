// Measures what sessions in a RedisStore cost: npx tsx scripts/scale/measure.ts [section…]
// It starts its own Redis servers, prints the results and writes them to measured.json beside this file. With names of
// sections it measures only these. Bytes and conflicts repeat; times depend on the machine and its other work.
import { readFileSync, writeFileSync } from 'node:fs';
import { range } from '../../src/session/testing/redis-fixtures.ts';
import { inLanes } from '../lanes.ts';
import { measureRequests, serve } from './requests.ts';
import type { Measured } from './tables.ts';
import { readInfo, sessionOf, storeOn, withServer } from './tools.ts';

const OUTPUT = new URL('measured.json', import.meta.url);

const SECTIONS: { [Name in keyof Measured]: () => Promise<Measured[Name]> } = {
  memory: measureMemory,
  requests: measureRequests,
  contention: measureContention,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in SECTIONS));
if (unknown.length > 0) {
  throw new Error(`unknown: ${unknown.join(', ')}; the sections are ${Object.keys(SECTIONS).join(', ')}`);
}
const measured = JSON.parse(readFileSync(OUTPUT, 'utf8')) as Record<string, object>;
for (const [name, measure] of Object.entries(SECTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  measured[name] = await measure();
  console.log(name, measured[name]);
}
writeFileSync(OUTPUT, `${JSON.stringify(measured, undefined, 2)}\n`);

/** Bytes that one session adds to the memory of Redis, by its bytes of data. */
export async function measureMemory(): Promise<Measured['memory']> {
  return {
    anonymous: { 200: await bytesOf(200, false), 1000: await bytesOf(1000, false) },
    user: { 200: await bytesOf(200, true), 1000: await bytesOf(1000, true) },
  };
}

function bytesOf(bytes: number, isUser: boolean): Promise<number> {
  const count = 30_000;
  return withServer([], async (client) => {
    const store = storeOn(client);
    const before = (await readInfo(client))('used_memory');
    await inLanes(count, 500, (nth) =>
      store.create(`id-${nth}`, sessionOf(bytes, isUser ? `user-${nth}` : undefined)),
    );
    return Math.round(((await readInfo(client))('used_memory') - before) / count);
  });
}

/**
 * 1,000 requests that each add one to a number in the same session. The requests of one store wait for each other, as
 * those of one process do, so each store stands for a process.
 */
export function measureContention(): Promise<Measured['contention']> {
  return withServer([], async (client) => {
    const attempt = async (writers: number, processes: number) => {
      const apps = range(processes).map(() => serve(client));
      const cookie = await apps[0]?.('/create');
      await client.configResetStat();
      await inLanes(1000, writers, async (_nth, lane) => apps[lane % processes]?.('/update', cookie));
      // Each attempt to write runs one script.
      const attempts = (await readInfo(client))('cmdstat_evalsha:calls');
      return { conflicts: Number((attempts / 1000 - 1).toFixed(1)) };
    };
    await attempt(1, 1);
    return {
      'by one writer': await attempt(1, 1),
      'by 50 in 1 process': await attempt(50, 1),
      'by 50 in 5 processes': await attempt(50, 5),
      'by 1,000 in 10 processes': await attempt(1000, 10),
    };
  });
}
