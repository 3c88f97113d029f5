import { expect, it } from 'vitest';
import { handleOf } from '../core/session-id.ts';
import type { SessionWrite } from '../core/store.ts';
import { MemoryStore } from './memory-store.ts';

function write(userId: string | undefined, data = '{}'): SessionWrite {
  const life = { createdAt: 1, idleEndsAt: 2, maxAge: 1, hasOwnMaxAge: false };
  return { data, life, ttl: 60_000, userId };
}

function userOf(nth: number): string | undefined {
  return nth % 2 === 0 ? undefined : `user-${nth % 1000}`;
}

// With these bounds a store is divided into shards.
it.each([{ max: 1_000_000 }, { max: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER }])(
  'a store with bounds of %o finds and lists what was stored',
  (bounds) => {
    const store = new MemoryStore(bounds);
    const ids = Array.from({ length: 5000 }, (_, nth) => `id-${nth}`);
    for (const [nth, id] of ids.entries()) store.create(id, write(userOf(nth)));
    for (let nth = 0; nth < 1000; nth += 1) store.destroy(`id-${nth}`, { replaced: true });
    expect(ids.map((id) => store.read(id))).toEqual([
      ...Array.from({ length: 1000 }, () => 'replaced'),
      ...Array.from({ length: 4000 }, () => expect.objectContaining({ data: '{}' })),
    ]);
    expect(store.listByUser('user-7').map(({ handle }) => handle)).toEqual(
      ['id-1007', 'id-2007', 'id-3007', 'id-4007'].map(handleOf),
    );
    expect(store.destroyByUser('user-7', { except: 'id-4007' })).toBe(3);
    expect(store.listByUser('user-7')).toHaveLength(1);
    expect(store.size).toBe(3997);
  },
);

it('a store keeps as many large sessions as fit, among them the last used ones, and lists only these', () => {
  const store = new MemoryStore({ max: 1_000_000, maxBytes: 2 ** 25 });
  const data = JSON.stringify('x'.repeat(2 ** 15));
  for (let nth = 0; nth < 3000; nth += 1) {
    store.create(`id-${nth}`, write('alice', data));
    store.read('id-0');
  }
  expect(store.size).toBe(1023);
  expect(store.listByUser('alice')).toHaveLength(1023);
  const latest = Array.from({ length: 200 }, (_, nth) => `id-${2800 + nth}`);
  expect(['id-0', ...latest].filter((id) => store.read(id) === undefined)).toEqual([]);
});
