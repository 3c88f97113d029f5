import type { Context, Middleware } from 'koa';
import { koaAdapter } from '../koa-adapter.ts';
import { versionIn } from '../../peers.ts';
import { PEERS, peers } from '../peers.ts';
import { TextStore } from '../text-store.ts';

const NAME = 'koa-generic-session';

/** What it adds to the context. */
interface Added {
  sessionId: string;
  session: { cookie: { maxAge: number } };
  regenerateSession(): Promise<void>;
  saveSession(): Promise<void>;
}

export default koaAdapter({
  name: NAME,
  version: versionIn(PEERS, NAME),
  made: { packages: [NAME], folder: PEERS },
  setUp: 'Its sessions are in a Map of JSON.',
  lacks: {
    renew: 'it has no such option',
    absoluteMaxAge: 'it has no hard end of a session',
  },
  createStore: () => new TextStore(),
  contentsOf: (store) => (store as TextStore).contents(),
  mount: (
    app,
    { name: key, keys, pass, maxAge, secure, sameSite, partitioned, rolling, valid, saveEmpty },
    store,
  ) => {
    app.keys = keys;
    const cookie = {
      ...(maxAge !== undefined && { maxAge: maxAge === 'session' ? null : maxAge }),
      secure,
      sameSite,
      partitioned,
    };
    const library = peers.load(NAME) as (options: object) => Middleware;
    app.use(library(pass({ key, store, cookie, rolling, valid, allowEmpty: saveEmpty })));
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
