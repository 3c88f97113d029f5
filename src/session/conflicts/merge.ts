import { isEqualJson } from '../core/keeper.ts';
import { applyChange, dataIn, type Session } from '../core/session.ts';

type Data = Record<string, unknown>;

/** Applies to the session what others changed since `base`; what the handler has changed since `base` stays. */
export function merge(held: Session, base: object, theirs: object): void {
  const changes = foreignChanges({ ...base }, { ...dataIn(held) }, { ...theirs });
  for (const [key, value] of changes) applyChange(held, key, value);
}

/**
 * What has to be done to `mine` so that it holds what others have changed as well: a three-way merge of top-level keys.
 * Of a key that both sides have changed, mine stays; so does a deletion of mine.
 *
 * @param base what `mine` was made of
 * @param theirs what is stored now, made of the same base by others
 * @returns the keys with their new values; undefined: they have removed it
 */
export function foreignChanges(base: Data, mine: Data, theirs: Data): [key: string, value: unknown][] {
  const changes: [string, unknown][] = [];
  for (const key of new Set([...Object.keys(base), ...Object.keys(theirs)])) {
    if (isSame(base, theirs, key) || !isSame(base, mine, key)) continue;
    changes.push([key, valueOf(theirs, key)]);
  }
  return changes;
}

function isSame(one: Data, other: Data, key: string): boolean {
  return isEqualJson(jsonOf(one, key), jsonOf(other, key));
}

/** Undefined is a value that JSON leaves out, like a key that is not there. */
function jsonOf(data: Data, key: string): string {
  return JSON.stringify({ value: valueOf(data, key) });
}

function valueOf(data: Data, key: string): unknown {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}
