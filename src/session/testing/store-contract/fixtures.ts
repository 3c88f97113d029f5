import type { TestContext } from 'vitest';
import type { Life } from '../../core/life.ts';
import type { Outcome, SessionWrite, StoredSession, Version, VersionedStore } from '../../core/store.ts';

/** An empty store for one test. */
export interface StoreUnderTest {
  store: VersionedStore;
  /** Moves the store's clock on by `ms`. Without this method the tests wait. */
  advance?: (ms: number) => void | Promise<void>;
  close?: () => void | Promise<void>;
}

/** What a store may not be able to do; the tests then expect what is said here. All are true by default. */
export interface StoreContractOptions {
  /** `create` answers undefined for an id that is taken. Else it replaces the session. */
  refusesTakenIds?: boolean;
  /** `destroy` without `version` answers `gone` when there is no session. Else it answers `done`. */
  missesWhatIsGone?: boolean;
  /** Every update makes a new version. Else the data is the version. */
  countsUpdates?: boolean;
  /** `read` answers `'replaced'` for a replaced id. Else it answers undefined. */
  knowsReplaced?: boolean;
  /** `listByUser` and `destroyByUser` work. Else they throw an error that says so. */
  listsByUser?: boolean;
}

const START = 1_800_000_000_000;
export const DAY = 86_400_000;

export interface Opened extends StoreUnderTest {
  advance: (ms: number) => void | Promise<void>;
  /** Like `advance`, for times that no test can wait: the test is skipped if the clock cannot be moved. */
  leap: (ms: number) => void | Promise<void>;
}

export type Run = (body: (opened: Opened) => Promise<void>) => (context: TestContext) => Promise<void>;

export function write(data: unknown, more: Partial<SessionWrite> = {}): SessionWrite {
  return { data: JSON.stringify(data), life: lifeUntil(DAY), ttl: DAY, userId: undefined, ...more };
}

/** @param ms when the idle timeout ends, counted from the beginning of the session */
export function lifeUntil(ms: number | undefined, more: Partial<Life> = {}): Life {
  const idleEndsAt = ms === undefined ? undefined : START + ms;
  return { createdAt: START, idleEndsAt, maxAge: DAY, hasOwnMaxAge: false, ...more };
}

/** Updates a session at its stored version. */
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
