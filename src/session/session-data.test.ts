import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionOptions } from './index.ts';
import { bag, setUp } from './testing/set-up.ts';
import { SessionBase, type SessionOwner } from './core/session.ts';

const owner: SessionOwner = {
  externalKey: undefined,
  createdAt: 1000,
  expiresAt: 1234,
  maxAge: 5000,
  commit: () => Promise.resolve(),
  update: () => Promise.reject(new Error('not in this test')),
};

const RESERVED = [
  ...'__proto__ _maxAge _session _created _own _sid _expire isNew length populated externalKey'.split(' '),
  ...'save regenerate manuallyCommit toJSON'.split(' '),
];

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  ['in a store', () => ({ store: new MemoryStore() })],
];

describe.each(MODES)('data %s come back as they were:', (_mode, options) => {
  it.each<[string, unknown]>([
    ['_private', 'kept'],
    ['__double', 'kept'],
    ['_', 'kept'],
    ['constructor', 'kept'],
    ['toString', 'kept'],
    ['valueOf', 1],
    ['hasOwnProperty', true],
    ['prototype', { a: 1 }],
    ['then', 'not a promise'],
    ['id', 1],
    ['cookie', { a: 1 }],
    ['', 'the empty key'],
    ['0', 'a number as key'],
    ['naïve 🍪', 'beyond ASCII 🍪'],
    ['nested', { list: [1, { deep: null }], _private: 1, save: 1, length: 2 }],
    ['none', null],
    ['no', false],
    ['zero', 0],
    ['text', ''],
  ])('%s', async (key, value) => {
    const { errors, request } = setUp(options());
    const written = await request((ctx) => void (bag(ctx)[key] = value));
    const read = await request((ctx) => [Object.keys(ctx.session), bag(ctx)[key], ctx.session.isNew]);
    expect([written.status, read.status, errors]).toEqual([200, 200, []]);
    expect(read.result).toEqual([[key], value, false]);
  });

  it('also if they replace expiresAt', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).expiresAt = 'never'));
    const read = await request((ctx) => [bag(ctx).expiresAt, { ...bag(ctx) }]);
    expect(read.result).toEqual(['never', { expiresAt: 'never' }]);
    expect((await request((ctx) => typeof bag(ctx)._expire)).result).toBe('number');
  });

  it.each(RESERVED)('but %s cannot be data: it throws, naming the key', async (key) => {
    const { errors, request } = setUp(options());
    const set = await request((ctx) => Reflect.set(ctx.session, key, { a: 1 }));
    const assigned = await request((ctx) => void (ctx.session = JSON.parse(`{"${key}":{"a":1}}`) as object));
    expect([set.status, assigned.status]).toEqual([500, 500]);
    expect(errors).toHaveLength(2);
    for (const { message } of errors) expect(message).toContain(`'${key}' cannot be a key of the data`);
  });
});

describe.each(MODES)('a function that replaces a method, %s', (_mode, options) => {
  const METHODS = ['save', 'regenerate', 'manuallyCommit', 'toJSON', 'update'];

  it.each(METHODS)('such as %s is called instead of it during this request, and is not data', async (key) => {
    const { errors, request } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => {
      Reflect.set(ctx.session, key, (callback: () => void) => callback());
      const before = [ctx.session.length, ctx.session.populated];
      let isCalled = false;
      (Reflect.get(ctx.session, key) as (callback: () => void) => void)(() => (isCalled = true));
      delete bag(ctx).a;
      return [isCalled, before, ctx.session.length, ctx.session.populated];
    });
    expect(reply.result).toEqual([true, [1, true], 0, false]);
    expect([reply.status, errors]).toEqual([200, []]);
    const read = await request((ctx) => [ctx.session.isNew, typeof Reflect.get(ctx.session, key)]);
    expect(read.result).toEqual([true, 'function']);
  });

  it.each(METHODS)('such as %s is no change: a session that was only read is not written', async (key) => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => void Reflect.set(ctx.session, key, () => ({ b: 1 })));
    expect(reply.setCookie).toEqual([]);
    await request((ctx) => Object.assign(ctx.session, { [key]: () => ({ b: 1 }), c: 2 }));
    await request((ctx) => void (ctx.session = { [key]: () => ({ b: 1 }), ...bag(ctx), d: 3 }));
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1, c: 2, d: 3 });
  });

  it.each(METHODS.slice(0, 4))('such as %s is not listed with the data', async (key) => {
    const { request } = setUp(options());
    const reply = await request((ctx) => {
      Object.assign(ctx.session, { a: 1, [key]: () => 1 });
      const seen: string[] = [];
      for (const name in ctx.session) seen.push(name);
      return [Object.keys(ctx.session), { ...bag(ctx) }, seen];
    });
    expect(reply.result).toEqual([['a'], { a: 1 }, ['a']]);
  });

  it.each(METHODS.slice(0, 4))('such as %s does not allow data under that name', async (key) => {
    const { errors, request } = setUp(options());
    const reply = await request((ctx) => {
      Reflect.set(ctx.session, key, () => 1);
      Reflect.set(ctx.session, key, { a: 1 });
    });
    expect([reply.status, errors.length]).toEqual([500, 1]);
    expect(errors[0]?.message).toContain(`'${key}' cannot be a key of the data`);
  });

  it('can be replaced by another, and removed', async () => {
    const { request } = setUp(options());
    const reply = await request(async (ctx) => {
      const { session } = ctx;
      const own = Reflect.get(session, 'save');
      Reflect.set(session, 'save', () => 1);
      Reflect.set(session, 'save', () => 2);
      const second: unknown = await session.save();
      Reflect.deleteProperty(session, 'save');
      return [second, Reflect.get(session, 'save') === own];
    });
    expect(reply.result).toEqual([2, true]);
  });
});

