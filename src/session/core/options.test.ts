import Koa from 'koa';
import { describe, expect, it, vi } from 'vitest';
import session, { MemoryStore, type SessionOptions } from '../index.ts';
import { DEFAULT_MAX_AGE, resolveOptions } from './options.ts';
import { bag, setUp } from '../testing/set-up.ts';

const NAMES = (
  'key maxAge autoCommit overwrite httpOnly signed rolling renew secure sameSite domain path partitioned priority ' +
  'encode decode store ContextStore externalKey genid prefix valid beforeSave keys property now maxSessionsPerUser'
).split(' ');

describe('the defaults', () => {
  it("are koa-session's", () => {
    expect(resolveOptions({})).toMatchObject({
      key: 'koa.sess',
      maxAge: DEFAULT_MAX_AGE,
      autoCommit: true,
      overwrite: true,
      httpOnly: true,
      signed: true,
      rolling: false,
      renew: false,
      secure: undefined,
      sameSite: undefined,
      domain: undefined,
      path: undefined,
      partitioned: undefined,
      priority: undefined,
      prefix: '',
      property: 'session',
    });
    expect(DEFAULT_MAX_AGE).toBe(86_400_000);
  });

  it.each(NAMES)('hold for %s: null and undefined', (name) => {
    const defaults = resolveOptions({});
    expect(resolveOptions({ [name]: null })).toEqual(defaults);
    expect(resolveOptions({ [name]: undefined })).toEqual(defaults);
  });

  it('are the same for no options at all, as undefined or as null', async () => {
    for (const none of [undefined, null]) {
      const app = new Koa();
      app.keys = ['key'];
      expect(() => session(none, app)).not.toThrow();
      expect(() => session(app, none)).not.toThrow();
    }
    const { request } = setUp();
    expect((await request((ctx) => (bag(ctx).a = 1))).cookie()).toBeDefined();
  });

  it('allow each user a hundred sessions; Infinity allows any number', () => {
    expect(resolveOptions({}).maxSessionsPerUser).toBe(100);
    for (const maxSessionsPerUser of [1, 5, Infinity])
      expect(resolveOptions({ maxSessionsPerUser })).toMatchObject({ maxSessionsPerUser });
  });

  it('hold for a maxAge of 0, as in koa-session', () => {
    expect(resolveOptions({ maxAge: 0 }).maxAge).toBe(DEFAULT_MAX_AGE);
  });

  it('read the clock at each call, so that a test can replace Date', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 12_345 });
    try {
      expect(resolveOptions({}).now()).toBe(12_345);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("the caller's object", () => {
  it('is accepted frozen and stays as it was', () => {
    const options = Object.freeze({ key: 'sid', sameSite: null, maxAge: undefined });
    const before = { ...options };
    session(options, new Koa());
    expect(options).toEqual(before);
    expect(Object.keys(options)).toEqual(Object.keys(before));
  });

  it('may be changed later without effect', async () => {
    const options: SessionOptions = { key: 'sid' };
    const { request } = setUp(options);
    options.key = 'changed';
    expect((await request((ctx) => (bag(ctx).a = 1))).cookie('sid')).toBeDefined();
  });

  it('may be used for two apps', async () => {
    const options = { key: 'sid' };
    for (const { request } of [setUp(options), setUp(options)]) {
      expect((await request((ctx) => (bag(ctx).a = 1))).cookie('sid')).toBeDefined();
    }
  });
});

describe('maxage, the old name of maxAge', () => {
  it('still works, with a warning', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    try {
      expect(resolveOptions({ maxage: 5000 } as SessionOptions).maxAge).toBe(5000);
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('`maxAge`'), 'DeprecationWarning');
    } finally {
      warn.mockRestore();
    }
  });

  it('is ignored if maxAge is set', () => {
    expect(resolveOptions({ maxage: 5000, maxAge: 7000 } as SessionOptions).maxAge).toBe(7000);
  });
});

