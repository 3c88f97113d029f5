import { dataOf } from './session.ts';

/** When a session began and when it ends unless it is extended, as of its last save. */
export interface Life {
  /** Creation or last `regenerate()`, ms since 1970. Undefined in records of koa-session, which do not say. */
  createdAt: number | undefined;
  /** When the idle timeout ends, ms since 1970. Undefined: the session has no idle timeout. */
  idleEndsAt: number | undefined;
  /** The idle timeout at the last save, in ms; `'session'`: until the browser closes; undefined: not known. */
  maxAge: number | 'session' | undefined;
  /** A handler has set `maxAge` for this session alone ("remember me"); otherwise it follows the options. */
  hasOwnMaxAge: boolean;
  /** The stamp that `revocations` gave when the session was created. */
  stamp?: string | undefined;
}

/** The options that limit how long sessions live, in ms. */
type LifePolicy = { maxAge: number | 'session'; absoluteMaxAge: number | undefined };

/**
 * When the session ends, in ms since 1970: after its idle timeout or at its absolute end, whichever comes first (OWASP
 * ASVS 5.0, 7.3.1 and 7.3.2). Undefined if only closing the browser ends it.
 */
export function endOf(life: Life, policy: LifePolicy): number | undefined {
  const end = Math.min(idleEnd(life, policy), absoluteEnd(life, policy));
  return end === Infinity ? undefined : end;
}

/**
 * The options apply when a session is read, so a shorter `maxAge` shortens existing sessions too. Records of
 * koa-session are excepted: they do not say whether a handler or the options set their `maxAge`.
 */
function idleEnd({ createdAt, idleEndsAt, maxAge, hasOwnMaxAge }: Life, policy: LifePolicy): number {
  if (idleEndsAt === undefined) return Infinity;
  if (hasOwnMaxAge || createdAt === undefined) return idleEndsAt;
  if (typeof maxAge !== 'number' || typeof policy.maxAge !== 'number') return idleEndsAt;
  return idleEndsAt - Math.max(0, maxAge - policy.maxAge);
}

function absoluteEnd(life: Life, { absoluteMaxAge }: LifePolicy): number {
  // A record that does not say when it began existed when it was last saved.
  const beginning = life.createdAt ?? savedAt(life);
  return absoluteMaxAge === undefined || beginning === undefined ? Infinity : beginning + absoluteMaxAge;
}

/**
 * After how many ms the store may forget a session: ten seconds after its end, since clocks differ.
 * @param end of the session; undefined: it has no end
 */
export const timeToLive = (end: number | undefined, now: number): number | undefined =>
  end === undefined ? undefined : end - now + 10_000;

/** Whether the absolute end comes first, so that activity cannot extend the session. */
export const isAtAbsoluteEnd = (life: Life, policy: LifePolicy): boolean =>
  absoluteEnd(life, policy) !== Infinity && absoluteEnd(life, policy) <= idleEnd(life, policy);

/** Whether the session was saved without an idle timeout and the options now have one. */
export function lacksItsEnd(life: Life | undefined, maxAge: Life['maxAge'], idleTimeout?: number): boolean {
  if (life?.createdAt === undefined || life.maxAge !== 'session') return false;
  return maxAge !== 'session' || (idleTimeout !== undefined && life.idleEndsAt === undefined);
}

/** When the session was last extended, in ms since 1970; undefined if not known. */
export const savedAt = ({ idleEndsAt, maxAge }: Life): number | undefined =>
  idleEndsAt === undefined || typeof maxAge !== 'number' ? undefined : idleEndsAt - maxAge;

/**
 * Whether a stored life ends later than the one about to replace it, with the same idle timeout. A request that began
 * earlier but writes later must not shorten a session that another request has extended.
 */
export const outlasts = (stored: Life, given: Life): boolean =>
  stored.maxAge === given.maxAge && (stored.idleEndsAt ?? 0) > (given.idleEndsAt ?? Infinity);

/**
 * A session in the cookie or in a store of koa-session's kind, in the format of koa-session 7: the app's data, and
 * either `_expire` and `_maxAge` or `_session` (with `_expire` if there is an `idleTimeout`). The other keys are ours;
 * they are only written when an option needs them.
 */
export interface SessionRecord {
  /** When the idle timeout ends, in ms since 1970. */
  _expire?: number;
  /** The idle timeout at the last save, in ms. */
  _maxAge?: number;
  /** The session lasts until the browser closes. */
  _session?: true;
  /** Creation or last `regenerate()`, in ms since 1970. */
  _created?: number;
  /** A handler has set `_maxAge` (or `_session`) for this session alone. */
  _own?: true;
  /** The session id, in cookie mode, so that the session can be revoked. */
  _sid?: string;
  [key: string]: unknown;
}

/** The record of a session. */
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

/** The JSON of a record, made from the JSON of its data: to stringify those again would double the cost of a write. */
export function recordJson(data: string, life: Life, id?: string): string {
  const ours = JSON.stringify(toRecord({}, life, id));
  if (data === '{}' || ours === '{}') return data === '{}' ? ours : data;
  return `${data.slice(0, -1)},${ours.slice(1)}`;
}

/**
 * The reverse of {@link recordJson}. The data stay text and are not checked: to parse them would double the cost of a
 * request that does not use its session.
 * @returns undefined for a text that {@link recordJson} did not write
 */
export function cutRecord(json: string): { data: string; life: Life; id: string | undefined } | undefined {
  // A longer text may be nested deeper than JSON.stringify can follow.
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

/** The members after the data. Inside a JSON string every quote is escaped, so a match is never part of a string. */
const ENDING =
  /(?:^\{|(?<!^\{),)(?:"_session":true(?:,"_expire":([1-9]\d*))?|"_expire":([1-9]\d*),"_maxAge":([1-9]\d*))(?:,"_created":([1-9]\d*)(,"_own":true)?)?(?:,"_sid":"([^"\\]*)")?\}$/;

/**
 * The data and the life of a record. A record may come from anywhere: values of a wrong type are ignored, and so are
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

/** Whether `value` can be read as a record: a store or `decode` may return anything. */
export const isRecord = (value: unknown): value is SessionRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
