import { createClient, createCluster } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handleOf } from '../core/session-id.ts';
import { age } from '../testing/redis-aging.ts';
import { type RedisCluster, startRedisCluster } from '../testing/redis-cluster.ts';
import { addOne, keep, range, requireStored, until, write } from '../testing/redis-fixtures.ts';
import { hasRedisServer, type RedisServer } from '../testing/redis-server.ts';
import { userKey } from './redis-text.ts';
import { RedisStore } from './redis-store.ts';
import { storeContract } from '../testing/store-contract/index.ts';
import type { SessionWrite } from '../core/store.ts';

const DAY = 86_400_000;

function connectTo({ nodes }: RedisCluster) {
  return createCluster({
    rootNodes: nodes.map(({ url }) => ({ url })),
    defaults: { disableOfflineQueue: true },
  }).connect();
}

function connectToNode({ url }: RedisServer) {
  return createClient({ url }).connect();
}

describe.skipIf(!hasRedisServer())('on a cluster of three nodes', { timeout: 120_000 }, () => {
  let cluster: RedisCluster;
  let client: Awaited<ReturnType<typeof connectTo>>;
  let nodes: Awaited<ReturnType<typeof connectToNode>>[];
  let made = 0;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    client = await connectTo(cluster);
    nodes = await Promise.all(cluster.nodes.map(connectToNode));
  }, 120_000);

  afterAll(async () => {
    for (const node of nodes ?? []) node.destroy();
    client?.destroy();
    await cluster?.dispose();
  });

  /** An empty store. `keysOfNodes` are its keys, node by node. */
  const open = () => {
    const prefix = `${(made += 1)}:`;
    return {
      prefix,
      store: new RedisStore({ client, prefix, maxTtl: 4000 * DAY, timeout: 60_000 }),
      advance: async (ms: number) => {
        await Promise.all(nodes.map((node) => age(node, prefix, ms)));
      },
      keysOfNodes: () => Promise.all(nodes.map((node) => node.keys(`${prefix}*`))),
    };
  };

  storeContract('RedisStore on a cluster', open);

  it('spreads sessions and indexes over all nodes', async () => {
    const { store, keysOfNodes } = open();
    await keepMany(store, 60, (nth) => ({ userId: `user-${nth}` }));
    for (const keys of await keysOfNodes()) {
      const indexes = keys.filter((key) => key.includes(':user:'));
      expect(indexes.length).toBeGreaterThan(5);
      expect(keys.length - indexes.length).toBeGreaterThan(5);
    }
    for (const nth of range(60)) expect(await store.listByUser(`user-${nth}`)).toHaveLength(1);
  });

  it('puts the keys of one user on many nodes, and works across them', async () => {
    const { store, keysOfNodes } = open();
    await keepMany(store, 20, () => ({ userId: 'alice' }));
    for (const keys of await keysOfNodes()) expect(keys.length).toBeGreaterThan(0);
    const { version } = await requireStored(store, 'id-0');
    expect(await store.update('id-0', version, write({}, { userId: 'bob' }))).toMatchObject({ kind: 'done' });
    expect(await store.listByUser('alice')).toHaveLength(19);
    expect(await store.destroyByUser('bob')).toBe(1);
  });

  it('sends a script again to a node that has forgotten it', async () => {
    const { store } = open();
    await keepMany(store, 30, () => ({}));
    for (const node of nodes) {
      await node.scriptFlush();
      await Promise.all(range(30).map((nth) => addOne(store, `id-${nth}`)));
    }
    for (const nth of range(30)) expect(await store.read(`id-${nth}`)).toMatchObject({ data: '{"n":3}' });
  });

  it('destroys 1,000 sessions of a user on all nodes, and leaves nothing', async () => {
    const { store, keysOfNodes } = open();
    await keepMany(store, 1000, () => ({ userId: 'alice' }));
    await keep(store, 'other', write({}, { userId: 'bob' }));
    const counts = (await keysOfNodes()).map((keys) => keys.length);
    expect(Math.min(...counts)).toBeGreaterThan(200);
    const start = performance.now();
    expect(await store.destroyByUser('alice')).toBe(1000);
    const took = performance.now() - start;
    console.log(`1,000 sessions on nodes with ${counts.join(', ')} keys: destroyed in ${took.toFixed(0)} ms`);
    expect(await store.listByUser('alice')).toEqual([]);
    // The removal of index entries is not awaited, but the listing came after it on the same connection.
    expect((await keysOfNodes()).flat()).toHaveLength(2);
    expect(await store.listByUser('bob')).toHaveLength(1);
  });

  it('leaves a session unchanged if it logs in while the node of the index hangs', async () => {
    const { store, prefix, keysOfNodes } = open();
    await keepMany(store, 30, (nth) => ({ userId: `user-${nth}` }));
    const places = await keysOfNodes();
    const nodeOf = (key: string): number => places.findIndex((keys) => keys.includes(`${prefix}${key}`));
    const hung = nodeOf(`user:${userKey('user-0')}`);
    const others = range(29).map((nth) => `id-${nth + 1}`);
    const id = others.find((one) => nodeOf(handleOf(one)) !== hung);
    if (hung === -1 || id === undefined) throw new Error('all keys are on one node');
    const former = await requireStored(store, id);
    const hasty = new RedisStore({ client, prefix, timeout: 100 });
    cluster.nodes[hung]?.pause();
    try {
      const loggingIn = hasty.update(id, former.version, write({}, { userId: 'user-0' }));
      await expect(loggingIn).rejects.toThrow(/no answer/);
    } finally {
      cluster.nodes[hung]?.resume();
    }
    await until('the node answers', async () => (await store.listByUser('user-0')).length === 1);
    expect(await store.read(id)).toEqual(former);
  });

  it('finds the session of a renewed id on any node', async () => {
    const { store } = open();
    await keepMany(store, 10, () => ({ userId: 'ann' }));
    for (const nth of range(10)) {
      const { version } = await requireStored(store, `id-${nth}`);
      await keep(store, `new-${nth}`, write({ nth }, { userId: 'ann' }));
      const successor = { id: `new-${nth}`, userId: 'ann', for: 10_000 };
      await store.destroy(`id-${nth}`, { version, replaced: true, successor });
    }
    const found = await Promise.all(range(10).map((nth) => store.read(`id-${nth}`)));
    expect(found).toMatchObject(range(10).map((nth) => ({ data: `{"nth":${nth}}` })));
  });

  it('has no key on any node once everything has expired', async () => {
    const { store, advance, keysOfNodes } = open();
    await keepMany(store, 30, (nth) => ({ userId: nth % 2 ? `user-${nth % 4}` : undefined, ttl: DAY + nth }));
    for (const nth of range(10)) {
      const { version } = await requireStored(store, `id-${nth}`);
      await store.update(`id-${nth}`, version, write({}, { userId: 'moved', ttl: 2 * DAY }));
    }
    const successor = { id: 'id-1', userId: 'moved', for: 10_000 };
    await store.destroy('id-0', { replaced: true, successor });
    await store.destroy('id-29');
    // An entry of an index stays twice as long as its session.
    await advance(4 * DAY - 10_000);
    expect((await keysOfNodes()).flat()).toHaveLength(1);
    await advance(10_000);
    expect(await keysOfNodes()).toEqual([[], [], []]);
  });
});

async function keepMany(
  store: RedisStore,
  count: number,
  more: (nth: number) => Partial<SessionWrite>,
): Promise<void> {
  await Promise.all(range(count).map((nth) => keep(store, `id-${nth}`, write({ n: 0 }, more(nth)))));
}
