import { createClient } from 'redis';
import { type RedisClient, RedisStore } from '../../src/session/index.ts';
import { write } from '../../src/session/testing/redis-fixtures.ts';
import * as scripts from '../../src/session/redis/redis-scripts.ts';
import { type RedisServer, startRedisServer } from '../../src/session/testing/redis-server.ts';
import type { SessionWrite } from '../../src/session/core/store.ts';

export const PREFIX = 'sess:';

export type Client = Awaited<ReturnType<typeof connectTo>>;

export function connectTo({ url }: { url: string }) {
  return createClient({ url })
    .on('error', () => {})
    .connect();
}

/** A server of its own that knows the scripts of RedisStore, and a client of it. */
export async function withServer<Result>(
  settings: string[],
  work: (client: Client, server: RedisServer) => Promise<Result>,
): Promise<Result> {
  const server = await startRedisServer(...settings);
  const client = await connectTo(server);
  try {
    for (const { source } of Object.values(scripts)) await client.scriptLoad(source);
    return await work(client, server);
  } finally {
    client.destroy();
    await server.dispose();
  }
}

/** A store that waits for as long as a busy machine may take. */
export function storeOn(client: RedisClient): RedisStore {
  return new RedisStore({ client, timeout: 60_000 });
}

/** The same client, and how often it was asked for which command. */
export function counting(client: Client): { counted: RedisClient; counts: Map<string, number> } {
  const names = new Map(Object.entries(scripts).map(([name, { sha1 }]) => [sha1, name]));
  const counts = new Map<string, number>();
  const counted = new Proxy(client, {
    get(target, method: string) {
      return (first: string, ...more: unknown[]): unknown => {
        const name = method === 'evalSha' ? (names.get(first) ?? first) : method.toUpperCase();
        counts.set(name, (counts.get(name) ?? 0) + 1);
        const own: unknown = Reflect.get(target, method);
        return typeof own === 'function' ? (Reflect.apply(own, target, [first, ...more]) as unknown) : own;
      };
    },
  });
  return { counted, counts };
}

/** @param bytes of data, as JSON */
export function sessionOf(bytes: number, userId?: string): SessionWrite {
  const rest = JSON.stringify({ userId, filler: '' }).length;
  return write({ userId, filler: 'x'.repeat(bytes - rest) }, { userId });
}

/** A number that the server tells of itself, such as `used_memory`, or `cmdstat_zrange.usec`. */
export async function ask(client: Client, name: string): Promise<number> {
  const [field = '', part] = name.split('.');
  const info = await client.info(part ? 'commandstats' : 'default');
  const line = new RegExp(`^${field}:(.*)$`, 'm').exec(info)?.[1];
  const value = Number(part ? new RegExp(`${part}=([0-9.]+)`).exec(line ?? '')?.[1] : line);
  if (Number.isNaN(value)) throw new Error(`the server does not tell ${name}`);
  return value;
}

/** Does `work` so many times, with so many under way at once. */
export async function inLanes(
  count: number,
  lanes: number,
  work: (nth: number, lane: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const runLane = async (lane: number): Promise<void> => {
    while (next < count) {
      next += 1;
      await work(next - 1, lane);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_none, lane) => runLane(lane)));
}

export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function median(values: number[]): number {
  return round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN);
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

/** What a Redis error begins with, such as OOM. */
export function codeOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z]+\b/.exec(message)?.[0] ?? message;
}
