import { beforeAll, expect, it } from 'vitest';
import { build } from './build.ts';
import type { Name } from './candidates.ts';
import { overheadTable } from './cost-tables.ts';
import { costsOf } from './costs.ts';
import { KINDS } from './kinds.ts';
import { measureRequests } from './requests.ts';
import { ServerProcess } from './server-process.ts';

// None of others' packages: those are installed only when somebody runs the benchmark.
const NAMES: Name[] = ['bare Koa', 'koa-session, cookie', 'ours, store'];

beforeAll(() => build());

it('measures each candidate in each round with each kind of request', { timeout: 120_000 }, async () => {
  const said: string[] = [];
  // As many sessions as there are requests under way: two that change one at the same time lose one change.
  const size = { launches: 2, warmUps: 1, rounds: 1, requests: 64, sessions: 64 };
  const turns = await measureRequests(NAMES, size, (line) => said.push(line));
  for (const name of NAMES) {
    for (const kind of KINDS) {
      const found = turns.get(name)?.[kind] ?? [];
      expect(found).toHaveLength(size.launches * size.rounds);
      for (const micros of found) expect(micros).toBeGreaterThan(0);
    }
  }
  expect(said).toEqual(['start 1 of 2', 'start 2 of 2']);
  expect(overheadTable(costsOf(turns), ['koa-session, cookie', 'ours, store']).split('\n')).toHaveLength(4);
});

it('says why a server does not start', async () => {
  await expect(ServerProcess.start('ours, redis')).rejects.toThrow(
    /ended with exit code 1: [^]*need its address in BENCH_REDIS_URL/,
  );
});
