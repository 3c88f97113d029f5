import koaSession from 'koa-session';
import type Koa from 'koa';
import type { Middleware } from 'koa';
import { koaAdapter, type KoaMiddleware } from '../koa-adapter.ts';
import { ROOT, versionOf } from '../peers.ts';
import { TextStore } from '../text-store.ts';

/** Its own types lack some of its options. */
const library = koaSession as unknown as (options: object, app: Koa) => Middleware;

const common: Omit<KoaMiddleware, 'name' | 'setUp'> = {
  version: versionOf('koa-session', ROOT),
  npm: 'koa-session',
  made: { packages: ['koa-session'], folder: ROOT },
  lacks: {
    absoluteMaxAge: 'it has no hard end of a session',
    saveEmpty: 'it has no option for that; `session.save()` does it for one session',
  },
  mount: (
    app,
    { name: key, keys, pass, store, maxAge, secure, sameSite, partitioned, rolling, renew, valid },
  ) => {
    app.keys = keys;
    const options = { key, store, secure, sameSite, partitioned, rolling, renew, valid };
    // An undefined maxAge is not the same as none.
    app.use(library(pass({ ...options, ...(maxAge !== undefined && { maxAge }) }), app));
  },
};

export default [
  koaAdapter({
    ...common,
    name: 'koa-session, store',
    setUp: 'Its sessions are in a Map of JSON.',
    createStore: () => new TextStore(),
    contentsOf: (store) => (store as TextStore).contents(),
  }),
  koaAdapter({ ...common, name: 'koa-session, cookie', setUp: 'As it is without a store.' }),
];
