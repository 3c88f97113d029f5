import { describe } from 'vitest';
import { describeContention } from './contention.ts';
import { describeDestroy, describeReplaced } from './destroy.ts';
import type { Run, StoreContractOptions, StoreUnderTest } from './fixtures.ts';
import { describeLimit, describeNoLimit } from './limit.ts';
import { SEED } from './random.ts';
import { describeIds, describeReading } from './reading.ts';
import { describeNoUsers, describeUsers } from './users.ts';
import { describeSuccessor } from './successor.ts';
import { describeCreate, describeLife, describeTouch, describeUpdate } from './writing.ts';

export type { StoreContractOptions, StoreUnderTest } from './fixtures.ts';
export { makeRandom, SEED, turns } from './random.ts';

/** The timeout of a test, in ms, for stores whose clock cannot be moved. */
const SLOW = 20_000;

/**
 * The tests of the contract of `VersionedStore`, for any store.
 *
 * @param name of the store, for the report
 * @param makeStore returns a new empty store, or a promise of one
 * @param options what the store does not do on purpose
 * @example
 * storeContract('MyStore', () => {
 *   let time = 0;
 *   const store = new MyStore({ now: () => time });
 *   return { store, advance: (ms) => void (time += ms), close: () => store.close() };
 * });
 */
export function storeContract(
  name: string,
  makeStore: () => StoreUnderTest | Promise<StoreUnderTest>,
  options: StoreContractOptions = {},
): void {
  console.log(`${name}: seed ${SEED}; repeat with STORE_SEED=${SEED}`);
  const able = {
    refusesTakenIds: true,
    missesWhatIsGone: true,
    countsUpdates: true,
    knowsReplaced: true,
    listsByUser: true,
    ...options,
  };
  const run: Run = (body) => async (context) => {
    const made = await makeStore();
    const advance = made.advance ?? sleep;
    const leap = made.advance ?? (() => context.skip('its clock cannot be moved'));
    try {
      await body({ ...made, advance, leap });
    } finally {
      await made.close?.();
    }
  };
  // oxlint-disable-next-line vitest/valid-title -- the caller gives it
  describe(name, { timeout: SLOW }, () => {
    describe('what is stored', () => {
      describeReading(run);
    });
    describe('an id', () => {
      describeIds(run);
    });
    describe('create', () => {
      describeCreate(run, able);
    });
    describe('update', () => {
      describeUpdate(run, able);
    });
    describe('touch', () => {
      describeTouch(run);
    });
    describe.each(['update', 'touch'] as const)('the life that %s is given', (method) => {
      describeLife(run, method);
    });
    describe('destroy', () => {
      describeDestroy(run, able);
    });
    describe('an id that was replaced', () => {
      describeReplaced(run, able);
    });
    describe.runIf(able.knowsReplaced && able.listsByUser)('an id that was renewed', () => {
      describeSuccessor(run);
    });
    describe('the sessions of a user', () => {
      if (able.listsByUser) describeUsers(run);
      else describeNoUsers(run);
    });
    describe('the sessions of a user with a limit', () => {
      if (able.listsByUser) describeLimit(run);
      else describeNoLimit(run);
    });
    describe(`parallel calls (seed ${SEED}):`, () => {
      describeContention(run, able);
    });
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
