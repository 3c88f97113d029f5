import { expect, vi } from 'vitest';
import { MemoryStore, type SessionStore } from '../../index.ts';
import type { DefectCheck } from './check.ts';
import { bag, setUp } from '../set-up.ts';

const MINUTE = 60_000;

/** What is wrong with the response: a cookie that is not sent, an error that is not reported. Runs on a fake `Date`. */
export const RESPONSE_DEFECTS: DefectCheck[] = [
  {
    name: '6: a cookie that no browser keeps is refused, and the error names its largest keys',
    koaSession: /the status: expected 200 to be 500/,
    check: async (library) => {
      const { request, errors } = setUp({}, library);
      const reply = await request((ctx) => (bag(ctx).basket = 'x'.repeat(4000)));
      expect(reply.status, 'the status').toBe(500);
      expect(reply.cookie(), 'the cookie').toBeUndefined();
      expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(/4096.*basket/s)]);
    },
  },
  {
    name: '11: rolling sends the cookie although no handler read the session',
    koaSession: /expected undefined to be defined/,
    check: async (library) => {
      const { request } = setUp({ rolling: true }, library);
      await request((ctx) => (bag(ctx).a = 1));
      expect((await request()).cookie()).toBeDefined();
    },
  },
  {
    name: '11: renew sends the cookie although no handler read the session',
    koaSession: /expected undefined to be defined/,
    check: async (library) => {
      const { request } = setUp({ renew: true, maxAge: MINUTE }, library);
      await request((ctx) => (bag(ctx).a = 1));
      vi.setSystemTime(Date.now() + MINUTE * 0.75);
      expect((await request()).cookie()).toBeDefined();
    },
  },
  {
    name: '12: without maxAge the first cookie is dated, as the second is',
    koaSession: /the first: expected .* to have property "expires"/,
    check: async (library) => {
      const { request } = setUp({}, library);
      const first = await request((ctx) => (bag(ctx).a = 1));
      const second = await request((ctx) => (bag(ctx).a = 2));
      expect(first.cookie()?.attributes, 'the first').toHaveProperty('expires');
      expect(second.cookie()?.attributes, 'the second').toHaveProperty('expires');
    },
  },
  {
    name: '14: after a rotation of the keys the cookie is sent again with its expiry and attributes',
    koaSession: /the signature: expected \{ path: '\/', httponly: '' \} to have property "expires"/,
    check: async (library) => {
      const { app, request } = setUp({ sameSite: 'lax' }, library);
      await request((ctx) => (bag(ctx).a = 1));
      app.keys = ['another key of thirty-two characters', ...(app.keys as string[])];
      const reply = await request((ctx) => bag(ctx).a);
      expect(reply.result).toBe(1);
      expect(reply.cookie('koa.sess.sig')?.attributes, 'the signature').toHaveProperty('expires');
      expect(reply.cookie('koa.sess.sig')?.attributes, 'the signature').toHaveProperty('samesite', 'lax');
      expect(reply.cookie()?.attributes, 'the cookie').toHaveProperty('expires');
    },
  },
  {
    name: '15: an error downstream leaves the cookie of a stored session on the response',
    koaSession: /the cookie: expected undefined to be defined/,
    check: async (library) => {
      const store = new MemoryStore();
      const { request } = setUp({ store }, library);
      const reply = await request((ctx) => {
        bag(ctx).attempts = 1;
        ctx.throw(401);
      });
      expect(reply.status).toBe(401);
      expect(store.size, 'the record').toBe(1);
      expect(reply.cookie(), 'the cookie').toBeDefined();
      expect(store.get(reply.cookie()?.value ?? '')).toMatchObject({ attempts: 1 });
    },
  },
  {
    name: '15: an error downstream leaves the cookie of a cookie session on the response',
    koaSession: /expected undefined to be 1/,
    check: async (library) => {
      const { request } = setUp({}, library);
      const reply = await request((ctx) => {
        bag(ctx).attempts = 1;
        throw new Error('broken');
      });
      expect(reply.status).toBe(500);
      expect((await request((ctx) => bag(ctx).attempts)).result).toBe(1);
    },
  },
  {
    name: "16: a failing save does not mask the handler's own error",
    koaSession: /expected 500 to be 403/,
    check: async (library) => {
      const store = {
        get: () => undefined,
        set: () => Promise.reject(new Error('store down')),
        destroy: () => undefined,
      };
      const { errors, request } = setUp({ store }, library);
      const reply = await request((ctx) => {
        bag(ctx).a = 1;
        ctx.throw(403, 'not for you');
      });
      expect(reply.status).toBe(403);
      expect(errors.map((error) => error.message)).toEqual(['store down', 'not for you']);
    },
  },
  {
    name: '16: a page that leaves the session alone is served although the store is down',
    koaSession: /expected 500 to be 200/,
    check: async (library) => {
      const memory = new MemoryStore();
      let isDown = false;
      const store: SessionStore = {
        get: (id) => {
          if (isDown) throw new Error('the store is down');
          return memory.get(id);
        },
        set: (id, record, ttl) => memory.set(id, record, ttl),
        destroy: (id) => memory.destroy(id),
      };
      const { request } = setUp({ store }, library);
      await request((ctx) => (bag(ctx).a = 1));
      isDown = true;
      expect((await request(() => 'a page without a session')).status).toBe(200);
    },
  },
  {
    name: '17: a late write to a session whose id the browser has is not an error',
    koaSession: /expected 'Cannot set headers after they .* to be 'no error'/,
    check: async (library) => {
      const store = new MemoryStore();
      const { errors, request } = setUp({ store }, library);
      const id = (await request((ctx) => (bag(ctx).a = 1))).cookie()?.value ?? '';
      await request((ctx) => {
        ctx.respond = false;
        ctx.res.end('streamed');
        bag(ctx).a = 2;
      });
      expect(store.get(id)).toMatchObject({ a: 2 });
      expect(errors[0]?.message ?? 'no error').toBe('no error');
    },
  },
  {
    name: '17: a late write that cannot reach the browser is reported with what to do, and stores nothing',
    koaSession: /expected 'Cannot set headers after they are sen.* to contain 'await ctx.session.save\(\)'/,
    check: async (library) => {
      const store = new MemoryStore();
      const { errors, request } = setUp({ store }, library);
      await request((ctx) => {
        ctx.respond = false;
        ctx.res.end('streamed');
        bag(ctx).a = 1;
      });
      expect(errors).toHaveLength(1);
      expect(errors[0]?.message).toContain('await ctx.session.save()');
      expect(store.size).toBe(0);
    },
  },
  {
    name: '20: a response that carries a session says that it varies and is private',
    koaSession: /expected undefined to be 'Cookie'/,
    check: async (library) => {
      const { request } = setUp({}, library);
      const { headers } = await request((ctx) => (bag(ctx).a = 1));
      expect(headers.vary).toBe('Cookie');
      expect(headers['cache-control']).toBe('private, no-cache');
    },
  },
];