describe('a value of the wrong type is refused, naming the option and the value:', () => {
  const wrong: [string, unknown, string][] = [
    ...['key', 'domain', 'path', 'prefix', 'property'].map((name): [string, unknown, string] => [
      name,
      5,
      '5',
    ]),
    ...['autoCommit', 'overwrite', 'httpOnly', 'signed', 'rolling', 'renew', 'secure', 'partitioned'].map(
      (name): [string, unknown, string] => [name, 'yes', '"yes"'],
    ),
    ...['encode', 'decode', 'genid', 'valid', 'beforeSave', 'now'].map((name): [string, unknown, string] => [
      name,
      true,
      'true',
    ]),
    ['key', '', '""'],
    ['maxAge', '1d', '"1d"'],
    ['maxAge', Number.NaN, 'NaN'],
    ['maxAge', Infinity, 'Infinity'],
    ['maxAge', true, 'true'],
    ['ContextStore', 'redis', '"redis"'],
    ...[0, -1, 1.5, Number.NaN, -Infinity, '5', true].map((value): [string, unknown, string] => [
      'maxSessionsPerUser',
      value,
      JSON.stringify(value) === 'null' ? String(value) : JSON.stringify(value),
    ]),
  ];

  it.each(wrong)('%s: %o', (name, value, seen) => {
    const making = (): unknown => session({ [name]: value }, new Koa());
    expect(making).toThrow(TypeError);
    expect(making).toThrow(new RegExp(`option ${name} must be .*, got ${seen}`));
  });

  it.each(['get', 'set', 'destroy'])('a store without %s', (method) => {
    const store = { get: () => undefined, set: () => undefined, destroy: () => undefined, [method]: 5 };
    expect(() => session({ store }, new Koa())).toThrow(`option store.${method} must be a function, got 5`);
    const ContextStore = Object.assign(() => undefined, { prototype: store }) as never;
    expect(() => session({ ContextStore }, new Koa())).toThrow(
      `option ContextStore.prototype.${method} must be a function, got 5`,
    );
  });

  it.each(['get', 'set'])('an externalKey without %s', (method) => {
    const externalKey = { get: () => '', set: () => undefined, [method]: undefined };
    expect(() => session({ externalKey }, new Koa())).toThrow(
      `option externalKey.${method} must be a function, got undefined`,
    );
  });

  it.each([['secret'], [[]], [[5]], [['']]])('keys %j, without printing them', (keys) => {
    const making = (): unknown => session({ keys: keys as never }, new Koa());
    expect(making).toThrow('option keys must be a list of one or more');
    expect(making).not.toThrow('secret');
  });
});

describe('a cookie that cannot be made is refused at set-up:', () => {
  it.each<[string, SessionOptions]>([
    ['a domain with a blank', { domain: 'exa mple.com' }],
    ['a domain with a port', { domain: 'example.com:80' }],
    ['a path with a semicolon', { path: '/a;b' }],
    ['a sameSite that browsers do not know', { sameSite: 'sometimes' as never }],
    ['a priority that browsers do not know', { priority: 'urgent' as never }],
    ['a name with an equals sign', { key: 'a=b' }],
    ['a name with a semicolon', { key: 'a;b' }],
    ['a name with a line break', { key: 'a\nb' }],
  ])('%s', (_name, options) => {
    const [value = ''] = Object.values(options) as string[];
    expect(() => session(options, new Koa())).toThrow(TypeError);
    expect(() => session(options, new Koa())).toThrow(JSON.stringify(value));
  });

  it.each<SessionOptions>([
    { domain: '.example.com' },
    { path: '/app' },
    { sameSite: true },
    { sameSite: false },
    { priority: 'high' },
    { key: '__Host-sid' },
  ])('but not %o', (options) => {
    expect(() => session(options, new Koa())).not.toThrow();
  });
});

it('throws without an app, saying how to call it', () => {
  for (const wrong of [undefined, null, {}, { use: true }]) {
    expect(() => session({}, wrong as never)).toThrow(
      new TypeError('session: app instance required: `session(options, app)`'),
    );
  }
});

it('takes app and options in either order, as koa-session does', async () => {
  const { request } = setUp({ key: 'sid' }, (options, app) => session(app, options));
  expect((await request((ctx) => (bag(ctx).a = 1))).cookie('sid')).toBeDefined();
});

describe('options that are refused, or equal', () => {
  it('refuse a ContextStore that is no class', () => {
    expect(() => session({ ContextStore: (() => new MemoryStore()) as never }, new Koa())).toThrow(
      'ContextStore',
    );
  });

  it('are equal if two arrays have the same keys', () => {
    const app = new Koa();
    session({ keys: ['a'] }, app);
    expect(() => session({ keys: ['a'] }, app)).not.toThrow();
  });

  it('are refused with our message if they are no object', () => {
    expect(() => session('koa.sess' as never, new Koa())).toThrow(/^session:/);
    expect(() => session({ key: Object.create(null) as never }, new Koa())).toThrow(/option key/);
  });

  it('refuse a maxAge that makes dates beyond the range of Date', () => {
    expect(() => session({ maxAge: Number.MAX_SAFE_INTEGER }, new Koa())).toThrow(
      /option maxAge must be .*8000000000000000/,
    );
  });
});
