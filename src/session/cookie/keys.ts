import { LRUCache } from 'lru-cache';
import type { Context } from 'koa';
import { assertKeygripKeysNotEmpty, assertKeyNotEmpty, KEY_COMMAND } from './empty-key.ts';
import { Sealer } from './seal.ts';
import { Signer } from './signer.ts';

/** What a sealed text is for. What was sealed for one purpose does not open as another. */
export type Purpose = 'id' | 'session' | 'stand-in';

/** What was made of a list of keys: to derive one costs more than a seal. */
interface Holder {
  /** The keys themselves: an app may change its list while it runs. */
  keys: readonly unknown[];
  signer: Signer | undefined;
  /** By purpose and name. */
  sealers: LRUCache<string, Sealer>;
}

const holders = new WeakMap<object, Holder>();

/** Which keys a session's cookie goes by. */
export interface KeyOptions {
  key: string;
  keys: readonly string[] | undefined;
  signed: boolean;
  encrypt: boolean;
  onStoreError: 'throw' | 'cookie';
}

/** @throws {Error} saying what to set, when the cookie is signed or sealed and a key is missing or empty */
export function requireKeys(ctx: Context, options: KeyOptions): void {
  if (!needsKeys(options)) return;
  const keys = keysOf(ctx, options);
  if (!keys) {
    throw new Error(
      `session: the cookie '${options.key}' is ${options.encrypt ? 'sealed' : 'signed'}, but there are no keys. Set ` +
        `app.keys = ['…'] (or the option keys) to at least 32 random characters, made for example by: ${KEY_COMMAND}`,
    );
  }
  if (Array.isArray(keys)) holderOf(keys);
  else assertKeygripKeysNotEmpty(keys);
  // Better now than in an outage.
  if (options.onStoreError === 'cookie') requireTexts(keys, options.key);
}

/** Whether the cookie can be sent: with the keys that there are, or neither signed nor sealed. */
export function hasKeys(ctx: Context, options: KeyOptions): boolean {
  return !needsKeys(options) || keysOf(ctx, options) !== undefined;
}

/** The signer, unless the keys are hidden in a Keygrip that the app has made. */
export function signerOf(ctx: Context, options: KeyOptions): Signer | undefined {
  const keys = keysOf(ctx, options);
  if (!areTexts(keys)) return undefined;
  const holder = holderOf(keys);
  return (holder.signer ??= new Signer(keys));
}

/** @throws {TypeError} when the keys are hidden in a Keygrip, which signs and cannot seal */
export function sealerOf(ctx: Context, options: KeyOptions, purpose: Purpose): Sealer {
  const keys = keysOf(ctx, options);
  requireTexts(keys, options.key);
  const { sealers } = holderOf(keys);
  const id = `${purpose} ${options.key}`;
  const known = sealers.get(id);
  if (known) return known;
  const sealer = new Sealer([...keys], { name: options.key, purpose });
  sealers.set(id, sealer);
  return sealer;
}

function needsKeys({ signed, encrypt, onStoreError }: KeyOptions): boolean {
  return signed || encrypt || onStoreError === 'cookie';
}

/** A list of one key or more, or a Keygrip; undefined: none. */
function keysOf({ app }: Context, { keys }: KeyOptions): readonly unknown[] | object | undefined {
  const given: unknown = keys ?? app.keys;
  if (Array.isArray(given) && given.length === 0) return undefined;
  return given || undefined;
}

function requireTexts(keys: unknown, cookie: string): asserts keys is readonly string[] {
  if (areTexts(keys)) return;
  throw new TypeError(
    `session: to seal the cookie '${cookie}' the keys themselves are needed, as a list of strings: ` +
      "set app.keys = ['…'] or the option keys, not a Keygrip",
  );
}

function areTexts(keys: unknown): keys is readonly string[] {
  return Array.isArray(keys) && keys.every((key) => typeof key === 'string');
}

/** @throws {TypeError} when a key is empty */
function holderOf(keys: readonly unknown[]): Holder {
  const known = holders.get(keys);
  if (known && known.keys.length === keys.length && keys.every((key, at) => key === known.keys[at]))
    return known;
  keys.forEach(assertKeyNotEmpty);
  const made: Holder = { keys: [...keys], signer: undefined, sealers: new LRUCache({ max: 100 }) };
  holders.set(keys, made);
  return made;
}
