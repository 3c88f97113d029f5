import type { RequestListener } from 'node:http';
import Koa from 'koa';
import koaSession, { type CreateSessionOptions } from 'koa-session';
import session, { type SessionOptions } from '../../../src/session/index.ts';
import { bodyOf, type Data, newData, PLAIN } from '../kinds.ts';
import { DAY, KEYS } from '../settings.ts';

/** An app without sessions, or with those that `mount` gives it. */
function koaApp(mount?: (app: Koa) => void): RequestListener {
  const app = new Koa();
  app.keys = KEYS;
  mount?.(app);
  let begun = 0;
  app.use((ctx) => {
    if (ctx.path === '/none') {
      ctx.body = PLAIN;
      return;
    }
    // Koa's types tell of this repository's own sessions; here they are of any make.
    const { session: found }: { session?: unknown } = ctx;
    const data = found as Data;
    if (ctx.path === '/write') data.views += 1;
    if (ctx.path === '/new') Object.assign(data, newData((begun += 1)));
    ctx.body = bodyOf(data);
  });
  const answer = app.callback();
  return (req, res) => void answer(req, res);
}

export const bareKoa = (): RequestListener => koaApp();

/** With no more options than an app of koa-session has: what was signed by one can be read by the other. */
export const ours = (options: SessionOptions): RequestListener =>
  koaApp((app) => app.use(session(options, app)));

/** With what makes a session of ours as safe as it can be: a hard end, and whose it is. */
export const oursGuarded = (options: SessionOptions): RequestListener =>
  ours({
    sameSite: 'lax',
    absoluteMaxAge: 30 * DAY,
    userOf: (data) => (data as Partial<Data>).userId,
    ...options,
  });

/** Its records are text, as in any store that is not a toy: an object in a Map is the handler's own. */
export const koaSessionInStore = (): RequestListener => {
  const records = new Map<string, string>();
  // Its types want promises where it takes answers at once as well.
  const store: object = {
    get: (id: string) => JSON.parse(records.get(id) ?? 'null'),
    set: (id: string, record: object) => void records.set(id, JSON.stringify(record)),
    destroy: (id: string) => void records.delete(id),
  };
  const options = { store: store as CreateSessionOptions['store'] };
  return koaApp((app) => app.use(koaSession(options, app)));
};

export const koaSessionInCookie = (): RequestListener => koaApp((app) => app.use(koaSession({}, app)));
