import type { CreateSessionOptions as KoaSessionOptions } from 'koa-session';
import type { Context } from 'koa';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Session, SessionOptions, SessionStore } from './index.ts';

declare module './index.ts' {
  interface SessionData {
    /** Only for this file. */
    augmentedByTest: { id: number };
  }
}

/** Never called: `tsc` must accept it, and refuse each line below an expected error. */
export function handler(ctx: Context): void {
  ctx.session.augmentedByTest = { id: 1 };
  ctx.session = { augmentedByTest: { id: 1 } };
  ctx.session = null;
  // @ts-expect-error -- ctx.session is not `any`
  ctx.session.nobodyDeclaredThis = 1;
  // @ts-expect-error -- nor are its data
  ctx.session.augmentedByTest = 'a string';
  // @ts-expect-error -- it may be absent
  void ctx.session.augmentedByTest.id;
  // @ts-expect-error -- a session is an object or null
  ctx.session = 'a string';
  // @ts-expect-error -- a method, not data
  ctx.session.save = 1;
  // @ts-expect-error -- says only whether the session is new
  ctx.session.isNew = true;
  ctx.session.maxAge = 'session';
  ctx.session.maxAge = null;
  // @ts-expect-error -- ms or 'session'
  ctx.session.maxAge = '1d';
  ctx.sessionOptions.maxAge = 1000;
}

describe('the types, which koa-session 7.0.2 lacks (defect 22)', () => {
  it('accepts domain, path, partitioned and priority', () => {
    const cookie = { domain: 'example.com', path: '/', partitioned: true, priority: 'high' } as const;
    const ours: SessionOptions = cookie;
    expect(ours).toBe(cookie);
    // @ts-expect-error -- unknown to koa-session's types
    const domain: KoaSessionOptions = { domain: 'example.com' };
    // @ts-expect-error -- unknown to koa-session's types
    const partitioned: KoaSessionOptions = { partitioned: true };
    expect([domain, partitioned]).toHaveLength(2);
  });

  it('refuses wrong values of options', () => {
    // @ts-expect-error -- no such policy
    const sameSite: SessionOptions = { sameSite: 'sometimes' };
    // @ts-expect-error -- a number or 'session'
    const maxAge: SessionOptions = { maxAge: '1d' };
    // @ts-expect-error -- a store without destroy
    const store: SessionOptions = { store: { get: () => undefined, set: () => undefined } };
    expect([sameSite, maxAge, store]).toHaveLength(3);
  });

  it('gives ctx.session the type that the app has declared', () => {
    expect(handler).toHaveLength(1);
    expectTypeOf<Context['session']>().not.toBeAny();
    expectTypeOf<Session['augmentedByTest']>().toEqualTypeOf<{ id: number } | undefined>();
    expectTypeOf<Context['sessionOptions']['maxAge']>().toEqualTypeOf<number | 'session'>();
  });

  it('takes a store that answers at once and one that promises', () => {
    const atOnce: SessionStore = { get: () => ({}), set: () => undefined, destroy: () => undefined };
    const promising: SessionStore = {
      get: (_id: string) => Promise.resolve(null),
      set: () => Promise.resolve('OK'),
      destroy: (_id: string) => Promise.resolve(1),
    };
    expect([atOnce, promising]).toHaveLength(2);
  });
});
