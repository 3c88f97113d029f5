import type { Life } from './life.ts';
import { dataOf } from './session.ts';

/**
 * What is stored for a session, in the cookie or in a store of koa-session's kind, as koa-session 7 writes it: the
 * app's data and, beside it, either `_expire` and `_maxAge` or `_session`. The other keys are ours, and not there
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
  if (maxAge === 'session') {
    record._session = true;
  } else {
    if (idleEndsAt !== undefined) record._expire = idleEndsAt;
    if (maxAge !== undefined) record._maxAge = maxAge;
  }
  if (createdAt !== undefined) {
    record._created = createdAt;
    if (hasOwnMaxAge) record._own = true;
  }
  if (id !== undefined) record._sid = id;
  return record;
}

/** When the session of a record began and ends. A record may come from anywhere: what makes no sense is passed over. */
export function lifeOf(record: SessionRecord): Life {
  const { _expire, _maxAge, _created, _own } = record;
  return {
    createdAt: typeof _created === 'number' ? _created : undefined,
    idleEndsAt: typeof _expire === 'number' ? _expire : undefined,
    maxAge: '_session' in record ? 'session' : typeof _maxAge === 'number' ? _maxAge : undefined,
    hasOwnMaxAge: _own === true,
  };
}

/** The data and the life of a record. Keys that data cannot have are passed over. */
export function fromRecord(record: SessionRecord): { data: object; life: Life } {
  return { data: dataOf(record), life: lifeOf(record) };
}

/** Whether `value` can be read as a record; what a store or a decoder answers is anybody's. */
export function isRecord(value: unknown): value is SessionRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
