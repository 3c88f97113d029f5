import { expect, vi } from 'vitest';
import { MemoryStore } from '../../index.ts';
import type { DefectCheck } from './check.ts';
import { base64, bag, setUp } from '../set-up.ts';

/**
 * Two words of the same length and CRC32 (0x4ddb0c25), found by searching a word list. CRC32 is affine, so any two
 * texts that differ only in these words collide as well: here, the JSON of two sessions.
 */
export const COLLIDING = ['plumless', 'buckeroo'] as const;

const HOUR = 3_600_000;

/** What a session loses, keeps too long or lets in. Runs on a fake `Date`. */
export const DATA_DEFECTS: DefectCheck[] = [
  {
    name: '3: a change that keeps the CRC32 is saved',
    koaSession: /expected 'plumless' to be 'buckeroo'/,
    check: async (library) => {
      const { request } = setUp({}, library);
      const [one, other] = COLLIDING;
      await request((ctx) => (bag(ctx).word = one));
      await request((ctx) => (bag(ctx).word = other));
      expect((await request((ctx) => bag(ctx).word)).result).toBe(other);
    },
  },
  {
    name: '4: after null and an object the session has another id and the old one is gone',
    koaSession: /another id: expected '.+' not to be/,
    check: async (library) => {
      const store = new MemoryStore();
      const { request } = setUp({ store }, library);
      const before = (await request((ctx) => (bag(ctx).user = 'ann'))).cookie()?.value ?? '';
      const reply = await request((ctx) => {
        ctx.session = null;
        ctx.session = { user: 'bob' };
        return bag(ctx).externalKey;
      });
      expect(reply.cookie()?.value, 'another id').not.toBe(before);
      expect(reply.result, 'externalKey').toBe(reply.cookie()?.value);
      expect(store.get(before), 'the old record').toBeUndefined();
    },
  },
  {
    name: '4: after regenerate the session knows its new id',
    koaSession: /externalKey: expected '.+' to be/,
    check: async (library) => {
      const { request } = setUp({ store: new MemoryStore() }, library);
      await request((ctx) => (bag(ctx).user = 'ann'));
      const reply = await request(async (ctx) => {
        await bag(ctx).regenerate();
        return bag(ctx).externalKey;
      });
      expect(reply.result, 'externalKey').toBe(reply.cookie()?.value);
    },
  },
  {
    name: '5: an id has 128 random bits or more',
    koaSession: /to be greater than or equal to 128/,
    check: async (library) => {
      const { request } = setUp({ store: new MemoryStore() }, library);
      const seen: Set<string>[] = [];
      for (let nth = 0; nth < 300; nth += 1) {
        const reply = await request((ctx) => (bag(ctx).a = 1), { cookie: '' });
        const id = reply.cookie()?.value ?? '';
        for (const [at, character] of id.split('').entries()) (seen[at] ??= new Set()).add(character);
      }
      // The bits that the characters seen at each place can tell apart: never more than the id has.
      const bits = seen.reduce((sum, characters) => sum + Math.log2(characters.size), 0);
      expect(bits).toBeGreaterThanOrEqual(128);
    },
  },
  {
    name: "7: keys that begin with '_' are kept",
    koaSession: /expected undefined to be 'kept'/,
    check: async (library) => {
      const { request } = setUp({}, library);
      await request((ctx) => (bag(ctx)._private = 'kept'));
      expect((await request((ctx) => bag(ctx)._private)).result).toBe('kept');
    },
  },
  {
    name: '7: data called save does not silently replace the method',
    koaSession: /naming the key: expected 'accepted' to contain/,
    check: async (library) => {
      const { request } = setUp({}, library);
      const reply = await request((ctx) => {
        try {
          Reflect.set(bag(ctx), 'save', 'mine');
          return 'accepted';
        } catch (error) {
          return (error as Error).message;
        }
      });
      expect(reply.result, 'naming the key').toContain("'save'");
    },
  },
  {
    name: '7: __proto__ in a cookie does not become the prototype of the session',
    koaSession: /expected 500 to be 200/,
    check: async (library) => {
      const { request } = setUp({ signed: false }, library);
      const cookie = `koa.sess=${Buffer.from('{"__proto__":{"isAdmin":true},"a":1}').toString('base64')}`;
      const reply = await request((ctx) => [bag(ctx).a, bag(ctx).isAdmin], { cookie });
      expect(reply.status).toBe(200);
      expect(reply.result).toEqual([1, undefined]);
    },
  },
  {
    name: '8: a session that an asynchronous valid refuses is not used',
    koaSession: /expected 'ann' to be undefined/,
    check: async (library) => {
      const { request } = setUp({ signed: false, valid: () => Promise.resolve(false) }, library);
      const cookie = `koa.sess=${base64({ user: 'ann' })}`;
      expect((await request((ctx) => bag(ctx).user, { cookie })).result).toBeUndefined();
    },
  },
  {
    name: '13: a shorter maxAge in the configuration reaches the sessions that exist',
    koaSession: /expected 'ann' to be undefined/,
    check: async (library) => {
      const store = new MemoryStore();
      const before = setUp({ store, maxAge: 2 * HOUR }, library);
      await before.request((ctx) => (bag(ctx).user = 'ann'));
      const after = setUp({ store, maxAge: HOUR / 2 }, library);
      const cookie = before.browser.jar.header(Date.now());
      expect((await after.request((ctx) => bag(ctx).user, { cookie })).result, 'while it is young').toBe(
        'ann',
      );
      vi.setSystemTime(Date.now() + HOUR);
      expect((await after.request((ctx) => bag(ctx).user, { cookie })).result).toBeUndefined();
    },
  },
  {
    name: '18: an emptied session is removed from the store',
    koaSession: /the record: expected .* to be undefined/,
    check: async (library) => {
      const store = new MemoryStore();
      const { request } = setUp({ store }, library);
      const id = (await request((ctx) => (bag(ctx).user = 'ann'))).cookie()?.value ?? '';
      const reply = await request((ctx) => delete bag(ctx).user);
      expect(store.get(id), 'the record').toBeUndefined();
      expect(reply.cookie()?.value, 'the cookie').toBe('');
    },
  },
  {
    name: '18: data that save() has saved is not saved again at the end',
    koaSession: /expected 2 to be 1/,
    check: async (library) => {
      let writes = 0;
      const store = { get: () => undefined, set: () => (writes += 1), destroy: () => undefined };
      const { request } = setUp({ store }, library);
      await request(async (ctx) => {
        bag(ctx).user = 'ann';
        await bag(ctx).save();
      });
      expect(writes).toBe(1);
    },
  },
];
