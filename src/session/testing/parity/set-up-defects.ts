import Koa, { type Context, type Middleware } from 'koa';
import compose from 'koa-compose';
import { expect } from 'vitest';
import type { SessionOptions } from '../../index.ts';
import type { DefectCheck } from './check.ts';
import { bag, serve, setUp } from '../set-up.ts';

/** What koa-mount does, as far as a session can tell: the middleware of `sub`, on the context of its parent. */
export function mount(sub: Koa): Middleware {
  return compose(sub.middleware) as Middleware;
}

/** What goes wrong with the options, before or at the first request. */
export const SET_UP_DEFECTS: DefectCheck[] = [
  {
    name: '9: sameSite null is unset, as the documentation shows it',
    koaSession: /Expected string, received null/,
    check: async (library) => {
      const { request } = setUp({ sameSite: null }, library);
      const reply = await request((ctx) => (bag(ctx).a = 1));
      expect(reply.cookie()?.attributes).not.toHaveProperty('samesite');
    },
  },
  {
    name: '9: a frozen options object is accepted',
    koaSession: /Cannot assign to read only property/,
    check: async (library) => {
      const { request } = setUp(Object.freeze({ key: 'sid' }), library);
      expect((await request((ctx) => (bag(ctx).a = 1))).cookie('sid')).toBeDefined();
    },
  },
  {
    name: "9: the caller's options object is left as it was",
    koaSession: /expected \{ key: 'sid', autoCommit: true, .* to deeply equal/,
    check: async (library) => {
      const options = { key: 'sid' };
      const { request } = setUp(options, library);
      await request((ctx) => (bag(ctx).a = 1));
      expect(options).toEqual({ key: 'sid' });
    },
  },
  {
    name: '10: a second session on one app has its own options',
    koaSession: /expected \[ 'a', 'a.sig' \] to deeply equal/,
    check: async (library) => {
      const app = new Koa();
      app.keys = ['key'];
      app.use(library({ key: 'a' }, app));
      app.use(library({ key: 'b', property: 'other' }, app));
      const { request } = serve(app);
      const reply = await request((ctx) => {
        bag(ctx).one = 1;
        Object.assign(bag(ctx, 'other') ?? {}, { two: 2 });
      });
      expect(reply.setCookie.map(({ name }) => name)).toEqual(['a', 'a.sig', 'b', 'b.sig']);
    },
  },
  {
    name: '10: a session of a mounted sub-app works',
    koaSession: /expected 500 to be 200/,
    check: async (library) => {
      const sub = new Koa();
      sub.use(library({ key: 'sub' }, sub));
      const app = new Koa();
      app.keys = ['key'];
      app.silent = true;
      app.use(mount(sub));
      const { request } = serve(app);
      const reply = await request((ctx) => (bag(ctx).a = 1));
      expect(reply.status).toBe(200);
      expect(reply.cookie('sub')).toBeDefined();
    },
  },
  {
    name: '21: missing keys are named at once, with the command that makes one',
    koaSession: /expected '' to contain 'app.keys'/,
    check: async (library) => {
      const { app, errors, request } = setUp({}, library);
      Reflect.deleteProperty(app, 'keys');
      await request();
      const { message } = errors[0] ?? { message: '' };
      expect(message).toContain('app.keys');
      expect(message).toContain('node -p');
    },
  },
  {
    name: '21: a secure cookie over http is refused with the advice to set app.proxy, and nothing is stored for it',
    koaSession: /expected 'Cannot send secure cookie over unencr.* to contain 'app.proxy'/,
    check: async (library) => {
      let writes = 0;
      const store = { get: () => undefined, set: () => (writes += 1), destroy: () => undefined };
      const { errors, request } = setUp({ secure: true, store }, library);
      await request((ctx: Context) => (bag(ctx).a = 1));
      expect(errors[0]?.message).toContain('app.proxy');
      expect(writes).toBe(0);
    },
  },
  contradiction('__Host-', { key: '__Host-s', secure: false }),
  contradiction('__Secure-', { key: '__Secure-s', secure: false }),
  contradiction("sameSite 'none'", { sameSite: 'none', secure: false }),
  contradiction('partitioned', { partitioned: true, secure: false }),
];

function contradiction(what: string, options: SessionOptions): DefectCheck {
  return {
    name: `19: ${what} without Secure is refused with the option strict, since every browser drops it`,
    koaSession: /expected .* to throw an error/,
    check: async (library) => {
      const setUpIt = (): unknown => library({ ...options, strict: true }, new Koa());
      // oxlint-disable-next-line vitest/no-standalone-expect -- defects.test.ts runs it
      expect(setUpIt).toThrow(/browsers drop .* set the option secure/);
    },
  };
}
