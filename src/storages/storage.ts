import type { Logger } from 'pino';
import type { IRateLimiterOptions, RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import type { Revocations, SessionOptions } from '../session/index.ts';

/** A place where sessions live. */
export interface Storage {
  /** As SESSION_STORE has it. */
  name: string;
  /** In words, as a page has them. */
  title: string;
  where: string;
  /** What `session()` needs to put sessions there. */
  options: SessionOptions;
  /** Remembers for all processes which cookie sessions were ended. @default each process remembers its own */
  revocations?: Revocations;
  /** Makes a limiter whose count all processes share. @default each process counts for itself */
  sharedLimiter?: (options: IRateLimiterOptions) => RateLimiterAbstract;
  /** Ends its connections. */
  close?: () => void;
}

/** Whether the server keeps the sessions of a storage, or their cookies do. */
export function keeperOf({ options }: Pick<Storage, 'options'>): 'store' | 'cookie' {
  return options.store ? 'store' : 'cookie';
}

/** What a storage in this process is opened with. */
export interface LocalSurroundings {
  config: Pick<Config, 'production'>;
  /** The clock, ms since 1970. */
  now: () => number;
}

/** What any storage is opened with. */
export interface Surroundings extends LocalSurroundings {
  config: Config;
  log: Logger;
}

/** A user logs in again after 30 days, however active the session was. In ms. */
const ABSOLUTE_MAX_AGE = 30 * 24 * 60 * 60 * 1000;

/** What holds for sessions wherever they live. */
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
