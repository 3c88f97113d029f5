import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { MemoryStore, type SessionOptions } from './index.ts';
import { RecordingStore } from './testing/recording-store.ts';
import { bag, setUp } from './testing/set-up.ts';

let warn: MockInstance<typeof process.emitWarning>;

beforeEach(() => {
  warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
});
afterEach(() => {
  warn.mockRestore();
});

function warnings(): string[] {
  return warn.mock.calls.map(([warning]) => String(warning));
}

let made = 0;

/** Each with a key of its own, since the warning for a key is shown once. */
function options(more: SessionOptions = {}): SessionOptions {
  made += 1;
  return { key: `session-${made}`, ...more };
}

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => options()],
  ['in a sealed cookie', () => options({ encrypt: true })],
  ['in a store', () => options({ store: new MemoryStore() })],
  ["in a store of koa-session's kind", () => options({ store: new RecordingStore(true) })],
];

class Cart {
  items = 1;
}

function circle(): object {
  const user = { name: 'Ada', friends: [] as unknown[] };
  user.friends.push({ of: user });
  return user;
}

function nested(levels: number): object {
  let data = {};
  for (let level = 0; level < levels; level += 1) data = { a: data };
  return data;
}

/** The path that the error or warning names, the value that causes it, and what JSON makes of it. */
const CHANGED: [path: string, value: () => unknown, back: RegExp][] = [
  ['at', () => new Date(0), /Date comes back as "…"\./],
  ['map', () => new Map([[1, 2]]), /Map comes back as \{\}\./],
  ['set', () => new Set([1]), /Set comes back as \{\}\./],
  ['regexp', () => /x/, /RegExp comes back as \{\}\./],
  ['error', () => new Error('x'), /Error comes back as \{\}\./],
  ['promise', () => Promise.resolve(1), /Promise comes back as \{\}\./],
  ['cart', () => new Cart(), /Cart comes back as \{…\}\./],
  ['buffer', () => Buffer.from('x'), /Buffer comes back as \{…\}\./],
  ['bytes', () => new Uint8Array(2), /Uint8Array comes back as \{…\}\./],
  ['url', () => new URL('http://a.example'), /URL comes back as "…"\./],
  ['list', () => new (class Queue extends Array {})(), /Queue comes back as \[\]\./],
  ['number', () => Number.NaN, /NaN comes back as null/],
  ['number', () => -Infinity, /-Infinity comes back as null/],
  ['boxed', () => Object(1) as unknown, /Number comes back as a number\./],
  ['symbol', () => Symbol('x'), /Symbol\(x\) comes back as undefined\./],
  ['own', () => ({ toJSON: () => [1] }), /Object comes back as \[…\]\./],

  ['user.cart', () => ({ name: 'Ada', cart: new Map() }), /Map comes back as \{\}\./],
  ['user.greet', () => ({ greet: () => 'hello' }), /Function comes back as undefined\./],
  ['orders.1.at', () => [{}, { at: new Date(0) }], /Date comes back as "…"\./],
  ['list.1', () => [1, undefined], /undefined comes back as null/],
  ['list.0', () => [() => 1], /Function comes back as null/],
  ['list', () => [1, , 3], /Array comes back as \[…\]\./], // oxlint-disable-line no-sparse-arrays -- it is the point
  ['list', () => Object.assign([], { a: 1 }), /Array comes back as \[\]\./],
];

const BEFORE = { user: 'Ada', old: true };

