import type { Context } from 'koa';
import { CookiePersistence } from './cookie-persistence.ts';
import { FallbackPersistence } from './fallback-persistence.ts';
import type { Persistence } from './persistence.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { Returning } from './returning.ts';
import { StorePersistence } from './store-persistence.ts';
import { ClassicStore } from './stores/classic-store.ts';
import { Locks } from './stores/locks.ts';
import { isVersioned } from './stores/store.ts';

/** By store, or by its class when each request makes one: requests that meet on one id have to meet here. */
const locks = new WeakMap<object, Locks>();

/**
 * @param options this request's own; `ContextStore` goes before `store`
 * @param configured the set-up that the session follows
 */
export function openPersistence(
  ctx: Context,
  options: ResolvedOptions,
  configured: Readonly<ResolvedOptions>,
): Persistence {
  const { ContextStore, maxAge, rolling } = options;
  const store = ContextStore ? new ContextStore(ctx) : options.store;
  if (!store) return new CookiePersistence(ctx, options);
  const versioned = isVersioned(store)
    ? store
    : new ClassicStore(store, { ctx, maxAge, rolling, locks: locksOf(ContextStore ?? store) });
  const inStore = new StorePersistence(ctx, options, versioned);
  return options.onStoreError === 'cookie'
    ? new FallbackPersistence(ctx, options, inStore, new Returning(ctx, options, configured, versioned))
    : inStore;
}

function locksOf(owner: object): Locks {
  let found = locks.get(owner);
  if (!found) locks.set(owner, (found = new Locks()));
  return found;
}
