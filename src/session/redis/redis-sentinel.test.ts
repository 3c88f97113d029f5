import { createSentinel } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addOne,
  keep,
  range,
  requireStored,
  sleep,
  until,
  watchRejections,
  write,
} from '../testing/redis-fixtures.ts';
import { MASTER_NAME, type RedisSentinels, startRedisSentinels } from '../testing/redis-sentinel.ts';
import { hasRedisServer } from '../testing/redis-server.ts';
import { slowness } from '../testing/slowness.ts';
import { RedisStore } from './redis-store.ts';
import type { VersionedStore } from '../core/store.ts';

const scale = await slowness();
const WRITERS = 10;
/** How long the writers run before the master dies, in ms. */
const BEFORE = 1500 * scale;
/** A replica gets a write only after the master has answered. It has each write that is older than this, in ms. */
const SETTLED = 1000 * scale;
/** Within how many ms the store must work again. Sentinels notice the loss after 500 ms, and then they vote. */
const FAILOVER_LIMIT = 12_000 * scale;

function connectTo({ nodes }: RedisSentinels) {
  const client = createSentinel({
    name: MASTER_NAME,
    sentinelRootNodes: nodes,
    nodeClientOptions: { disableOfflineQueue: true },
  });
  // Without a listener the outage would end the process.
  client.on('error', () => {});
  return client.connect();
}

describe.skipIf(!hasRedisServer())(
  'RedisStore, when the master of three sentinels dies during writes,',
  () => {
    let sentinels: RedisSentinels;
    let client: Awaited<ReturnType<typeof connectTo>>;
    let store: RedisStore;
    let stream: Stream;
    let killedAt: number;
    let outage: number;
    let rejections: ReturnType<typeof watchRejections>;

    beforeAll(async () => {
      rejections = watchRejections();
      sentinels = await startRedisSentinels();
      client = await connectTo(sentinels);
      store = new RedisStore({ client, timeout: 60_000 });
      const hasty = new RedisStore({ client, timeout: 500 * scale });
      stream = new Stream(hasty);
      const running = stream.run();
      await until('the writers have begun', () => stream.acknowledged > 30);
      await sleep(BEFORE);
      killedAt = performance.now();
      await sentinels.master.kill();
      const isBack = async (): Promise<boolean> =>
        (await hasty.create(`back-${Math.random()}`, write({}))) !== undefined;
      await until('the store works again', isBack, FAILOVER_LIMIT);
      outage = performance.now() - killedAt;
      // The writers go on for a while on the new master.
      const { acknowledged } = stream;
      await until('the writers go on', () => stream.acknowledged > acknowledged + 10 * WRITERS);
      stream.isOver = true;
      await running;
    }, 120_000);

    afterAll(async () => {
      rejections?.stop();
      await client?.destroy();
      await sentinels?.dispose();
    });

    it('works again once the replica is the master, and every call is answered or fails', () => {
      console.log(
        `after ${outage.toFixed(0)} ms; ${stream.acknowledged} acknowledged writes, ${stream.errors} errors, ` +
          `the slowest call took ${stream.slowest.toFixed(0)} ms`,
      );
      expect(client.getMasterNode()).toMatchObject({ port: sentinels.replica.port });
      expect(stream.errors).toBeGreaterThan(0);
      expect(stream.slowest).toBeLessThan(2500 * scale);
      expect(rejections.seen).toEqual([]);
    });

    it('has every session that was acknowledged at least a second before, or since', async () => {
      const before = stream.created.filter(({ at }) => at < killedAt);
      const lost = await missing(store, before);
      const destroyedBefore = stream.destroyed.filter(({ at }) => at < killedAt);
      const back = await present(store, destroyedBefore);
      console.log(
        `of ${before.length} sessions acknowledged before, ${lost.length} were lost` +
          `${lost.length ? `, the oldest ${(killedAt - Math.min(...lost.map(({ at }) => at))).toFixed(0)} ms old` : ''}; ` +
          `of ${destroyedBefore.length} destroyed, ${back.length} are back`,
      );
      const settled = before.filter(({ at }) => at < killedAt - SETTLED);
      expect(settled.length).toBeGreaterThan(20);
      expect(await missing(store, settled)).toEqual([]);
      const since = stream.created.filter(({ at }) => at > killedAt + outage);
      expect(since.length).toBeGreaterThan(0);
      expect(await missing(store, since)).toEqual([]);
    });

    it('has no session that was destroyed at least a second before, or since', async () => {
      const settled = stream.destroyed.filter(({ at }) => at < killedAt - SETTLED || at > killedAt + outage);
      expect(settled.length).toBeGreaterThan(20);
      expect(await present(store, settled)).toEqual([]);
    });

    it('keeps its guarantees on the new master', async () => {
      await keep(store, 'id', write({ n: 0 }));
      const { version } = await requireStored(store, 'id');
      await Promise.all(range(20).map(() => addOne(store, 'id')));
      expect(await store.read('id')).toMatchObject({ data: '{"n":20}' });
      expect(await store.update('id', version, write({}))).toMatchObject({ kind: 'changed' });
      expect(await store.destroy('id', { version })).toMatchObject({ kind: 'changed' });
      expect(await store.create('id', write({}))).toBeUndefined();
      expect(await store.destroy('id', { replaced: true })).toMatchObject({ kind: 'done' });
      expect(await store.update('id', version, write({}))).toEqual({ kind: 'gone' });
      expect(await store.read('id')).toBe('replaced');
    });

    it('lists the sessions that users have, and no others', async () => {
      const found = await Promise.all(range(WRITERS).map((nth) => store.listByUser(`user-${nth}`)));
      const gone = new Set(stream.destroyed.map(({ id }) => id));
      const settled = stream.created.filter(({ id, at }) => at < killedAt - SETTLED && !gone.has(id));
      const ids = new Set(found.flat().map(({ data }) => (JSON.parse(data) as { id: string }).id));
      expect(settled.filter(({ id }) => !ids.has(id))).toEqual([]);
      const ended = stream.destroyed.filter(({ at }) => at < killedAt - SETTLED || at > killedAt + outage);
      expect(ended.filter(({ id }) => ids.has(id))).toEqual([]);
      await store.destroyByUser('user-0');
      expect(await store.listByUser('user-0')).toEqual([]);
    });
  },
);

