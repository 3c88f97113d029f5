import { createClient } from 'redis';
import type { RedisStore } from '../../src/session/index.ts';
import { handleOf } from '../../src/session/core/session-id.ts';
import { range, until } from '../../src/session/testing/redis-fixtures.ts';
import { INDEX } from '../../src/session/redis/redis-scripts.ts';
import { startRedisServer } from '../../src/session/testing/redis-server.ts';
import { userKey } from '../../src/session/redis/redis-text.ts';
import { ask, type Client, inLanes, median, PREFIX, round, sessionOf, storeOn, withServer } from './tools.ts';

const COUNT = 5000;
const ROUNDS = 5;
const IN_FLIGHT = 50;

type Work = (store: RedisStore, id: string, client: Client) => Promise<unknown>;

/** What RedisStore sends, in an order in which each finds what it needs. `*` is any version. */
const COMMANDS: Record<string, Work> = {
  CREATE: (store, id) => store.create(id, sessionOf(200)),
  GET: (store, id) => store.read(id),
  UPDATE: (store, id) => store.update(id, '*', sessionOf(200)),
  TOUCH: (store, id) => store.touch(id, '*', sessionOf(200)),
  INDEX: (_store, id, client) =>
    client.evalSha(INDEX.sha1, { keys: [indexOf(id)], arguments: [handleOf(id), '86400000', ''] }),
  ZRANGE: (_store, id, client) => client.zRange(indexOf(id), 0, -1),
  ZREM: (_store, id, client) => client.zRem(indexOf(id), [handleOf(id)]),
  DESTROY: (store, id) => store.destroy(id),
  // For comparison: what a write without a look would cost.
  SET: (_store, id, client) => client.set(`plain:${handleOf(id)}`, 'x'.repeat(270), { PX: 86_400_000 }),
};

function indexOf(id: string): string {
  return `${PREFIX}user:${userKey(id)}`;
}

/**
 * Of one command, on a master with an append-only file and a replica: µs of the main thread when 50 connections have one
 * under way each (`apart`) and when one connection has 50, as that of a busy process (`together`); bytes for the file and for
 * the replica.
 */
export async function measureCommands(): Promise<object> {
  // A master waits for more replicas, else, before it sends its data to one.
  const settings = ['--appendonly', 'yes', '--repl-diskless-sync-delay', '0'];
  return withServer(settings, async (admin, { port, url }) => {
    const replica = await startRedisServer('--replicaof', '127.0.0.1', String(port));
    const open = async (count: number) =>
      Promise.all(range(count).map(() => createClient({ url }).connect()));
    const modes = { apart: await open(IN_FLIGHT), together: await open(1) };
    try {
      await until('the replica follows', async () => (await admin.info()).includes('state=online'), 15_000);
      const found: Record<string, Record<string, number[]>> = {};
      for (const [mode, clients] of range(ROUNDS).flatMap(() => Object.entries(modes))) {
        const stores = clients.map((client) => storeOn(client));
        for (const [name, work] of Object.entries(COMMANDS)) {
          const before = await count(admin);
          await inLanes(COUNT, IN_FLIGHT, (nth, lane) => {
            const at = lane % clients.length;
            return work(stores[at] as RedisStore, `id-${nth}`, clients[at] as Client);
          });
          const after = await count(admin);
          const of = (found[name] ??= {});
          for (const key of ['micros', 'aof', 'replication'] as const) {
            (of[key === 'micros' ? mode : key] ??= []).push((after[key] - before[key]) / COUNT);
          }
        }
      }
      const told = Object.entries(found).map(([name, of]) => [
        name,
        Object.fromEntries(
          Object.entries(of).map(([key, all]) => [key, round(median(all), key in modes ? 1 : 0)]),
        ),
      ]);
      return Object.fromEntries(told) as object;
    } finally {
      for (const client of Object.values(modes).flat()) client.destroy();
      await replica.dispose();
    }
  });
}

async function count(client: Client) {
  const user = await ask(client, 'used_cpu_user_main_thread');
  const system = await ask(client, 'used_cpu_sys_main_thread');
  const aof = await ask(client, 'aof_current_size');
  return { micros: (user + system) * 1e6, aof, replication: await ask(client, 'master_repl_offset') };
}
