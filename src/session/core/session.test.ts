import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../index.ts';
import { bag, setUp } from '../testing/set-up.ts';
import { SessionBase, type SessionOwner } from './session.ts';

const owner: SessionOwner = {
  externalKey: 'sid-1',
  createdAt: 1000,
  expiresAt: 1234,
  maxAge: 5000,
  commit: () => Promise.resolve(),
  update: () => Promise.reject(new Error('not in this test')),
};

type Loose = SessionBase & Record<string, unknown>;

function make(data?: object): Loose {
  return new SessionBase(owner, data) as Loose;
}

describe('a session', () => {
  it('is new when there was no data, and not when there was', () => {
    expect(make().isNew).toBe(true);
    expect(make({}).isNew).toBe(false);
  });

  it('counts its keys and says whether there are any', () => {
    const session = make();
    expect([session.length, session.populated]).toEqual([0, false]);
    session.a = 1;
    session.b = undefined;
    expect([session.length, session.populated]).toEqual([2, true]);
    delete session.a;
    delete session.b;
    expect([session.length, session.populated]).toEqual([0, false]);
  });

  it('returns what its owner knows', () => {
    const session = make({ a: 1 });
    expect([session.externalKey, session.expiresAt, session._expire, session.maxAge]).toEqual([
      'sid-1',
      1234,
      1234,
      5000,
    ]);
  });

  it('gives only its data to spread, keys, entries, JSON and inspect', () => {
    const session = make({ a: 1, b: { c: [2] } });
    const data = { a: 1, b: { c: [2] } };
    expect(Object.assign({}, session)).toEqual(data);
    expect(Object.keys(session)).toEqual(['a', 'b']);
    expect(Object.entries(session)).toEqual(Object.entries(data));
    expect(JSON.parse(JSON.stringify(session))).toEqual(data);
    expect(inspect(session)).toBe(inspect(data));
    const seen: string[] = [];
    for (const key in session) seen.push(key);
    expect(seen).toEqual(['a', 'b']);
  });

  it('leaves functions out of JSON, inspect and the count', () => {
    const session = make({ a: 1, greet: () => 'hello' });
    expect(session.toJSON()).toEqual({ a: 1 });
    expect(inspect(session)).toBe('{ a: 1 }');
    expect(session.length).toBe(1);
  });

  it('gives a new object to JSON', () => {
    const session = make({ a: 1 });
    (session.toJSON() as { a: number }).a = 2;
    expect(session.a).toBe(1);
  });

  it('does not share the object it was made from', () => {
    const data = { a: 1 };
    make(data).a = 2;
    expect(data).toEqual({ a: 1 });
  });
});

describe('on a request, a session', () => {
  it('is new without a cookie, also after it was saved, and not with one', async () => {
    const { request } = setUp();
    const first = await request(async (ctx) => {
      bag(ctx).a = 1;
      const before = bag(ctx).isNew;
      await bag(ctx).save();
      return [before, bag(ctx).isNew];
    });
    expect(first.result).toEqual([true, true]);
    expect((await request((ctx) => bag(ctx).isNew)).result).toBe(false);
  });

  it('has no externalKey in cookie mode', async () => {
    const { request } = setUp();
    expect((await request((ctx) => bag(ctx).externalKey)).result).toBeUndefined();
  });

  it('has an externalKey in a store from the start, which the client then gets', async () => {
    const { request } = setUp({ store: new MemoryStore() });
    const reply = await request((ctx) => {
      const id = bag(ctx).externalKey;
      bag(ctx).a = 1;
      return id;
    });
    expect(reply.result).toMatch(/^sid-/);
    expect(reply.cookie()?.value).toBe(reply.result);
    expect((await request((ctx) => bag(ctx).externalKey)).result).toBe(reply.result);
  });

  it('knows when it ends once it is saved', async () => {
    const { request } = setUp({ maxAge: 5000, now: () => 1_000_000 });
    const reply = await request(async (ctx) => {
      const unsaved = bag(ctx).expiresAt;
      await bag(ctx).save();
      return [unsaved, bag(ctx).expiresAt, bag(ctx)._expire];
    });
    expect(reply.result).toEqual([undefined, 1_005_000, 1_005_000]);
    expect((await request((ctx) => bag(ctx).expiresAt)).result).toBe(1_005_000);
  });

  it('has no end if it lasts until the browser closes', async () => {
    const { request } = setUp({ maxAge: 'session' });
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => [bag(ctx).maxAge, bag(ctx).expiresAt]);
    expect(reply.result).toEqual(['session', undefined]);
  });
});

describe('maxAge', () => {
  it('can be set for one session, saves it, and stays', async () => {
    const { request } = setUp({ maxAge: 60_000, now: () => 1_000_000 });
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => (bag(ctx).maxAge = 9000));
    expect(reply.cookie()?.attributes.expires).toBe(new Date(1_009_000).toUTCString());
    expect((await request((ctx) => bag(ctx).maxAge)).result).toBe(9000);
  });

  it('saves even a session without data', async () => {
    const { request } = setUp();
    expect((await request((ctx) => (bag(ctx).maxAge = 9000))).cookie()).toBeDefined();
  });

  it('does not change that of other sessions', async () => {
    const { request } = setUp({ maxAge: 60_000 });
    await request((ctx) => Object.assign(bag(ctx), { a: 1, maxAge: 9000 }));
    const other = await request((ctx) => bag(ctx).maxAge, { cookie: 'none=1' });
    expect(other.result).toBe(60_000);
  });

  it('turns a dated session into one that ends with the browser', async () => {
    const { request } = setUp();
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => (bag(ctx).maxAge = 'session'));
    expect(reply.cookie()?.attributes).not.toHaveProperty('expires');
    expect((await request((ctx) => bag(ctx).maxAge)).result).toBe('session');
  });

  it.each([[null], [undefined], [0]])('set to %o means one day', async (value) => {
    const { request } = setUp({ maxAge: 60_000 });
    const reply = await request((ctx) => {
      ctx.session.maxAge = value;
      return ctx.session.maxAge;
    });
    expect(reply.result).toBe(86_400_000);
  });

  it.each([['1d'], [true], [Number.NaN], [{}]])('throws when set to %o', async (value) => {
    const { errors, request } = setUp();
    const reply = await request((ctx) => Reflect.set(ctx.session, 'maxAge', value));
    expect(reply.status).toBe(500);
    expect(errors[0]?.message).toContain('option maxAge must be a number of ms up to');
  });
});
