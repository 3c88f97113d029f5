import type { Context } from 'koa';
import { CookiePersistence } from './cookie-persistence.ts';
import { FallbackPersistence } from './outage/fallback-persistence.ts';
import type { Persistence } from './persistence.ts';
import type { RequestOptions, ResolvedOptions } from './resolve-options.ts';
import { Returning } from './outage/returning.ts';
import { StorePersistence } from './store-persistence.ts';
import { ClassicStore } from './koa-session/classic-store.ts';
import { Locks } from './locks.ts';
import { isVersioned } from './store.ts';
import { unreadIn } from './unread.ts';

/** By store, or by its class when each request makes one: requests that meet on one id have to meet here. */
type ByStore = WeakMap<object, Locks>;

/** What one call of a store of koa-session's kind takes. */
const locks: ByStore = new WeakMap();

/** What a request takes that has to write again. */
const turns: ByStore = new WeakMap();

/**
 * @param request its options; `ContextStore` goes before `store`
 * @param configured the set-up that the session follows
 */
export function openPersistence(
  ctx: Context,
  request: RequestOptions,
  configured: Readonly<ResolvedOptions>,
): Persistence {
  const { ContextStore, maxAge, rolling, onStoreError } = request.options;
  const store = ContextStore ? new ContextStore(ctx) : request.options.store;
  if (!store) return new CookiePersistence(ctx, request);
  const owner = ContextStore ?? store;
  const versioned = isVersioned(store)
    ? store
    : new ClassicStore(store, { ctx, maxAge, rolling, locks: of(locks, owner) });
  const inStore = new StorePersistence(ctx, request, versioned, {
    turns: of(turns, owner),
    unread: unreadIn(store),
  });
  return onStoreError === 'cookie'
    ? new FallbackPersistence(ctx, request, inStore, new Returning(ctx, request, configured, versioned))
    : inStore;
}

function of(all: ByStore, owner: object): Locks {
  let found = all.get(owner);
  if (!found) all.set(owner, (found = new Locks()));
  return found;
}
