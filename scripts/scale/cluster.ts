import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createCluster } from 'redis';
import { RedisStore } from '../../src/session/index.ts';
import { handleOf } from '../../src/session/core/session-id.ts';
import { startRedisCluster } from '../../src/session/testing/redis-cluster.ts';
import { range, requireStored, sleep, until } from '../../src/session/testing/redis-fixtures.ts';
import { type RedisServer, startRedisServer } from '../../src/session/testing/redis-server.ts';
import { userKey } from '../../src/session/redis/redis-text.ts';
import {
  codeOf,
  connectTo,
  inLanes,
  median,
  milliseconds,
  PREFIX,
  round,
  sessionOf,
  storeOn,
  withServer,
} from './tools.ts';

const COUNT = 300;
const HANGS_FOR = 10_000;

/** What becomes of calls, reads with an update each, while one of three masters hangs. */
export async function measureHanging() {
  const cluster = await startRedisCluster();
  const rootNodes = cluster.nodes.map(({ url }) => ({ url }));
  const client = await createCluster({ rootNodes })
    .on('error', () => {})
    .connect();
  const hung = cluster.nodes[0] as RedisServer;
  try {
    const keep = storeOn(client);
    await inLanes(COUNT, 20, (nth) => keep.create(`id-${nth}`, sessionOf(200, `user-${nth}`)));
    const there = await connectTo(hung);
    const keys = new Set(await there.keys('*'));
    there.destroy();
    const placeOf = (nth: number): string => {
      if (keys.has(PREFIX + handleOf(`id-${nth}`))) return 'session';
      return keys.has(`${PREFIX}user:${userKey(`user-${nth}`)}`) ? 'index' : 'neither';
    };
    const areAllThere = async (): Promise<boolean> =>
      (await Promise.all(range(COUNT).map((nth) => keep.read(`id-${nth}`)))).every(Boolean);
    const hang = async (lanes: number, pause: number) => {
      // Each process has its own idea of whether the server hangs.
      const store = new RedisStore({ client });
      const calls: Record<string, { times: number[]; failed: number }> = {};
      hung.pause();
      const end = performance.now() + HANGS_FOR;
      let made = 0;
      const runLane = async (): Promise<void> => {
        while (performance.now() < end) {
          const nth = (made += 1) % COUNT;
          const of = (calls[placeOf(nth)] ??= { times: [], failed: 0 });
          const call = async (): Promise<unknown> => {
            const { version } = await requireStored(store, `id-${nth}`);
            return store.update(`id-${nth}`, version, sessionOf(200, `user-${nth}`));
          };
          of.times.push(await milliseconds(() => call().catch(() => (of.failed += 1))));
          await sleep(pause);
        }
      };
      await Promise.all(range(lanes).map(runLane));
      hung.resume();
      await until('all nodes answer', areAllThere, 15_000);
      return Object.fromEntries(
        Object.entries(calls).map(([place, { times, failed }]) => [
          place,
          { calls: times.length, failed, medianMs: median(times), slowestMs: round(Math.max(...times), 0) },
        ]),
      );
    };
    return { busy: await hang(50, 20), quiet: await hang(1, 20) };
  } finally {
    client.destroy();
    await cluster.dispose();
  }
}

/** How many of 500 logouts come back that a master acknowledged when its replica, that heard nothing more, takes over. */
export async function measureFailover() {
  return {
    plain: await failOver([]),
    'min-replicas-max-lag 2': await failOver(['--min-replicas-to-write', '1', '--min-replicas-max-lag', '2']),
  };
}

async function failOver(settings: string[]): Promise<object> {
  const own = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1', ...settings];
  return withServer(own, async (client, master) => {
    const sockets: Socket[] = [];
    const link = createServer((near) => {
      const far = connect(master.port, '127.0.0.1');
      for (const socket of [near, far]) sockets.push(socket.on('error', () => {}));
      near.pipe(far).pipe(near);
    }).listen(0, '127.0.0.1');
    await once(link, 'listening');
    const { port } = link.address() as AddressInfo;
    const replica = await startRedisServer('--replicaof', '127.0.0.1', String(port));
    const other = await connectTo(replica);
    try {
      const follows = async () => /state=online,.*lag=[01]/.test(await client.info());
      await until('the replica follows', follows, 15_000);
      const store = storeOn(client);
      for (const nth of range(500)) await store.create(`id-${nth}`, sessionOf(200));
      await client.wait(1, 1000);
      // Nothing passes any more, and no connection is closed.
      for (const socket of sockets) socket.unpipe();
      let acknowledged = 0;
      let refusal = '';
      const logOutAll = async (): Promise<void> => {
        for (; acknowledged < 500; acknowledged += 1) {
          await store.destroy(`id-${acknowledged}`);
          await sleep(10);
        }
      };
      const start = performance.now();
      await logOutAll().catch((error: unknown) => {
        refusal = `${codeOf(error)} after ${round((performance.now() - start) / 1000, 1)} s`;
      });
      const waitAnswers = await client.wait(1, 100);
      await master.kill();
      await other.sendCommand(['REPLICAOF', 'NO', 'ONE']);
      const after = storeOn(other);
      const found = await Promise.all(range(acknowledged).map((nth) => after.read(`id-${nth}`)));
      const cameBack = found.filter((one) => typeof one === 'object').length;
      return { acknowledged, cameBack, waitAnswers, refusal };
    } finally {
      other.destroy();
      for (const socket of sockets) socket.destroy();
      link.close();
      await replica.dispose();
    }
  });
}
