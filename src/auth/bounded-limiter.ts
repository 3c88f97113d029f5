import { LRUCache } from 'lru-cache';
import { type IRateLimiterOptions, RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** In-memory rate limiter with at most `max` keys; the least recently used are evicted. */
export class BoundedLimiter extends RateLimiterMemory {
  readonly #used: LRUCache<string, true>;

  /** @param max number of keys */
  constructor(options: IRateLimiterOptions, max: number) {
    super(options);
    this.#used = new LRUCache({
      max,
      dispose: (_true, key, reason) => {
        if (reason === 'evict') void this.delete(key);
      },
    });
  }

  override consume(key: string): Promise<RateLimiterRes> {
    this.#used.set(key, true);
    return super.consume(key);
  }

  override penalty(key: string): Promise<RateLimiterRes> {
    this.#used.set(key, true);
    return super.penalty(key);
  }

  override reward(key: string): Promise<RateLimiterRes> {
    this.#used.set(key, true);
    return super.reward(key);
  }
}