describe.each(MODES)('data %s that JSON cannot hold', (_mode, makeOptions) => {
  it.each<[string, string, () => unknown]>([
    ['a BigInt', 'count', () => 1n],
    ['a BigInt in a list', 'orders.1.count', () => [1, { count: 1n }]],
    ['a BigInt in a class instance', 'cart', () => Object.assign(new Cart(), { count: 1n })],
    ['a circle', 'account.friends.0.of', circle],
    [
      'a toJSON that throws',
      'doc',
      () => ({
        toJSON() {
          throw new Error('no');
        },
      }),
    ],
    [
      'a getter that throws',
      'doc.id',
      () => ({
        get id() {
          throw new Error('no');
        },
      }),
    ],
    ['an object nested too deep', `tree${'.a'.repeat(40)}`, () => nested(10_000)],
  ])('are refused, naming session and key, and nothing is saved: %s', async (_what, path, value) => {
    const given = makeOptions();
    const { errors, request } = setUp(given);
    await request((ctx) => Object.assign(bag(ctx), BEFORE));
    const reply = await request((ctx) => {
      bag(ctx).old = false;
      bag(ctx)[path.split('.', 1)[0] ?? ''] = value();
    });
    expect([reply.status, reply.setCookie]).toEqual([500, []]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(TypeError);
    expect(errors[0]?.message).toContain(`session '${given.key}': ctx.session.${path}`);
    expect(errors[0]?.message).toMatch(/cannot be saved: .+ Keep text, finite numbers/);
    expect(errors[0]?.cause).toBeDefined();
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual(BEFORE);
  });

  it('are refused in a new session too, which is not stored', async () => {
    const { errors, request, browser } = setUp(makeOptions());
    const reply = await request((ctx) => (bag(ctx).count = 1n));
    expect([reply.status, reply.setCookie, browser.jar.cookies.size]).toEqual([500, [], 0]);
    expect(errors[0]?.message).toContain('ctx.session.count cannot be saved');
  });

  it.each<['save' | 'regenerate' | 'manuallyCommit']>([['save'], ['regenerate'], ['manuallyCommit']])(
    'make %s() throw an error that a handler can correct',
    async (method) => {
      const { errors, request } = setUp(makeOptions());
      await request((ctx) => Object.assign(bag(ctx), BEFORE));
      const reply = await request(async (ctx) => {
        bag(ctx).count = 1n;
        const saving = bag(ctx)[method]();
        const error = await saving.catch((error: Error) => error);
        bag(ctx).count = 1;
        return error?.message;
      });
      expect(reply.result).toContain('ctx.session.count cannot be saved');
      expect([reply.status, errors]).toEqual([200, []]);
      expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ ...BEFORE, count: 1 });
    },
  );

  it('make update() throw, whether they were there before or its function sets them', async () => {
    const { request } = setUp(makeOptions());
    await request((ctx) => Object.assign(bag(ctx), BEFORE));
    const reply = await request(async (ctx) => {
      const inside = await bag(ctx)
        .update((data) => Object.assign(data, { user: { id: 1n } }))
        .catch((error: Error) => error.message);
      bag(ctx).count = 1n;
      const before = await bag(ctx)
        .update((data) => Object.assign(data, { old: false }))
        .catch((error: Error) => error.message);
      delete bag(ctx).count;
      return [inside, before];
    });
    expect(reply.result).toEqual([
      expect.stringContaining('ctx.session.user.id cannot be saved'),
      expect.stringContaining('ctx.session.count cannot be saved'),
    ]);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual(BEFORE);
  });

  it('are refused if beforeSave sets them', async () => {
    const { errors, request } = setUp({
      ...makeOptions(),
      beforeSave: (_ctx, session) => void Object.assign(session, { count: 1n }),
    });
    expect((await request((ctx) => (bag(ctx).a = 1))).status).toBe(500);
    expect(errors[0]?.message).toContain('ctx.session.count cannot be saved');
  });
});

it('names the property of the session on ctx', async () => {
  const { errors, request } = setUp({ key: 'second', property: 'basket' });
  await request((ctx) => (bag(ctx, 'basket').count = 1n));
  expect(errors[0]?.message).toContain("session 'second': ctx.basket.count cannot be saved");
});

it('names the key of a getter of the session that throws', async () => {
  const { errors, request } = setUp(options({ store: new MemoryStore() }));
  await request((ctx) => (bag(ctx).a = 1));
  await request((ctx) =>
    Object.defineProperty(ctx.session, 'broken', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    }),
  );
  expect(errors[0]?.message).toContain('ctx.session.broken cannot be saved: Error: no.');
  expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1 });
});

it('names a deeply nested key, which a visitor can send, in a short message', async () => {
  const { errors, request } = setUp(options());
  await request((ctx) => (bag(ctx).posted = nested(300_000)));
  expect(errors[0]?.message).toContain('ctx.session.posted.a.a');
  expect(errors[0]?.message.length).toBeLessThan(400);
});

