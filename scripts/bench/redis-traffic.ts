import { REDIS_URL } from './apps/redis.ts';
import type { Name } from './candidates.ts';
import { type ByKind, byKindInTurn } from './kinds.ts';
import { inLanes } from './load.ts';
import { median } from './quantile.ts';
import { startRunner } from './runner.ts';
import { openWire, type Traffic } from './wire.ts';

/** What one request sends to Redis. */
export interface OnWire extends Traffic {
  /** How often a request waits for Redis; what is sent together has one answer. */
  roundTrips: number;
}

/** Ms that each answer of Redis is late while round trips are counted: far more than all else takes. */
const DELAY = 50;

/** Requests that are counted by how long they take. */
const WAITING = 10;

/** Requests one at a time, over a long wire. */
export async function countOnWire(name: Name, port: number): Promise<ByKind<OnWire>> {
  const wire = await openWire(port, DELAY);
  const env = { [REDIS_URL]: wire.url };
  const runner = await startRunner(name, { sessions: WAITING, connections: 1, env });
  try {
    return await byKindInTurn(async (kind) => {
      // The first may have to make a script known.
      await inLanes(runner.connections, 1, (connection) => runner.visit(connection, kind));
      const before = { ...wire.traffic };
      const waits: number[] = [];
      await inLanes(runner.connections, WAITING, async (connection) => {
        const start = performance.now();
        await runner.visit(connection, kind);
        waits.push(performance.now() - start);
      });
      const { commands, to, from } = wire.traffic;
      return {
        roundTrips: Math.round(median(waits) / DELAY),
        commands: (commands - before.commands) / WAITING,
        to: Math.round((to - before.to) / WAITING),
        from: Math.round((from - before.from) / WAITING),
      };
    });
  } finally {
    await runner.stop();
    wire.close();
  }
}
