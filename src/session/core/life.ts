/** When a session began and when it ends if nothing happens, as it was last saved. */
export interface Life {
  /** Creation or last `regenerate()`, ms since 1970. Undefined for what koa-session wrote: it does not say. */
  createdAt: number | undefined;
  /** The end of the idle timeout, ms since 1970, when it was last extended. Undefined: the session has none. */
  idleEndsAt: number | undefined;
  /** The idle timeout it was saved with, in ms; `'session'`: until the browser closes; undefined: it does not say. */
  maxAge: number | 'session' | undefined;
  /** A handler set `maxAge` for this session alone ("remember me"); else it follows the configuration. */
  hasOwnMaxAge: boolean;
}

/** How long the configuration lets sessions live, in ms. */
export interface LifePolicy {
  maxAge: number | 'session';
  absoluteMaxAge: number | undefined;
}

/**
 * When the session ends, in ms since 1970: after its idle timeout or at its absolute end, whichever comes first (OWASP
 * ASVS 5.0, 7.3.1 and 7.3.2). Undefined when it ends with the browser alone.
 */
export function endOf(life: Life, policy: LifePolicy): number | undefined {
  const end = Math.min(idleEnd(life, policy), absoluteEnd(life, policy));
  return end === Infinity ? undefined : end;
}

/**
 * Policy holds when a session is read and not when it was written: a shorter `maxAge` in the configuration reaches the
 * sessions that exist. But for those of koa-session, which does not tell a `maxAge` that a handler set from one that was
 * configured.
 */
function idleEnd({ createdAt, idleEndsAt, maxAge, hasOwnMaxAge }: Life, policy: LifePolicy): number {
  if (idleEndsAt === undefined) return Infinity;
  if (hasOwnMaxAge || createdAt === undefined) return idleEndsAt;
  if (typeof maxAge !== 'number' || typeof policy.maxAge !== 'number') return idleEndsAt;
  return idleEndsAt - Math.max(0, maxAge - policy.maxAge);
}

function absoluteEnd(life: Life, { absoluteMaxAge }: LifePolicy): number {
  // What does not tell its beginning was there when it was last saved.
  const beginning = life.createdAt ?? savedAt(life);
  return absoluteMaxAge === undefined || beginning === undefined ? Infinity : beginning + absoluteMaxAge;
}

/** Ten seconds, in ms: a store forgets later than the cookie ends, whatever the clocks. */
const GRACE = 10_000;

/**
 * After how many ms the store may forget a session.
 * @param end of the session; undefined: it has none
 */
export function timeToLive(end: number | undefined, now: number): number | undefined {
  return end === undefined ? undefined : end - now + GRACE;
}

/** Whether the session can live no longer, whatever the activity. */
export function isAtAbsoluteEnd(life: Life, policy: LifePolicy): boolean {
  return absoluteEnd(life, policy) !== Infinity && absoluteEnd(life, policy) <= idleEnd(life, policy);
}

/** When the life was last extended, in ms since 1970; undefined when that cannot be told. */
export function savedAt({ idleEndsAt, maxAge }: Life): number | undefined {
  return idleEndsAt === undefined || typeof maxAge !== 'number' ? undefined : idleEndsAt - maxAge;
}

/**
 * Whether a stored life goes on longer than one that is to take its place, both with the same idle timeout: a request
 * that began earlier and ends later must not shorten what another has extended.
 */
export function outlasts(stored: Life, given: Life): boolean {
  return stored.maxAge === given.maxAge && (stored.idleEndsAt ?? 0) > (given.idleEndsAt ?? Infinity);
}