describe.each(MODES)('data %s that JSON gives back as something else', (_mode, makeOptions) => {
  it.each(CHANGED)('are saved with one warning that names %s (%#)', async (path, value, back) => {
    const given = makeOptions();
    const { errors, request } = setUp(given);
    const set = (n: number) =>
      request((ctx) => {
        bag(ctx)[path.split('.', 1)[0] ?? ''] = value();
        bag(ctx).n = n;
      });
    await set(1);
    expect(warnings()).toEqual([
      expect.stringContaining(`session '${given.key}': ctx.session.${path} will change: `),
    ]);
    expect(warnings()[0]).toMatch(back);
    await set(2);
    expect(warnings()).toHaveLength(1);
    expect(errors).toEqual([]);
    expect((await request((ctx) => bag(ctx).n)).result).toBe(2);
  });

  it.each(CHANGED)('are refused with strictData, naming %s (%#)', async (path, value, back) => {
    const given = { ...makeOptions(), strictData: true };
    const { errors, request } = setUp(given);
    await request((ctx) => Object.assign(bag(ctx), BEFORE));
    const reply = await request((ctx) => {
      bag(ctx)[path.split('.', 1)[0] ?? ''] = value();
      bag(ctx).old = false;
    });
    expect([reply.status, reply.setCookie, warnings()]).toEqual([500, [], []]);
    expect(errors[0]).toBeInstanceOf(TypeError);
    expect(errors[0]?.message).toContain(`session '${given.key}': ctx.session.${path} cannot be saved: `);
    expect(errors[0]?.message).toMatch(back);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual(BEFORE);
  });

  it('cause a warning for each key and each session', async () => {
    const { request } = setUp(makeOptions());
    await request((ctx) => Object.assign(bag(ctx), { a: new Map(), user: { b: new Date(), c: new Set() } }));
    const { request: other } = setUp(makeOptions());
    await other((ctx) => (bag(ctx).a = new Map()));
    expect(warnings().map((text) => /ctx\.\S+/.exec(text)?.[0])).toEqual([
      'ctx.session.a',
      'ctx.session.user.b',
      'ctx.session.user.c',
      'ctx.session.a',
    ]);
  });

  it('cause one warning for all items of a list', async () => {
    const { request } = setUp(makeOptions());
    await request((ctx) => (bag(ctx).visits = [{ at: new Date(1) }, { at: new Date(2) }]));
    expect(warnings()).toHaveLength(1);
  });

  it('are reported if update() finds or sets them', async () => {
    const { request } = setUp({ ...makeOptions(), strictData: true });
    const reply = await request(async (ctx) => {
      const inside = await bag(ctx)
        .update((data) => Object.assign(data, { at: new Date(0) }))
        .catch((error: Error) => error.message);
      bag(ctx).map = new Map();
      const before = await bag(ctx)
        .update((data) => Object.assign(data, { a: 1 }))
        .catch((error: Error) => error.message);
      delete bag(ctx).map;
      return [inside, before];
    });
    expect(reply.result).toEqual([
      expect.stringContaining('ctx.session.at cannot be saved'),
      expect.stringContaining('ctx.session.map cannot be saved'),
    ]);
  });
});

