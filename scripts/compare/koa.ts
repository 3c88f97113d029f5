import Koa, { type Context } from 'koa';
import { type Adapter, type AppSession, objectSession, sessionsOf, type Settings } from './adapter.ts';

/** What `koaAdapter` has to know about Koa session middleware. */
export interface KoaMiddleware extends Omit<Adapter, 'serve' | 'servePlain'> {
  /** Puts the middleware, with these settings, into the app. */
  mount: (app: Koa, settings: Settings, store: object | undefined) => void;
  /** What differs from koa-session: `ctx.session.key = value`, and `ctx.session = null` to end the session. */
  session?: (ctx: Context) => Partial<AppSession>;
}

/** The adapter for a Koa middleware. */
export function koaAdapter({ mount, session, ...described }: KoaMiddleware): Adapter {
  return {
    ...described,
    serve: ({ settings, store, handle, report }) => {
      const app = new Koa();
      app.proxy = settings.trustProxy === true;
      app.on('error', report);
      for (const one of sessionsOf(settings)) mount(app, one, store);
      app.use(async (ctx) => {
        const takeOver = () => {
          ctx.respond = false;
          return ctx.res;
        };
        const visited = { ...koaSessionOf(ctx), ...session?.(ctx) };
        const result = await handle({ path: ctx.path, session: visited, takeOver });
        if (ctx.respond !== false) ctx.body = { result };
      });
      const answer = app.callback();
      return { listener: (req, res) => void answer(req, res) };
    },
  };
}

/** The settings under the names that koa-session has for them. */
export function optionsOf(settings: Settings) {
  const { name: key, maxAge, secure, sameSite, partitioned, rolling, renew, valid } = settings;
  // koa-session takes an undefined `maxAge` for a given one.
  const lifetime = maxAge === undefined ? {} : { maxAge };
  return { key, ...lifetime, secure, sameSite, partitioned, rolling, renew, valid };
}

/** The session as koa-session has it. */
function koaSessionOf(ctx: Context): AppSession {
  return objectSession(() => ctx.session, {
    destroy: () => void (ctx.session = null),
    replace: (data) => {
      ctx.session = null;
      ctx.session = data;
    },
    id: () => ctx.session.externalKey,
    setMaxAge: (ms) => void (ctx.session.maxAge = ms),
  });
}

/** A store of koa-session's kind. Like one across a network it keeps text, and no longer than it has to. */
export class TextStore {
  readonly records = new Map<string, { text: string; endsAt: number }>();

  get(id: string): unknown {
    const record = this.records.get(id);
    return record && record.endsAt > Date.now() ? (JSON.parse(record.text) as unknown) : undefined;
  }

  /** @param ttl ms */
  set(id: string, session: unknown, ttl?: unknown): void {
    const endsAt = typeof ttl === 'number' ? Date.now() + ttl : Infinity;
    this.records.set(id, { text: JSON.stringify(session), endsAt });
  }

  destroy(id: string): void {
    this.records.delete(id);
  }
}

/** The entries of an adapter that uses a `TextStore`. */
export const TEXT_STORE = {
  setUp: 'The sessions are in a Map of JSON.',
  createStore: () => new TextStore(),
  contentsOf: (store) => JSON.stringify([...(store as TextStore).records]),
} satisfies Partial<Adapter>;
