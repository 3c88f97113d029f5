import Koa, { type Context } from 'koa';
import {
  type Adapter,
  type AppSession,
  type Host,
  MISSING,
  NotApplicable,
  type Running,
  type Settings,
} from './adapter.ts';

/** Koa session middleware: what `koaAdapter` needs to know of it. */
export interface KoaMiddleware extends Partial<
  Pick<Adapter, 'made' | 'createStore' | 'contentsOf' | 'open' | 'close' | 'lacks' | 'setUp'>
> {
  name: string;
  version: string;
  /** @default 'store' with `createStore`, else 'cookie' */
  keeps?: Adapter['keeps'];
  /** Puts the middleware, with these settings, into the app. */
  mount: (app: Koa, settings: Settings, store: object | undefined) => void;
  /** What differs from the way of koa-session: `ctx.session.key = value`, and `ctx.session = null` to end it. */
  session?: (ctx: Context) => Partial<AppSession>;
}

/** The adapter for a Koa middleware. */
export function koaAdapter(middleware: KoaMiddleware): Adapter {
  const { mount: _mount, session: _session, ...described } = middleware;
  return {
    keeps: middleware.createStore ? 'store' : 'cookie',
    setUp: '',
    lacks: {},
    ...described,
    serve: (host) => serve(middleware, host),
  };
}

function serve({ mount, session }: KoaMiddleware, { settings, store, handle, report }: Host): Running {
  const app = new Koa();
  app.proxy = settings.trustProxy === true;
  app.on('error', report);
  mount(app, settings, store);
  if (settings.second !== undefined) mount(app, { ...settings, name: settings.second }, store);
  app.use(async (ctx) => {
    const takeOver = () => {
      ctx.respond = false;
      return ctx.res;
    };
    const result = await handle({
      path: ctx.path,
      session: { ...sessionOf(ctx), ...session?.(ctx) },
      takeOver,
    });
    if (ctx.respond !== false) ctx.body = { result };
  });
  const answer = app.callback();
  return { listener: (req, res) => void answer(req, res) };
}

/** As koa-session has it. The session is not touched before one of these is called. */
function sessionOf(ctx: Context): AppSession {
  const bag = (): Record<string, unknown> => {
    // Koa's types tell of this repository's own sessions; here they are of any make.
    const { session }: { session?: unknown } = ctx;
    return session as Record<string, unknown>;
  };
  const call = async (name: string, missing: string): Promise<void> => {
    const method = bag()[name];
    if (typeof method !== 'function') throw new NotApplicable(missing);
    await Reflect.apply(method, bag(), []);
  };
  return {
    get: (key) => bag()?.[key],
    set: (key, value) => {
      bag()[key] = value;
    },
    remove: (key) => {
      delete bag()[key];
    },
    destroy: () => {
      ctx.session = null;
    },
    regenerate: () => call('regenerate', MISSING.regenerate),
    replace: (data) => {
      ctx.session = null;
      ctx.session = data;
    },
    save: () => call('save', MISSING.save),
    id: () => bag()['externalKey'],
    setMaxAge: (ms) => {
      bag()['maxAge'] = ms;
    },
  };
}