describe.each(MODES)('with strictData, a session %s', (_mode, makeOptions) => {
  it.each<[string, unknown]>([
    ['plain data of all kinds', { a: [1, 'x', true, null, { b: [] }], c: {}, none: null, zero: -0 }],
    ['objects and arrays of another realm', runInNewContext('JSON.parse(\'{"a":[{"b":{}}]}\')')],
    ['objects without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['a member that is undefined, as after a removal', { a: undefined, b: { c: undefined } }],
    ['a function under a key of the session, which is not data', { greet: () => 'hello' }],
    ['data under the names toJSON and constructor', { a: { toJSON: 1, constructor: 'x' } }],
    ['an object that occurs twice', ((shared: object) => ({ a: shared, b: [shared, shared] }))({ c: {} })],
    ['a frozen object', Object.freeze({ a: Object.freeze([1]) })],
    ['a deeply nested object', nested(150)],
    ['a symbol as key, which is not data', { [Symbol('mine')]: 1, a: 1 }],
  ])('takes %s with no warning', async (_what, value) => {
    const { errors, request } = setUp({ ...makeOptions(), strictData: true });
    await request((ctx) =>
      Object.assign(bag(ctx), value, { outer: { ...(value as object), greet: undefined } }),
    );
    await request((ctx) => void (ctx.session = value as object));
    const read = await request((ctx) => JSON.stringify(ctx.session));
    expect([errors, warnings()]).toEqual([[], []]);
    expect(read.result).toBe(
      JSON.stringify(value, (_key, one: unknown) => (typeof one === 'function' ? undefined : one)),
    );
  });
});

/** Gives some keys values that JSON does not have. */
function revive(text: string): unknown {
  return JSON.parse(Buffer.from(text, 'base64').toString(), (key, value: unknown) =>
    key === 'at' ? new Date(0) : key === 'map' ? new Map() : value,
  );
}

describe('data that a store or decoder has revived when they were read', () => {
  class DateStore extends RecordingStore {
    override get(...args: Parameters<RecordingStore['get']>): unknown {
      const record = super.get(...args) as
        | { at?: unknown; map?: unknown; user?: { at?: unknown } }
        | undefined;
      if (!record) return record;
      return { ...record, at: new Date(0), map: new Map(), user: { at: [new Date(0)] } };
    }
  }

  it.each<[string, (more?: SessionOptions) => SessionOptions]>([
    ['a decoder', (more) => options({ decode: revive, ...more })],
    ['a store', (more) => options({ store: new DateStore(false), ...more })],
    ['a store, rolling', (more) => options({ store: new DateStore(false), rolling: true, ...more })],
  ])('but by %s are left alone where handlers leave them alone', async (_who, makeOptions) => {
    const given = makeOptions({ now: () => 0, strictData: true });
    const { errors, request } = setUp(given);
    await request((ctx) =>
      Object.assign(bag(ctx), { at: new Date(0).toJSON(), map: {}, user: { at: [1] }, n: 1 }),
    );
    expect(warnings()).toEqual([]);
    const read = await request((ctx) => bag(ctx).at);
    expect(read.result).toEqual(new Date(0));
    expect([errors, warnings()]).toEqual([[], []]);
  });

  it('cause no report either when another key changes, before and after a save', async () => {
    const store = new (class extends RecordingStore {
      override get(...args: Parameters<RecordingStore['get']>): unknown {
        const record = super.get(...args) as object | undefined;
        return record && { ...record, at: new Date(0), list: [new Date(0)], empty: {} };
      }
    })(false);
    const { errors, request } = setUp(options({ store, strictData: true }));
    await request((ctx) => (bag(ctx).n = 1));
    const reply = await request(async (ctx) => {
      bag(ctx).n = 2;
      await bag(ctx).save();
    });
    expect([reply.status, errors, warnings()]).toEqual([200, [], []]);
    const other = await request((ctx) => (bag(ctx).at = new Date(1)));
    expect(other.status).toBe(500);
    expect(errors[0]?.message).toContain('ctx.session.at cannot be saved: ');
  });
});

describe('an object set as the session', () => {
  it.each<[string, () => object]>([
    ['an array', () => [1]],
    ['a Map', () => new Map([['a', 1]])],
    ['a Date', () => new Date(0)],
    ['a class instance', () => new Cart()],
  ])('is refused with strictData when it is %s, and the session stays as it was', async (_what, value) => {
    const { request } = setUp(options({ strictData: true }));
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => {
      expect(() => void (ctx.session = value())).toThrow(
        /ctx\.session cannot be saved: \w+ comes back as [{"]/,
      );
      return { ...bag(ctx) };
    });
    expect([reply.result, reply.status]).toEqual([{ a: 1 }, 200]);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1 });
  });

  it('causes one warning without strictData, and its own members become data', async () => {
    const { errors, request } = setUp(options());
    await request((ctx) => void (ctx.session = [1]));
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ 0: 1 });
    await request((ctx) => void (ctx.session = [2]));
    await request((ctx) => void (ctx.session = new Map([['a', 1]])));
    expect(warnings()).toEqual([
      expect.stringContaining('ctx.session will change: Array comes back as {…}.'),
      expect.stringContaining('ctx.session will change: Map comes back as {}.'),
    ]);
    expect(errors).toEqual([]);
  });

  it('may be the session itself or a copy of it', async () => {
    const { errors, request } = setUp(options({ strictData: true }));
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => void (ctx.session = Object.assign(ctx.session, { b: 1 })));
    await request((ctx) => void (ctx.session = { ...bag(ctx) }));
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1, b: 1 });
    expect([errors, warnings()]).toEqual([[], []]);
  });
});

it('shares nothing with the handler: a later change of nested data changes nothing', async () => {
  const { request } = setUp(options({ store: new MemoryStore() }));
  const user = { name: 'Ada', roles: ['reader'] };
  await request((ctx) => (bag(ctx).user = user));
  user.roles.push('admin');
  expect((await request((ctx) => bag(ctx).user)).result).toEqual({ name: 'Ada', roles: ['reader'] });
});

it('does not check the data of a request that only reads them', async () => {
  const { request } = setUp(options({ store: new MemoryStore() }));
  await request((ctx) => (bag(ctx).user = { name: 'Ada', cart: {} }));
  const keys = vi.spyOn(Object, 'keys');
  await request((ctx) => {
    keys.mockClear();
    return bag(ctx).user;
  });
  expect(keys.mock.calls.filter(([value]) => 'name' in value)).toEqual([]);
  keys.mockRestore();
});
