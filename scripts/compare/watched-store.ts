/** A store whose calls are recorded, and can be made to fail. */
export interface WatchedStore {
  store: object;
  /** The calls since the last `forget()`, by the name of the method. */
  calls: string[];
  /** The calls that do not only read. */
  writes(): string[];
  forget(): void;
  /** From now on these calls fail, or all of them, as if the database server were unreachable. */
  fail(...methods: string[]): void;
}

/** The methods of all kinds of stores: koa-session's, express-session's, and ours with versions. */
const READS = ['get', 'read', 'all', 'listByUser'];
const WRITES = ['set', 'create', 'update', 'touch', 'destroy', 'destroyByUser'];

export const STORE_IS_DOWN = 'the store is down';

/** Watches a store in place: some libraries check the class of their store. */
export function watch(store: object): WatchedStore {
  const calls: string[] = [];
  let failing: string[] = [];
  for (const method of [...READS, ...WRITES]) {
    const original: unknown = Reflect.get(store, method);
    if (typeof original !== 'function') continue;
    const watched = (...args: unknown[]): unknown => {
      calls.push(method);
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
    writes: () => calls.filter((method) => WRITES.includes(method)),
    forget: () => void calls.splice(0),
    fail: (...methods) => void (failing = methods.length === 0 ? [...READS, ...WRITES] : methods),
  };
}
