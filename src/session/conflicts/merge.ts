import { isEqualJson } from '../core/keeper.ts';
import { applyChange, dataIn, type Session } from '../core/session.ts';

/** Applies to the session what others changed since `base`; what the handler has changed since `base` stays. */
export function merge(held: Session, base: object, theirs: object): void {
  for (const [key, value] of foreignChanges(base, dataIn(held), theirs)) applyChange(held, key, value);
}

/**
 * What has to be done to `mine` so that it holds what others have changed as well: a three-way merge of top-level keys.
 * Of a key that both sides have changed, mine stays; so does a deletion of mine.
 *
 * @param base what `mine` was made of
 * @param theirs what is stored now, made of the same base by others
 * @returns the keys with their new values; undefined: they have removed it
 */
export function foreignChanges(base: object, mine: object, theirs: object): [key: string, value: unknown][] {
  return [...new Set([...Object.keys(base), ...Object.keys(theirs)])]
    .filter((key) => !isSame(base, theirs, key) && isSame(base, mine, key))
    .map((key) => [key, valueOf(theirs, key)]);
}

/** An undefined value is left out by JSON, like a key that is not there. */
function isSame(one: object, other: object, key: string): boolean {
  const jsonOf = (data: object): string => JSON.stringify({ value: valueOf(data, key) });
  return isEqualJson(jsonOf(one), jsonOf(other));
}

function valueOf(data: object, key: string): unknown {
  return Object.hasOwn(data, key) ? (data as Record<string, unknown>)[key] : undefined;
}
