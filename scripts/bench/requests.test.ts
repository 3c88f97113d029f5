import { beforeAll, expect, it } from 'vitest';
import { build } from './build.ts';
import type { Name } from './candidates.ts';
import { takeTurns } from './requests.ts';
import { withRunners } from './runner.ts';
import { KINDS } from './workload.ts';

// Only candidates whose packages a checkout has: `npm run bench` installs the others.
const NAMES: Name[] = ['bare Koa', 'koa-session, cookie', 'ours, store'];

beforeAll(() => build());

it('measures each candidate in each round with each kind of request', { timeout: 120_000 }, async () => {
  const said: string[] = [];
  const size = { launches: 2, warmUps: 1, rounds: 1, requests: 64, sessions: 64 };
  const turns = await takeTurns(NAMES, size, (line) => said.push(line));
  for (const name of NAMES) {
    for (const kind of KINDS) {
      const found = turns.get(name)?.[kind] ?? [];
      expect(found).toHaveLength(size.launches * size.rounds);
      for (const micros of found) expect(micros).toBeGreaterThan(0);
    }
  }
  expect(said).toEqual(['start 1 of 2', 'start 2 of 2']);
});

it('reports why a server does not start', async () => {
  await expect(withRunners(['ours, redis'], { connections: 1 }, async () => {})).rejects.toThrow(
    /ended with exit code 1: [^]*need its address in BENCH_REDIS_URL/,
  );
});
