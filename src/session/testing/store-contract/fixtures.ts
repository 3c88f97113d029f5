import type { TestContext } from 'vitest';
import type { Life } from '../../core/life.ts';
import type { Outcome, SessionWrite, StoredSession, Version, VersionedStore } from '../../core/store.ts';

/** An empty store, of one test. */
export interface StoreUnderTest {
  store: VersionedStore;
  /** Moves the store's clock on by so many ms. Without it the tests wait for the time to pass. */
  advance?: (ms: number) => void | Promise<void>;
  close?: () => void | Promise<void>;
}

/** What a store owns that it cannot do; the tests then ask for what it is to do instead. All are true by default. */
export interface StoreContractOptions {
  /** `create` answers undefined for an id that is taken. Else it replaces what is there. */
  refusesTakenIds?: boolean;
  /** `destroy` without `version` answers `gone` when there is nothing. Else it answers `done`. */
  missesWhatIsGone?: boolean;
  /** Every update makes a version that was never there. Else the data are the version. */
  countsUpdates?: boolean;
  /** `read` answers `'replaced'`. Else such an id is just not there. */
  knowsReplaced?: boolean;
  /** `listByUser` and `destroyByUser`. Else they fail and say so. */
  listsByUser?: boolean;
}

const START = 1_800_000_000_000;
export const DAY = 86_400_000;

export interface Opened extends StoreUnderTest {
  advance: (ms: number) => void | Promise<void>;
  /** As `advance`, over a time for which no test can wait. */
  leap: (ms: number) => void | Promise<void>;
}

export type Run = (body: (opened: Opened) => Promise<void>) => (context: TestContext) => Promise<void>;

export function write(data: unknown, more: Partial<SessionWrite> = {}): SessionWrite {
  return { data: JSON.stringify(data), life: lifeUntil(DAY), ttl: DAY, userId: undefined, ...more };
}

/** @param ms when its idle timeout ends, counted from its beginning */
export function lifeUntil(ms: number | undefined, more: Partial<Life> = {}): Life {
  const idleEndsAt = ms === undefined ? undefined : START + ms;
  return { createdAt: START, idleEndsAt, maxAge: DAY, hasOwnMaxAge: false, ...more };
}

/** Writes on whatever version is stored. */
export async function updateFrom(store: VersionedStore, id: string, session: SessionWrite): Promise<void> {
  const { version } = await requireStored(store, id);
  requireDone(await store.update(id, version, session));
}

export async function handlesOf(store: VersionedStore, userId: string): Promise<string[]> {
  return (await store.listByUser(userId)).map(({ handle }) => handle);
}

export async function requireStored(store: VersionedStore, id: string): Promise<StoredSession> {
  const found = await store.read(id);
  if (typeof found !== 'object') throw new Error(`nothing is stored under the id: ${found}`);
  return found;
}

export function requireVersion(version: Version | undefined): Version {
  if (version === undefined) throw new Error('the id is taken');
  return version;
}

export function requireDone(outcome: Outcome): Version {
  if (outcome.kind !== 'done') throw new Error(`the write was not made: ${outcome.kind}`);
  return outcome.version;
}

export function requireChanged(outcome: Outcome): StoredSession {
  if (outcome.kind !== 'changed') throw new Error(`expected 'changed', got '${outcome.kind}'`);
  return outcome.current;
}
