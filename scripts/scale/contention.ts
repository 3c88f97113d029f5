import { range } from '../../src/session/testing/redis-fixtures.ts';
import { userKey } from '../../src/session/redis/redis-text.ts';
import { serve } from './requests.ts';
import {
  ask,
  counting,
  inLanes,
  median,
  milliseconds,
  PREFIX,
  round,
  sessionOf,
  storeOn,
  withServer,
} from './tools.ts';

/**
 * Requests that all change one session, by `update()` or by assignment. Those of one store wait for each other, as those of
 * one process do; so many stores stand for so many processes.
 */
export async function measureContention() {
  return withServer([], async (client) => {
    const attempt = async (writers: number, each: number, processes = 1, path = '/increment') => {
      const { counted, counts } = counting(client);
      const apps = range(processes).map(() => serve(storeOn(counted)));
      const cookie = await apps[0]?.('/create');
      const times: number[] = [];
      let failed = 0;
      const took = await milliseconds(() =>
        inLanes(writers * each, writers, async (_nth, lane) => {
          const send = async () => apps[lane % processes]?.(path, cookie);
          times.push(await milliseconds(() => send().catch(() => (failed += 1))));
        }),
      );
      const done = writers * each - failed;
      return {
        requests: writers * each,
        failed,
        conflicts: round(((counts.get('UPDATE') ?? 0) - done) / done),
        perSecond: round((1000 * done) / took, 0),
        slowestMs: round(Math.max(...times), 0),
      };
    };
    await attempt(1, 300);
    return {
      '1 writer': await attempt(1, 300),
      '10 writers': await attempt(10, 60),
      '50 writers': await attempt(50, 20),
      '50 writers, by assignment (merged)': await attempt(50, 20, 1, '/assign'),
      '50 writers of 5 processes': await attempt(50, 20, 5),
      '1,000 at once': await attempt(1000, 1),
      '1,000 at once, of 10 processes': await attempt(1000, 1, 10),
    };
  });
}

/** Listing and ending the sessions of a user who has many, and what that asks of the server in one piece. */
export async function measureBigUser() {
  const results: Record<string, object> = {};
  for (const count of [10, 1000, 100_000]) {
    results[String(count)] = await withServer([], async (client) => {
      const store = storeOn(client);
      const values: Record<string, number[]> = {};
      const note = (name: string, value: number): void => void (values[name] ??= []).push(value);
      for (let turn = 0; turn < (count > 1000 ? 1 : 5); turn += 1) {
        await client.configResetStat();
        await inLanes(count, 100, (nth) => store.create(`${turn}-${nth}`, sessionOf(200, 'alice')));
        note(
          'indexBytes',
          (await client.memoryUsage(`${PREFIX}user:${userKey('alice')}`, { SAMPLES: 0 })) ?? 0,
        );
        const list = async () => requireCount((await store.listByUser('alice')).length, count);
        note('listMs', await milliseconds(list));
        note('zRangeMs', (await ask(client, 'cmdstat_zrange.usec')) / 1000);
        note(
          'endMs',
          await milliseconds(async () => requireCount(await store.destroyByUser('alice'), count)),
        );
        await client.ping();
        note('zRemMs', (await ask(client, 'cmdstat_zrem.usec')) / 1000);
      }
      return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, median(all)]));
    });
  }
  return results;
}

function requireCount(got: number, wanted: number): void {
  if (got !== wanted) throw new Error(`${wanted} were to be found, not ${got}`);
}
