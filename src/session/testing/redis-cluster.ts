import { createClient } from 'redis';
import { until } from './redis-fixtures.ts';
import { freePort, type RedisServer, startRedisServer } from './redis-server.ts';

/** How many slots a cluster has. */
const SLOTS = 16_384;
const MASTERS = 3;
/** Ms. A master that has just started does not take part for two seconds. */
const READY_LIMIT = 15_000;

export interface RedisCluster {
  /** Masters, each with a third of the slots. */
  nodes: RedisServer[];
  /** Stops all servers and removes their directories. */
  dispose(): Promise<void>;
}

/** Three masters without replicas. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const buses = await Promise.all(Array.from({ length: MASTERS }, freePort));
  const started = await Promise.allSettled(buses.map(startNode));
  const nodes = started.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
  const dispose = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.dispose())));
  try {
    for (const outcome of started) if (outcome.status === 'rejected') throw outcome.reason;
    await join(nodes, buses);
    return { nodes, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** @param bus the port for traffic between nodes. The default, 10,000 above the other port, may not exist. */
function startNode(bus: number): Promise<RedisServer> {
  const cluster = [
    '--cluster-enabled',
    'yes',
    '--cluster-config-file',
    'nodes.conf',
    '--cluster-port',
    `${bus}`,
  ];
  return startRedisServer(...cluster);
}

async function join(nodes: RedisServer[], buses: number[]): Promise<void> {
  const clients = await Promise.all(nodes.map(({ url }) => createClient({ url }).connect()));
  try {
    const [first, ...others] = clients;
    for (const [nth, client] of clients.entries()) {
      const [start, end] = [nth, nth + 1].map((part) => Math.floor((SLOTS * part) / MASTERS));
      await client.sendCommand(['CLUSTER', 'SET-CONFIG-EPOCH', `${nth + 1}`]);
      await client.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', `${start}`, `${(end ?? SLOTS) - 1}`]);
    }
    for (const nth of others.keys()) {
      const [port, bus] = [nodes[nth + 1]?.port, buses[nth + 1]];
      await first?.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', `${port}`, `${bus}`]);
    }
    for (const client of clients) {
      const isReady = async (): Promise<boolean> => {
        const info = await client.clusterInfo();
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${MASTERS}`);
      };
      await until('all nodes of the cluster are ready', isReady, READY_LIMIT);
    }
  } finally {
    for (const client of clients) client.destroy();
  }
}
