import { LRUCache } from 'lru-cache';
import { Sealer, type SealContext } from './seal.ts';
import { Signer } from './signer.ts';

/** What was made of a list of keys. */
interface Holders {
  /** The keys themselves: an app may change its list while it runs. */
  keys: readonly string[];
  signer: Signer | undefined;
  /** By purpose and name. */
  sealers: LRUCache<string, Sealer>;
}

/** By list, since deriving a key costs more than a seal. */
const holders = new WeakMap<readonly string[], Holders>();

/** The signer for a list of keys, the newest first. */
export function signerOf(keys: readonly string[]): Signer {
  const found = holdersOf(keys);
  return (found.signer ??= new Signer(found.keys));
}

/**
 * The sealer for a list of keys, the newest first.
 * @throws {TypeError} when the app's keys are hidden in a Keygrip, which signs and cannot seal
 */
export function sealerOf(
  keys: unknown,
  context: SealContext & { purpose: 'id' | 'session' | 'stand-in' },
): Sealer {
  requireTexts(keys, context.name);
  const found = holdersOf(keys);
  const name = `${context.purpose} ${context.name}`;
  const known = found.sealers.get(name);
  if (known) return known;
  const sealer = new Sealer(found.keys, context);
  found.sealers.set(name, sealer);
  return sealer;
}

/** @throws {TypeError} when the keys are not there to be read */
export function requireTexts(keys: unknown, cookie: string): asserts keys is readonly string[] {
  if (!areTexts(keys)) {
    throw new TypeError(
      `session: to seal the cookie '${cookie}' the keys themselves are needed, as a list of strings: ` +
        "set app.keys = ['…'] or the option keys, not a Keygrip",
    );
  }
}

export function areTexts(keys: unknown): keys is readonly string[] {
  return Array.isArray(keys) && keys.every((key) => typeof key === 'string');
}

function holdersOf(keys: readonly string[]): Holders {
  const known = holders.get(keys);
  if (known && known.keys.length === keys.length && keys.every((key, at) => key === known.keys[at]))
    return known;
  const made: Holders = { keys: [...keys], signer: undefined, sealers: new LRUCache({ max: 100 }) };
  holders.set(keys, made);
  return made;
}
