import { isEqualJson } from '../core/keeper.ts';
import { applyChange, dataIn, type Session } from '../core/session.ts';

/** Applies to the session what other requests have changed since `base`. The handler's own changes stay. */
export function merge(held: Session, base: object, theirs: object): void {
  for (const [key, value] of foreignChanges(base, dataIn(held), theirs)) applyChange(held, key, value);
}

/**
 * A three-way merge of top-level keys: the changes in `theirs` to apply to `mine`. If both have changed or deleted a
 * key, mine stays.
 *
 * @param base the stored data from which both were made
 * @param theirs the data that are stored now
 * @returns the keys with their new values; undefined: the key was removed
 */
export function foreignChanges(base: object, mine: object, theirs: object): [key: string, value: unknown][] {
  return [...new Set([...Object.keys(base), ...Object.keys(theirs)])]
    .filter((key) => !isSame(base, theirs, key) && isSame(base, mine, key))
    .map((key) => [key, valueOf(theirs, key)]);
}

/** As in JSON, an undefined value equals a missing key. */
function isSame(one: object, other: object, key: string): boolean {
  const jsonOf = (data: object): string => JSON.stringify({ value: valueOf(data, key) });
  return isEqualJson(jsonOf(one), jsonOf(other));
}

function valueOf(data: object, key: string): unknown {
  return Object.hasOwn(data, key) ? (data as Record<string, unknown>)[key] : undefined;
}
