import { readFileSync } from 'node:fs';
import type { SessionOptions, SessionRecord } from '../../index.ts';

/** Options as JSON has them: stores and functions by name. */
export interface WrittenOptions extends Pick<
  SessionOptions,
  'key' | 'maxAge' | 'absoluteMaxAge' | 'encrypt' | 'signed' | 'rolling' | 'onStoreError'
> {
  /** `'classic'`: one of koa-session's kind. */
  store?: 'redis' | 'classic';
  revocations?: 'redis' | 'memory';
  /** The key of the data that names the user. */
  userOf?: string;
}

/** What a handler finds in the session, and which events are emitted. There is no id in cookie mode. */
export interface Found {
  data: object;
  id?: string | undefined;
  createdAt?: number | undefined;
  expiresAt?: number | undefined;
  maxAge: number | 'session';
  events: string[];
}

export type RedisValue =
  | { type: 'string'; value: string; ttl: number }
  | { type: 'zset'; members: { value: string; score: number }[]; ttl: number };

export interface RedisContents {
  /** The server's clock, ms since 1970. The scores of lists are times on it. */
  time: number;
  keys: Record<string, RedisValue>;
}

/** The records of a store of koa-session's kind, by id. */
export type Records = Record<string, { record: SessionRecord; ttl: number | 'session' }>;

/** Data that the first edition wrote, with the options to open it. */
export interface Written {
  name: string;
  options: WrittenOptions;
  /** The newest first. */
  keys: string[];
  /** ms since 1970; `found` is what a request finds a second later. */
  writtenAt: number;
  /** The `Cookie` header that a browser sends. */
  cookie: string;
  redis?: RedisContents | undefined;
  records?: Records | undefined;
  found: Found;
  /** The data that a request finds while the store is still unavailable. */
  dataWithoutStore?: object;
}

export interface AllWritten {
  sessions: Written[];
  /** Cookies of an outage. */
  standIns: Written[];
  /** Stored values other than sessions, such as revocations. */
  marks: Written[];
}

/** The file with all written data. */
export const FILE = new URL('written.json', import.meta.url);

export function readWritten(): AllWritten {
  return JSON.parse(readFileSync(FILE, 'utf8')) as AllWritten;
}

export function needsRedis({ options }: Pick<Written, 'options'>): boolean {
  return options.store === 'redis' || options.revocations === 'redis';
}

export function named(name: string): Written {
  const { sessions, standIns, marks } = readWritten();
  const found = [...sessions, ...standIns, ...marks].find((one) => one.name === name);
  if (!found) throw new Error(`no written data is named ${name}`);
  return found;
}

/** For `it.each`, which would shorten an object in a title. */
export function byName(all: Written[]): [string, Written][] {
  return all.map((one) => [one.name, one]);
}
