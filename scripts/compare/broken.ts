import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import type { Adapter, Settings } from './adapter.ts';
import { koaAdapter } from './koa-adapter.ts';

// Middleware that is wrong on purpose. Each case has to fail on one of them, or on one of those that are compared.

/** Every request has a session of its own. */
const forgetful = koaAdapter({
  name: 'forgetful',
  version: '0',
  mount: (app, settings) => {
    takeIn(settings);
    app.context.session = undefined;
    app.use((ctx, next) => {
      put(ctx, { regenerate: () => {} });
      return next();
    });
  },
});

/** Everybody has the same session, for ever, and its cookie says the wrong things. */
function shared(): Adapter {
  let everybodys: Record<string, unknown> = {};
  return koaAdapter({
    name: 'shared',
    version: '0',
    createStore: () => ({ set: () => {}, destroy: () => {}, get: () => {} }),
    mount: (app, settings, store) => {
      takeIn(settings);
      app.use(async (ctx, next) => {
        put(ctx, everybodys);
        ctx.set(
          'Set-Cookie',
          `${settings.name}=${randomUUID()}; path=/elsewhere; expires=Fri, 01 Jan 2100 00:00:00 GMT`,
        );
        Reflect.apply(Reflect.get(store ?? {}, 'set') as () => void, store, []);
        await next();
      });
    },
    session: () => ({
      get: (key) => everybodys[key],
      set: (key, value) => {
        everybodys[key] = value;
      },
      destroy: () => {},
      regenerate: () => {},
      id: () => 'everybody',
      endOthers: () => Promise.resolve(),
      replace: (data) => {
        everybodys = { ...everybodys, ...data };
      },
    }),
  });
}

/** What is not read is n/a; these read all settings, and heed none of them. */
function takeIn(settings: Settings): void {
  Object.values(settings);
}

function put(ctx: Context, session: object): void {
  Object.defineProperty(ctx, 'session', { value: session, configurable: true });
}

export const BROKEN: Adapter[] = [forgetful, shared()];
