import type { Logger } from 'pino';
import type { IRateLimiterOptions, RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import type { Revocations, SessionOptions } from '../session/index.ts';

/** A place where sessions live. */
export interface Storage {
  /** The value of SESSION_STORE. */
  name: string;
  /** The name on a page. */
  title: string;
  where: string;
  /** The options for `session()` to keep sessions there. */
  options: SessionOptions;
  /** Remembers for all processes which cookie sessions were ended. @default each process remembers its own */
  revocations?: Revocations;
  /** Makes a limiter whose count all processes share. @default each process counts for itself */
  sharedLimiter?: (options: IRateLimiterOptions) => RateLimiterAbstract;
  /** Closes its connections. */
  close?: () => void;
}

/** Whether the server keeps the sessions of a storage, or their cookies do. */
export function keeperOf({ options }: Pick<Storage, 'options'>): 'store' | 'cookie' {
  return options.store ? 'store' : 'cookie';
}

/** What a storage in this process needs. */
export interface LocalSurroundings {
  config: Pick<Config, 'production'>;
  /** The clock, ms since 1970. */
  now: () => number;
}

/** What any storage needs. */
export interface Surroundings extends LocalSurroundings {
  config: Config;
  log: Logger;
}

/** A user logs in again after 30 days, however active the session was. In ms. */
const ABSOLUTE_MAX_AGE = 30 * 24 * 60 * 60 * 1000;

/** The session options of every storage. */
export function commonOptions({ config, now }: LocalSurroundings): SessionOptions {
  return {
    encrypt: true,
    sameSite: 'lax',
    secure: config.production,
    absoluteMaxAge: ABSOLUTE_MAX_AGE,
    userOf: ({ userId }) => userId,
    strict: true,
    strictData: true,
    now,
  };
}
