import type { Context, Middleware } from 'koa';
import koaSession, { type CreateSessionOptions } from 'koa-session';
import { koaAdapter, type KoaMiddleware, optionsOf, TEXT_STORE } from '../koa.ts';
import { packaged, peers, ROOT } from '../peers.ts';

/** What koa-generic-session adds to the context. */
interface Added {
  sessionId: string;
  session: { cookie: { maxAge: number } };
  regenerateSession(): Promise<void>;
  saveSession(): Promise<void>;
}

const common: KoaMiddleware = {
  ...packaged('koa-session', ROOT),
  lacks: { saveEmpty: 'it has no option for that; `session.save()` does it for one session' },
  mount: (app, settings, store) => {
    app.keys = settings.keys;
    // A case tries null for `sameSite`, which the types do not allow.
    const options = { ...optionsOf(settings), store } as CreateSessionOptions;
    app.use(koaSession(settings.pass(options), app));
  },
};

const generic = koaAdapter({
  ...packaged('koa-generic-session'),
  ...TEXT_STORE,
  mount: (app, settings, store) => {
    const { name: key, keys, pass, maxAge, secure, sameSite, partitioned } = settings;
    const { rolling, valid, saveEmpty: allowEmpty } = settings;
    app.keys = keys;
    const lifetime = maxAge === undefined ? {} : { maxAge: maxAge === 'session' ? null : maxAge };
    const cookie = { ...lifetime, secure, sameSite, partitioned };
    const library = peers.load('koa-generic-session') as (options: object) => Middleware;
    app.use(library(pass({ key, store, cookie, rolling, valid, allowEmpty })));
  },
  session: (ctx: Context) => {
    const added = ctx as Context & Added;
    return {
      regenerate: () => added.regenerateSession(),
      save: () => added.saveSession(),
      id: () => added.sessionId,
      setMaxAge: (ms) => void (added.session.cookie.maxAge = ms),
    };
  },
});

export default [
  koaAdapter({ ...common, ...TEXT_STORE, name: 'koa-session, store' }),
  koaAdapter({ ...common, name: 'koa-session, cookie', setUp: 'Its default, without a store.' }),
  generic,
];
