import { expect } from 'vitest';
import { MemoryStore } from '../../index.ts';
import type { DefectCheck } from './check.ts';
import { bag, setUp } from '../set-up.ts';

/** A point at which one request waits for another. */
class Gate {
  readonly opened: Promise<void>;
  #open: (() => void) | undefined;

  constructor() {
    this.opened = new Promise((done) => {
      this.#open = done;
    });
  }

  open(): void {
    this.#open?.();
  }
}

/** What parallel requests do to each other's session. */
export const RACE_DEFECTS: DefectCheck[] = [
  {
    name: '1: a request under way during logout does not bring the session back',
    koaSession: /the record: expected \{ .*user.* to be undefined/s,
    check: async (library) => {
      const store = new MemoryStore();
      const { request } = setUp({ store }, library);
      const id = (await request((ctx) => (bag(ctx).user = 'ann'))).cookie()?.value ?? '';
      const [slowHasRead, loggedOut] = [new Gate(), new Gate()];
      const slow = request(async (ctx) => {
        bag(ctx).seen = bag(ctx).user;
        slowHasRead.open();
        await loggedOut.opened;
      });
      await slowHasRead.opened;
      await request((ctx) => void (ctx.session = null));
      loggedOut.open();
      await slow;
      expect(store.get(id), 'the record').toBeUndefined();
    },
  },
  {
    name: "2: parallel requests keep each other's changes",
    koaSession: /expected \[ 1, undefined \] to deeply equal/,
    check: async (library) => {
      const { request } = setUp({ store: new MemoryStore() }, library);
      await request((ctx) => (bag(ctx).user = 'ann'));
      const [slowHasRead, otherIsDone] = [new Gate(), new Gate()];
      const slow = request(async (ctx) => {
        bag(ctx).basket = 1;
        slowHasRead.open();
        await otherIsDone.opened;
      });
      await slowHasRead.opened;
      await request((ctx) => (bag(ctx).theme = 'dark'));
      otherIsDone.open();
      await slow;
      const { result } = await request((ctx) => [bag(ctx).basket, bag(ctx).theme]);
      expect(result).toEqual([1, 'dark']);
    },
  },
];
