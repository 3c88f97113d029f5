import { range } from '../../src/session/testing/redis-fixtures.ts';
import { ask, codeOf, inLanes, round, sessionOf, storeOn, withServer } from './tools.ts';

const COUNT = 30_000;

/** Bytes that each session adds to used_memory, by how many sessions its user has and by its bytes of data. */
export async function measureMemory(): Promise<object> {
  return {
    anonymous: { 200: await bytesOf(0, 200), 1000: await bytesOf(0, 1000) },
    user: { 200: await bytesOf(1, 200), 1000: await bytesOf(1, 1000) },
    userOf5: { 200: await bytesOf(5, 200), 1000: await bytesOf(5, 1000) },
  };
}

/** @param perUser sessions of each user; 0: they are anonymous */
async function bytesOf(perUser: number, bytes: number): Promise<number> {
  return withServer([], async (client) => {
    const store = storeOn(client);
    const before = await ask(client, 'used_memory');
    await inLanes(COUNT, 500, (nth) =>
      store.create(`id-${nth}`, sessionOf(bytes, perUser ? `user-${Math.floor(nth / perUser)}` : undefined)),
    );
    return round(((await ask(client, 'used_memory')) - before) / COUNT, 0);
  });
}

/** What a full server does to 15,000 sessions of as many users, by policy, and what of them nobody can find any more. */
export async function measureEviction() {
  const results: Record<string, object> = {};
  for (const policy of ['noeviction', 'volatile-ttl', 'allkeys-lru']) {
    const settings = ['--maxmemory', '8mb', '--maxmemory-policy', policy];
    results[policy] = await withServer(settings, async (client) => {
      const store = storeOn(client);
      const all = range(15_000);
      let refused = 0;
      await inLanes(all.length, 100, async (nth) => {
        const session = sessionOf(200, `user-${nth}`);
        // Their ends are spread over half a day.
        const ttl = session.ttl ?? 0;
        const spread = { ...session, ttl: ttl - ((nth * 7919) % all.length) * (ttl / 2 / all.length) };
        await store.create(`id-${nth}`, spread).catch(() => (refused += 1));
      });
      const alive: string[] = [];
      let missing = 0;
      await inLanes(all.length, 100, async (nth) => {
        if (typeof (await store.read(`id-${nth}`)) !== 'object') return;
        alive.push(`id-${nth}`);
        if ((await store.listByUser(`user-${nth}`)).length === 0) missing += 1;
      });
      const [one = ''] = alive;
      const update = await store.update(one, '*', sessionOf(200)).then(({ kind }) => kind, codeOf);
      const destroy = await store.destroy(one).then(({ kind }) => kind, codeOf);
      return { refused, alive: alive.length, missing, update, destroy };
    });
  }
  return results;
}
