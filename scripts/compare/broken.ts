import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import type { Adapter, Settings } from './adapter.ts';
import { koaAdapter } from './koa.ts';

// Middleware that is wrong on purpose. Each case has to fail on one of these, or on a library that is compared.

/** Every request has its own session. */
const forgetful = koaAdapter({
  name: 'forgetful',
  version: '0',
  mount: (app, settings) => {
    readAll(settings);
    app.context.session = undefined;
    app.use((ctx, next) => {
      put(ctx, { regenerate: () => {} });
      return next();
    });
  },
});

/** All visitors share one session, which never ends, and its cookie has wrong attributes. */
function shared(): Adapter {
  let data: Record<string, unknown> = {};
  return koaAdapter({
    name: 'shared',
    version: '0',
    createStore: () => ({ set: () => {}, destroy: () => {}, get: () => {} }),
    mount: (app, settings, store) => {
      readAll(settings);
      app.use(async (ctx, next) => {
        put(ctx, data);
        ctx.set('Set-Cookie', `${settings.name}=${randomUUID()}; expires=Fri, 01 Jan 2100 00:00:00 GMT`);
        Reflect.apply(Reflect.get(store ?? {}, 'set') as () => void, store, []);
        await next();
      });
    },
    session: () => ({
      get: (key) => data[key],
      set: (key, value) => {
        data[key] = value;
      },
      destroy: () => {},
      regenerate: () => {},
      id: () => 'everybody',
      endOthers: () => {},
      replace: (more) => {
        data = { ...data, ...more };
      },
    }),
  });
}

/** A case about a setting that is not read is n/a. These read all settings and ignore them. */
function readAll(settings: Settings): void {
  Object.values(settings);
}

function put(ctx: Context, session: object): void {
  Object.defineProperty(ctx, 'session', { value: session, configurable: true });
}

export const BROKEN: Adapter[] = [forgetful, shared()];
