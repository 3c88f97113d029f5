import type { Context } from 'koa';
import type { SessionRecord } from '../core/life.ts';
import { ClassicStore } from '../koa-session/classic-store.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { makeRandom, SEED, storeContract, type StoreUnderTest, turns } from './store-contract/index.ts';
import type { SessionStore, VersionedStore } from '../core/store.ts';
import { Locks } from '../core/waiting.ts';

const CLASSIC = {
  refusesTakenIds: false,
  missesWhatIsGone: false,
  countsUpdates: false,
  knowsReplaced: false,
  listsByUser: false,
};

/** A store of koa-session's kind on a clock of its own. */
function makeMapStore(): { store: SessionStore; advance: (ms: number) => void } {
  const kept = new Map<string, { text: string; endsAt: number }>();
  let time = 0;
  const store: SessionStore = {
    get(id) {
      const found = kept.get(id);
      return found && time <= found.endsAt ? (JSON.parse(found.text) as SessionRecord) : undefined;
    },
    set(id, record, ttl) {
      kept.set(id, { text: JSON.stringify(record), endsAt: ttl === undefined ? Infinity : time + ttl });
    },
    destroy: (id) => kept.delete(id),
  };
  return { store, advance: (ms) => void (time += ms) };
}

/** A store as if across a network: other calls may run before and after it has done its work. */
function delayed(store: SessionStore, random: () => number): SessionStore {
  const late = async (work: () => unknown): Promise<unknown> => {
    await turns(random);
    const result = work();
    await turns(random);
    return result;
  };
  return {
    get: (...rest) => late(() => store.get(...rest)),
    set: (...rest) => late(() => store.set(...rest)),
    destroy: (...rest) => late(() => store.destroy(...rest)),
  };
}

/** Each call is made by another request. */
function classic(store: SessionStore): VersionedStore {
  const options = { ctx: {} as Context, maxAge: 1000, rolling: false, locks: new Locks() };
  const request = (): ClassicStore => new ClassicStore(store, options);
  return {
    read: (...rest) => request().read(...rest),
    create: (...rest) => request().create(...rest),
    update: (...rest) => request().update(...rest),
    touch: (...rest) => request().touch(...rest),
    destroy: (...rest) => request().destroy(...rest),
    listByUser: () => request().listByUser(),
    destroyByUser: () => request().destroyByUser(),
  };
}

storeContract('MemoryStore', (): StoreUnderTest => {
  let time = 0;
  return { store: new MemoryStore({ now: () => time }), advance: (ms) => void (time += ms) };
});

storeContract(
  'ClassicStore, over a synchronous store',
  () => {
    const { store, advance } = makeMapStore();
    return { store: classic(store), advance };
  },
  CLASSIC,
);

storeContract(
  'ClassicStore, over an asynchronous store',
  () => {
    const { store, advance } = makeMapStore();
    return { store: classic(delayed(store, makeRandom(SEED))), advance };
  },
  CLASSIC,
);
