import koaSession, { type CreateSessionOptions } from 'koa-session';
import { koaAdapter, type KoaMiddleware, TEXT_STORE } from '../koa.ts';
import { packaged, ROOT } from '../peers.ts';

const common: KoaMiddleware = {
  ...packaged('koa-session', ROOT),
  lacks: { saveEmpty: 'it has no option for that; `session.save()` does it for one session' },
  mount: (app, settings, store) => {
    const { name: key, keys, pass, maxAge, secure, sameSite, partitioned, rolling, renew, valid } = settings;
    app.keys = keys;
    // An undefined `maxAge` is not the same as a missing one.
    const lifetime = maxAge === undefined ? {} : { maxAge };
    const options = { key, store, ...lifetime, secure, sameSite, partitioned, rolling, renew, valid };
    // A case tries null for `sameSite`, which the types do not allow.
    app.use(koaSession(pass(options) as CreateSessionOptions, app));
  },
};

export default [
  koaAdapter({ ...common, ...TEXT_STORE, name: 'koa-session, store' }),
  koaAdapter({ ...common, name: 'koa-session, cookie', setUp: 'Its default, without a store.' }),
];
