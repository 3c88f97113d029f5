import type { Conflicts } from '../core/request-session.ts';
import { Locks } from '../core/waiting.ts';
import { merge } from './merge.ts';
import { update } from './update.ts';

/**
 * How long a request has its turn, in ms. Turns only make conflicts rarer, so one may end early: its holder may be slow,
 * or wait for a request that waits here.
 */
const LONGEST_TURN = 1000;

/** What a request takes that has to write again, by store, or by its class when each request makes one. */
const turns = new WeakMap<object, Locks>();

/** Parallel requests lose nothing of each other: their changes are merged, key by key. */
export const conflicts: Conflicts = {
  merge,
  inTurn(store, id, work) {
    const known = turns.get(store) ?? new Locks();
    turns.set(store, known);
    return known.run(id, work, LONGEST_TURN);
  },
  update,
};