/** An acknowledged write, and its time by `performance.now()`. */
interface Acknowledged {
  id: string;
  at: number;
}

/** Writers that create sessions and destroy every third one. */
class Stream {
  readonly #store: VersionedStore;
  readonly created: Acknowledged[] = [];
  readonly destroyed: Acknowledged[] = [];
  errors = 0;
  /** Ms. */
  slowest = 0;
  isOver = false;

  constructor(store: VersionedStore) {
    this.#store = store;
  }

  get acknowledged(): number {
    return this.created.length + this.destroyed.length;
  }

  async run(): Promise<void> {
    await Promise.all(range(WRITERS).map((nth) => this.#write(nth)));
  }

  async #write(writer: number): Promise<void> {
    for (let nth = 0; !this.isOver; nth += 1) {
      const id = `${writer}-${nth}`;
      const start = performance.now();
      try {
        await keep(this.#store, id, write({ id }, { userId: `user-${writer}` }));
        // Two of three sessions stay, and the third is destroyed.
        if (nth % 3 > 0) this.created.push({ id, at: performance.now() });
        else {
          await this.#store.destroy(id);
          this.destroyed.push({ id, at: performance.now() });
        }
      } catch {
        this.errors += 1;
      }
      this.slowest = Math.max(this.slowest, performance.now() - start);
      // Without a pause an outage would be a busy loop, since calls fail at once.
      await sleep(2);
    }
  }
}

async function missing(store: VersionedStore, all: Acknowledged[]): Promise<Acknowledged[]> {
  const found = await Promise.all(all.map(async ({ id }) => store.read(id)));
  return all.filter((_, nth) => found[nth] === undefined);
}

async function present(store: VersionedStore, all: Acknowledged[]): Promise<Acknowledged[]> {
  const found = await Promise.all(all.map(async ({ id }) => store.read(id)));
  return all.filter((_, nth) => found[nth] !== undefined);
}
