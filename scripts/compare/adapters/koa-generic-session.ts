import type { Context, Middleware } from 'koa';
import { koaAdapter, TEXT_STORE } from '../koa.ts';
import { packaged, peers } from '../peers.ts';

/** What the library adds to the context. */
interface Added {
  sessionId: string;
  session: { cookie: { maxAge: number } };
  regenerateSession(): Promise<void>;
  saveSession(): Promise<void>;
}

export default koaAdapter({
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
      setMaxAge: (ms) => {
        added.session.cookie.maxAge = ms;
      },
    };
  },
});
