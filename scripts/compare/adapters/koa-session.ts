import koaSession, { type CreateSessionOptions } from 'koa-session';
import { koaAdapter, type KoaMiddleware } from '../koa-adapter.ts';
import { versionIn } from '../../peers.ts';
import { ROOT } from '../peers.ts';
import { TextStore } from '../text-store.ts';

const common: Omit<KoaMiddleware, 'name' | 'setUp'> = {
  version: versionIn(ROOT, 'koa-session'),
  made: { packages: ['koa-session'], folder: ROOT },
  lacks: {
    absoluteMaxAge: 'it has no hard end of a session',
    saveEmpty: 'it has no option for that; `session.save()` does it for one session',
  },
  mount: (
    app,
    { name: key, keys, pass, maxAge, secure, sameSite, partitioned, rolling, renew, valid },
    store,
  ) => {
    app.keys = keys;
    const options = {
      key,
      store: store as CreateSessionOptions['store'],
      secure,
      // Its types have no null; what it makes of one is a case.
      sameSite: sameSite as CreateSessionOptions['sameSite'],
      partitioned,
      rolling,
      renew,
      valid,
      // An undefined one is not the same as none.
      ...(maxAge !== undefined && { maxAge }),
    };
    app.use(koaSession(pass(options), app));
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
