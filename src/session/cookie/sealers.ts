import { LRUCache } from 'lru-cache';
import { Sealer } from './seal.ts';

// Deriving keys costs more than a seal, and an app may change its list of keys while it runs.
const sealers = new LRUCache<string, Sealer>({ max: 100 });

/**
 * The sealer for a list of keys, the newest first.
 * @throws {TypeError} when the app's keys are hidden in a Keygrip, which signs and cannot seal
 */
export function sealerOf(
  keys: unknown,
  context: { name: string; purpose: 'id' | 'session' | 'stand-in' },
): Sealer {
  requireTexts(keys, context.name);
  const name = JSON.stringify([context.purpose, context.name, ...keys]);
  const known = sealers.get(name);
  if (known) return known;
  const sealer = new Sealer(keys, context);
  sealers.set(name, sealer);
  return sealer;
}

/** @throws {TypeError} when the keys are not there to be read */
export function requireTexts(keys: unknown, cookie: string): asserts keys is string[] {
  if (!Array.isArray(keys) || keys.some((key) => typeof key !== 'string')) {
    throw new TypeError(
      `session: to seal the cookie '${cookie}' the keys themselves are needed, as a list of strings: ` +
        "set app.keys = ['…'] or the option keys, not a Keygrip",
    );
  }
}
