import { dataOf } from './session.ts';

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
  /** What `revocations` gave it when it began. */
  stamp?: string | undefined;
}

/** How long the configuration lets sessions live, in ms. */
type LifePolicy = { maxAge: number | 'session'; absoluteMaxAge: number | undefined };

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

/**
 * After how many ms the store may forget a session: ten seconds later than the cookie ends, whatever the clocks.
 * @param end of the session; undefined: it has none
 */
export const timeToLive = (end: number | undefined, now: number): number | undefined =>
  end === undefined ? undefined : end - now + 10_000;

/** Whether the session can live no longer, whatever the activity. */
export const isAtAbsoluteEnd = (life: Life, policy: LifePolicy): boolean =>
  absoluteEnd(life, policy) !== Infinity && absoluteEnd(life, policy) <= idleEnd(life, policy);

/** It was saved when sessions had no idle timeout, and now they have one. */
export function lacksItsEnd(life: Life | undefined, maxAge: Life['maxAge'], idleTimeout?: number): boolean {
  if (life?.createdAt === undefined || life.maxAge !== 'session') return false;
  return maxAge !== 'session' || (idleTimeout !== undefined && life.idleEndsAt === undefined);
}

/** When the life was last extended, in ms since 1970; undefined when that cannot be told. */
export const savedAt = ({ idleEndsAt, maxAge }: Life): number | undefined =>
  idleEndsAt === undefined || typeof maxAge !== 'number' ? undefined : idleEndsAt - maxAge;

/**
 * Whether a stored life goes on longer than one that is to take its place, both with the same idle timeout: a request
 * that began earlier and ends later must not shorten what another has extended.
 */
export const outlasts = (stored: Life, given: Life): boolean =>
  stored.maxAge === given.maxAge && (stored.idleEndsAt ?? 0) > (given.idleEndsAt ?? Infinity);

/**
 * What is stored for a session, in the cookie or in a store of koa-session's kind, as koa-session 7 writes it: the
 * app's data and, beside it, either `_expire` and `_maxAge` or `_session` (with `_expire` if there is an `idleTimeout`). The other keys are ours, and not there
 * unless an option needs them.
 */
export interface SessionRecord {
  /** When the idle timeout ends, in ms since 1970. */
  _expire?: number;
  /** The idle timeout it was saved with, in ms. */
  _maxAge?: number;
  /** The session lasts until the browser closes. */
  _session?: true;
  /** Creation or last `regenerate()`, in ms since 1970. */
  _created?: number;
  /** `_maxAge` (or `_session`) is that of this session alone. */
  _own?: true;
  /** The session's id where the cookie holds all of it, so that it can be revoked. */
  _sid?: string;
  [key: string]: unknown;
}

/** The record for `data`. */
export function toRecord(data: object, life: Life, id?: string): SessionRecord {
  const { createdAt, idleEndsAt, maxAge, hasOwnMaxAge } = life;
  const record: SessionRecord = { ...data };
  if (maxAge === 'session') record._session = true;
  if (idleEndsAt !== undefined) record._expire = idleEndsAt;
  if (typeof maxAge === 'number') record._maxAge = maxAge;
  if (createdAt !== undefined) record._created = createdAt;
  if (createdAt !== undefined && hasOwnMaxAge) record._own = true;
  if (id !== undefined) record._sid = id;
  return record;
}

/** The JSON of a record, of that of its data: to write those again would cost as much as to store them. */
export function recordJson(data: string, life: Life, id?: string): string {
  const ours = JSON.stringify(toRecord({}, life, id));
  if (data === '{}' || ours === '{}') return data === '{}' ? ours : data;
  return `${data.slice(0, -1)},${ours.slice(1)}`;
}

/**
 * The reverse of {@link recordJson}: the data stay text. To parse those of each request, looked at or not, would double what
 * a request costs that leaves its session alone. Whether they are JSON is not known then.
 * @returns undefined for what was not written by {@link recordJson}
 */
export function cutRecord(json: string): { data: string; life: Life; id: string | undefined } | undefined {
  // What is longer may be nested deeper than JSON can be written again.
  const found = json.startsWith('{') && json.length <= 8192 ? ENDING.exec(json) : null;
  if (!found) return undefined;
  const [, idle, expire = idle, maxAge, created, own, id] = found;
  const life: Life = {
    createdAt: created === undefined ? undefined : Number(created),
    idleEndsAt: expire === undefined ? undefined : Number(expire),
    maxAge: maxAge === undefined ? 'session' : Number(maxAge),
    hasOwnMaxAge: own !== undefined,
  };
  return { data: found.index === 0 ? '{}' : `${json.slice(0, found.index)}}`, life, id };
}

/** The members behind the data. In JSON each quote in a text has a backslash, so these are members wherever they match. */
const ENDING =
  /(?:^\{|(?<!^\{),)(?:"_session":true(?:,"_expire":([1-9]\d*))?|"_expire":([1-9]\d*),"_maxAge":([1-9]\d*))(?:,"_created":([1-9]\d*)(,"_own":true)?)?(?:,"_sid":"([^"\\]*)")?\}$/;

/**
 * The data and the life of a record. A record may come from anywhere: what makes no sense is passed over, and so are
 * keys that data cannot have.
 */
export function fromRecord(record: SessionRecord): { data: object; life: Life } {
  const { _expire, _maxAge, _created, _own } = record;
  const life: Life = {
    createdAt: typeof _created === 'number' ? _created : undefined,
    idleEndsAt: typeof _expire === 'number' ? _expire : undefined,
    maxAge: '_session' in record ? 'session' : typeof _maxAge === 'number' ? _maxAge : undefined,
    hasOwnMaxAge: _own === true,
  };
  return { data: dataOf(record), life };
}

/** Whether `value` can be read as a record; what a store or a decoder answers is anybody's. */
export const isRecord = (value: unknown): value is SessionRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
