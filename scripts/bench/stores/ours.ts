import { MemoryStore, type SessionWrite } from '../../../src/session/index.ts';
import { type Data, newData } from '../kinds.ts';
import { DAY } from '../settings.ts';
import type { Driver } from './driver.ts';

/** @param userOf whose a session is */
export function ours(size: number, userOf: (data: Data) => string | undefined): Driver<SessionWrite> {
  const store = storeFor(size);
  return {
    make: (nth, views) => sessionOf({ ...newData(nth), views }, userOf),
    create: (id, session) => void store.create(id, session),
    get: (id, done) => done(store.read(id)),
    update(id, session) {
      const stored = store.read(id);
      if (typeof stored === 'object') store.update(id, stored.version, session);
    },
  };
}

/** Bounded by number alone. */
export function storeFor(size: number): MemoryStore {
  return new MemoryStore({ max: size, maxBytes: Number.MAX_SAFE_INTEGER });
}

export function sessionOf(data: Data, userOf: (data: Data) => string | undefined, ttl = DAY): SessionWrite {
  const now = Date.now();
  return {
    data: JSON.stringify(data),
    life: { createdAt: now, idleEndsAt: now + ttl, maxAge: ttl, hasOwnMaxAge: false },
    ttl,
    userId: userOf(data),
  };
}
