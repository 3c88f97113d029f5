import type { Life } from './life.ts';

type Data = Record<string, unknown>;

/**
 * What rides sealed in the cookie while the store cannot be reached: what was written meanwhile, and to which session of
 * the store it belongs.
 */
export interface StandIn {
  /** Its own name, the same for as long as the store is away; the id of a new session, when there is none to go on with. */
  id: string;
  /** Id of the session in the store; undefined: the request brought none. */
  of: string | undefined;
  /** Counts how often it was sealed. What the store has laid of it once is not laid again. */
  round: number;
  /** That of what was written. */
  life: Life;
  /** What was written is all that there is to be: a handler has set the session to an object. */
  isWhole: boolean;
  written: Data;
  /** Keys that were removed. */
  deleted: string[];
}

export function standInToText(standIn: StandIn): string {
  return JSON.stringify(standIn);
}

/** @param text sealed by us, so it is what {@link standInToText} made */
export function standInFromText(text: string): StandIn {
  const standIn = JSON.parse(text) as StandIn;
  // JSON leaves out what is undefined.
  const { createdAt, idleEndsAt, maxAge, hasOwnMaxAge } = standIn.life;
  return { ...standIn, of: standIn.of, life: { createdAt, idleEndsAt, maxAge, hasOwnMaxAge } };
}

/** `stored` with what was written meanwhile laid over it. */
export function layOver(stored: Data, { isWhole, written, deleted }: StandIn): Data {
  if (isWhole) return written;
  const removed = new Set(deleted);
  return Object.fromEntries([
    ...Object.entries(stored).filter(([key]) => !removed.has(key)),
    ...Object.entries(written),
  ]);
}

/**
 * What has to be laid over the session in the store so that it becomes `data`.
 *
 * @param base what is stored, as far as it is known
 * @param former keys that there were, or are to be removed already
 */
export function changesTo(
  data: Data,
  base: Data,
  former: readonly string[],
): Pick<StandIn, 'written' | 'deleted'> {
  const written = Object.entries(data).filter(
    ([key, value]) => !Object.hasOwn(base, key) || JSON.stringify(base[key]) !== JSON.stringify(value),
  );
  const deleted = new Set([...Object.keys(base), ...former].filter((key) => !Object.hasOwn(data, key)));
  return { written: Object.fromEntries(written), deleted: [...deleted] };
}
