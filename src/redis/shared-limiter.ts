import { RateLimiterRedis } from 'rate-limiter-flexible';
export function sharedLimiter(client: any) {
  return (options: any) => new RateLimiterRedis({ ...options, storeClient: client, useRedisPackage: true });
}
