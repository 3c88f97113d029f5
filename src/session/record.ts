/**
 * What is stored for a session, in the cookie or in a store, as koa-session 7 writes it: the app's data and, beside
 * it, either `_expire` and `_maxAge` or `_session`.
 */
export interface SessionRecord {
  /** When the session ends, in ms since 1970. */
  _expire?: number;
  /** The idle timeout it was saved with, in ms. */
  _maxAge?: number;
  /** The session lasts until the browser closes. */
  _session?: true;
  [key: string]: unknown;
}

/** The record for `data`, saved now. */
export function toRecord(data: object, maxAge: number | 'session', now: number): SessionRecord {
  return maxAge === 'session'
    ? { ...data, _session: true }
    : { ...data, _expire: now + maxAge, _maxAge: maxAge };
}

/** Whether `value` can be read as a record; what a store or a decoder answers is anybody's. */
export function isRecord(value: unknown): value is SessionRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the record's own end has passed. A record without one ends with the browser. */
export function isExpired(record: SessionRecord, now: number): boolean {
  return typeof record._expire === 'number' && record._expire < now;
}

/** The `maxAge` that the record was saved with; undefined when it does not say. */
export function maxAgeOf(record: SessionRecord): number | 'session' | undefined {
  if ('_session' in record) return 'session';
  return typeof record._maxAge === 'number' ? record._maxAge : undefined;
}
