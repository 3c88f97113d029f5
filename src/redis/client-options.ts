import type * as redisPackage from 'redis';
import type { RedisTarget } from './redis-target.ts';

/** The package. It is optional, so it is loaded only when it is needed. */
export type Redis = typeof redisPackage;

/** How long a connection may take to be made, in ms. */
export const CONNECT_LIMIT = 2000;

/** What holds for every connection, also for that of the probe. */
export function clientOptions({
  username,
  password,
  tls,
}: Pick<RedisTarget, 'username' | 'password' | 'tls'>) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    name: 'koa-session-starter',
    socket: { connectTimeout: CONNECT_LIMIT, ...(tls && { tls: true as const }) },
  };
}