it.each(RESERVED.filter((name) => !['save', 'regenerate', 'manuallyCommit', 'toJSON'].includes(name)))(
  '%s, which is not a method, cannot be set to a function, also on the prototype',
  (key) => {
    const session = new SessionBase(owner, { a: 1 });
    expect(() => Reflect.set(session, key, () => 1)).toThrow(`'${key}' cannot be a key of the data`);
    expect(session).toBeInstanceOf(SessionBase);
  },
);

describe('the members of a session', () => {
  it.each(RESERVED)('keep %s after an attempt to overwrite it', (key) => {
    const session = new SessionBase(owner, { a: 1 });
    const before: unknown = Reflect.get(session, key);
    expect(() => Reflect.set(session, key, 'mine')).toThrow(TypeError);
    expect(Reflect.get(session, key)).toBe(before);
    expect(Object.keys(session)).toEqual(['a']);
  });
});

describe('__proto__', () => {
  const payload = '{"__proto__":{"isAdmin":true},"a":1}';

  it('in a cookie is ignored and reaches no prototype', async () => {
    const { request } = setUp({ signed: false });
    const cookie = `koa.sess=${Buffer.from(payload).toString('base64')}`;
    const reply = await request(
      (ctx) => [
        { ...bag(ctx) },
        bag(ctx).isAdmin,
        ctx.session instanceof SessionBase,
        ({} as never)['isAdmin'],
      ],
      { cookie },
    );
    expect(reply.result).toEqual([{ a: 1 }, undefined, true, undefined]);
  });

  it('in a store record is ignored and reaches no prototype', async () => {
    const store = {
      get: () => JSON.parse(payload) as object,
      set: () => undefined,
      destroy: () => undefined,
    };
    const { request } = setUp({ store, signed: false });
    const reply = await request((ctx) => [{ ...bag(ctx) }, bag(ctx).isAdmin], { cookie: 'koa.sess=x' });
    expect(reply.result).toEqual([{ a: 1 }, undefined]);
  });

  it('deep in the data is data', async () => {
    const { request } = setUp();
    await request((ctx) => (bag(ctx).posted = JSON.parse(payload)));
    const reply = await request((ctx) => {
      const posted = bag(ctx).posted as object;
      return [Object.keys(posted), Object.getPrototypeOf(posted) === Object.prototype];
    });
    expect(reply.result).toEqual([['__proto__', 'a'], true]);
  });

  it('can be read like on any object', () => {
    // oxlint-disable-next-line no-proto -- it is the point
    expect((new SessionBase(owner) as unknown as { __proto__: unknown }).__proto__).toBe(
      SessionBase.prototype,
    );
  });
});

it('ignores keys in a record that a session cannot hold', async () => {
  const record = Object.fromEntries([...RESERVED, 'maxAge', 'a'].map((key) => [key, 1]));
  const store = { get: () => record, set: () => undefined, destroy: () => undefined };
  const { request } = setUp({ store, signed: false, now: () => 0 });
  const reply = await request((ctx) => ({ ...bag(ctx) }), { cookie: 'koa.sess=x' });
  expect(reply.result).toEqual({ a: 1 });
});
