import { type Data, newData } from '../kinds.ts';
import type * as lru from 'lru-cache';
import { peersIn } from '../../peers.ts';
import { peers, ROOT } from '../peers.ts';
import { DAY } from '../settings.ts';
import type { Driver } from './driver.ts';
import { ours } from './ours.ts';
import type { StoreName } from './names.ts';

/** How each store is made, for so many sessions. */
export const DRIVERS: Record<StoreName, (size: number) => Driver> = {
  'Map of JSON text': mapOfText,
  'ours, anonymous': (size) => ours(size, () => undefined),
  'ours, of users': (size) => ours(size, ({ userId }) => userId),
  'lru-cache of objects': lruCache,
  'express-session, MemoryStore': () => expressStore(new (expressSession().MemoryStore)()),
  memorystore: (max) => {
    const storeOf = peers.load('memorystore') as (session: object) => new (options: object) => ExpressStore;
    const Store = storeOf(expressSession());
    return expressStore(new Store({ checkPeriod: DAY, max }));
  },
};

function dataOf(nth: number, views: number): Data {
  return { ...newData(nth), views };
}

function mapOfText(): Driver<string> {
  const map = new Map<string, string>();
  return {
    make: (nth, views) => JSON.stringify(dataOf(nth, views)),
    create: (id, text) => void map.set(id, text),
    get: (id, done) => done(map.get(id)),
    update(id, text) {
      if (map.has(id)) map.set(id, text);
    },
  };
}

function lruCache(max: number): Driver<Data> {
  // The repository's own: memorystore brings an old one.
  const { LRUCache } = peersIn(ROOT).load('lru-cache') as typeof lru;
  const cache = new LRUCache<string, Data>({ max, ttl: DAY });
  return {
    make: dataOf,
    create: (id, data) => void cache.set(id, data),
    get: (id, done) => done(cache.get(id)),
    update(id, data) {
      if (cache.get(id)) cache.set(id, data);
    },
  };
}

interface ExpressStore {
  get(id: string, done: (error: unknown, found?: unknown) => void): void;
  set(id: string, data: object, done: () => void): void;
}

function expressSession(): { MemoryStore: new () => ExpressStore } {
  return peers.load('express-session') as { MemoryStore: new () => ExpressStore };
}

function noMore(): void {}

/** With the cookie's attributes in the data, as the stores of express-session have them. */
function expressStore(store: ExpressStore): Driver<object> {
  return {
    make: (nth, views) => ({
      cookie: { originalMaxAge: DAY, expires: new Date(Date.now() + DAY), httpOnly: true, path: '/' },
      ...dataOf(nth, views),
    }),
    create: (id, data) => store.set(id, data, noMore),
    get: (id, done) => store.get(id, (_error, found) => done(found)),
    update: (id, data) =>
      store.get(id, (_error, found) => {
        if (found !== undefined) store.set(id, data, noMore);
      }),
  };
}
