import { createClient } from 'redis';
import { afterAll, beforeAll, onTestFinished, vi } from 'vitest';
import { type RedisServer, startRedisServer } from './redis-server.ts';
import type { SessionWrite, StoredSession, Version, VersionedStore } from '../core/store.ts';

const START = 1_800_000_000_000;
const DAY = 86_400_000;

/** A session of a day. */
export function write(data: unknown, more: Partial<SessionWrite> = {}): SessionWrite {
  const life = { createdAt: START, idleEndsAt: START + DAY, maxAge: DAY, hasOwnMaxAge: false };
  return { data: JSON.stringify(data), life, ttl: DAY, userId: undefined, ...more };
}

/** Stores a new session, and returns its version. */
export async function keep(store: VersionedStore, id: string, session: SessionWrite): Promise<Version> {
  const version = await store.create(id, session);
  if (version === undefined) throw new Error(`the id is taken: ${id}`);
  return version;
}

export async function requireStored(store: VersionedStore, id: string): Promise<StoredSession> {
  const found = await store.read(id);
  if (typeof found !== 'object') throw new Error(`nothing is stored under ${id}: ${found}`);
  return found;
}

/** Reads, adds one to `n` and writes, until the write succeeds. */
export async function addOne(store: VersionedStore, id: string): Promise<void> {
  let current = await requireStored(store, id);
  for (;;) {
    const { n } = JSON.parse(current.data) as { n: number };
    const outcome = await store.update(id, current.version, write({ n: n + 1 }));
    if (outcome.kind === 'done') return;
    if (outcome.kind === 'gone') throw new Error(`${id} is gone`);
    current = outcome.current;
  }
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, nth) => nth);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Polls until `isSo`; an error counts as no. @returns how many ms that took */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  limit = 30_000,
): Promise<number> {
  const start = performance.now();
  for (;;) {
    let reason = 'it is still not so';
    try {
      if (await isSo()) return performance.now() - start;
    } catch (error) {
      reason = String(error);
    }
    if (performance.now() - start > limit) throw new Error(`not within ${limit} ms: ${what}: ${reason}`);
    await sleep(5);
  }
}

/** Collects unhandled rejections from now on. Vitest fails a run on them, too, but names no test. */
export function watchRejections(): { seen: unknown[]; stop: () => void } {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => {
    seen.push(reason);
  };
  process.on('unhandledRejection', note);
  return { seen, stop: () => void process.off('unhandledRejection', note) };
}

/** Collects the warnings of this process from now on, until the end of the test. */
export function watchWarnings(): string[] {
  const seen: string[] = [];
  const watch = vi
    .spyOn(process, 'emitWarning')
    .mockImplementation((warning) => void seen.push(String(warning)));
  onTestFinished(() => watch.mockRestore());
  return seen;
}

function connect(url: string) {
  return createClient({ url }).connect();
}

/** Writes a foreign value at `key`, where there is none yet. */
export type Plant = (client: Awaited<ReturnType<typeof connect>>, key: string) => Promise<unknown>;

/** Values of types other than string. */
export const OTHER_TYPES: [string, Plant][] = [
  ['a hash', (client, key) => client.hSet(key, 'field', 'value')],
  ['a list', (client, key) => client.rPush(key, 'value')],
  ['a set', (client, key) => client.sAdd(key, 'value')],
  ['a sorted set', (client, key) => client.zAdd(key, { value: 'value', score: 1 })],
  ['a stream', (client, key) => client.xAdd(key, '*', { field: 'value' })],
];

/** A server for the tests of one `describe`, and a client on it; both exist while the tests run. */
export function useRedis() {
  let server: RedisServer | undefined;
  let client: Awaited<ReturnType<typeof connect>> | undefined;
  beforeAll(async () => {
    server = await startRedisServer();
    client = await connect(server.url);
  });
  afterAll(async () => {
    client?.destroy();
    await server?.dispose();
  });
  return {
    get server() {
      return required(server);
    },
    get client() {
      return required(client);
    },
  };
}

function required<One>(one: One | undefined): One {
  if (one === undefined) throw new Error('the server exists only while the tests run');
  return one;
}
