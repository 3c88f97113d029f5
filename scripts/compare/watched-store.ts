/** What a store was asked to do. */
export interface StoreCall {
  method: string;
  args: unknown[];
}

export interface WatchedStore {
  store: object;
  /** All calls but those that only read, since the last `forget()`. */
  writes(): string[];
  /** All calls since the last `forget()`. */
  calls: StoreCall[];
  forget(): void;
  /** From now on every call fails, as if nothing were listening there; with names only calls of these. */
  fail(...methods: string[]): void;
}

/** Of all kinds of stores that there are: koa-session's, express-session's, and ours with versions. */
const READS = ['get', 'read', 'all', 'listByUser'];
const WRITES = ['set', 'create', 'update', 'touch', 'destroy', 'destroyByUser'];

export const STORE_IS_DOWN = 'the store is down';

/** Watches a store of any kind, in place: some libraries look at what class their store is of. */
export function watch(store: object): WatchedStore {
  const calls: StoreCall[] = [];
  let failing: string[] = [];
  for (const method of [...READS, ...WRITES]) {
    const original: unknown = Reflect.get(store, method);
    if (typeof original !== 'function') continue;
    const watched = (...args: unknown[]): unknown => {
      calls.push({ method, args });
      if (!failing.includes(method)) return Reflect.apply(original, store, args);
      const error = new Error(STORE_IS_DOWN);
      const callback = args.at(-1);
      if (typeof callback !== 'function') return Promise.reject(error);
      return void setImmediate(() => void Reflect.apply(callback, undefined, [error]));
    };
    Reflect.set(store, method, watched);
  }
  return {
    store,
    calls,
    writes: () => calls.map(({ method }) => method).filter((method) => WRITES.includes(method)),
    forget: () => void calls.splice(0),
    fail: (...methods) => {
      failing = methods.length === 0 ? [...READS, ...WRITES] : methods;
    },
  };
}
