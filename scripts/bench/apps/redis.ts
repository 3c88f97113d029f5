import { createClient } from 'redis';

/** Where the parent says its address. */
export const REDIS_URL = 'BENCH_REDIS_URL';

/** A client of the one server that all candidates share. */
export function connectToRedis() {
  const url = process.env[REDIS_URL];
  if (url === undefined) throw new Error(`sessions that live in Redis need its address in ${REDIS_URL}`);
  // Without a listener an error of the connection would end the process before the request that it spoils says so.
  return createClient({ url, disableOfflineQueue: true }).on('error', console.error).connect();
}
