import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionEvent, type SessionOptions, type SessionStore } from './index.ts';
import { bag, Browser, setUp } from './testing/set-up.ts';

/** A store that a test can make fail, by throwing or by rejecting. */
function makeFailing(how: 'throws' | 'rejects') {
  const memory = new MemoryStore();
  const failing = new Set<keyof SessionStore>();
  const answer = (method: keyof SessionStore, work: () => unknown): unknown => {
    if (!failing.has(method)) return work();
    const error = new Error(`${method} failed`);
    if (how === 'throws') throw error;
    return Promise.reject(error);
  };
  const store: SessionStore = {
    get: (id) => answer('get', () => memory.get(id)),
    set: (id, record, ttl) => answer('set', () => memory.set(id, record, ttl)),
    destroy: (id) => answer('destroy', () => memory.destroy(id)),
  };
  return { memory, store, fail: (method: keyof SessionStore) => failing.add(method) };
}

function messages(errors: Error[]): string[] {
  return errors.map(({ message }) => message);
}

describe.each(['throws', 'rejects'] as const)('a store that %s', (how) => {
  it('on get fails only handlers that use the session', async () => {
    const { store, fail } = makeFailing(how);
    const { app, request, errors } = setUp({ store, rolling: true });
    const reported: unknown[] = [];
    app.on('session:store-error', ({ value }: SessionEvent) => reported.push((value as Error).message));
    await request((ctx) => (bag(ctx).a = 1));
    fail('get');
    const untouched = await request(() => 'ran');
    expect([untouched.status, untouched.result, untouched.setCookie]).toEqual([200, 'ran', []]);
    expect([messages(errors), reported]).toEqual([[], ['get failed']]);

    const reply = await request((ctx) => bag(ctx).a);
    expect([reply.status, reply.result]).toEqual([500, undefined]);
    expect([messages(errors), reported]).toEqual([['get failed'], ['get failed', 'get failed']]);
  });

  it.each<[string, object | null]>([
    ['ended', null],
    ['replaced', { b: 1 }],
  ])('on get fails a request by which the session it could not read would be %s', async (_what, value) => {
    const { memory, store, fail } = makeFailing(how);
    const { request, errors, browser } = setUp({ store });
    await request((ctx) => (bag(ctx).a = 1));
    fail('get');
    const reply = await request((ctx) => void (ctx.session = value));
    expect(reply.status).toBe(500);
    expect(messages(errors)).toEqual(['get failed']);
    expect([memory.size, browser.jar.cookies.has('koa.sess')]).toEqual([1, true]);
  });

  it('on get is not asked by requests without a cookie', async () => {
    const { store, fail } = makeFailing(how);
    const { request } = setUp({ store });
    fail('get');
    expect((await request(() => 'ran')).result).toBe('ran');
  });

  it('on set fails the request and sends no cookie', async () => {
    const { store, fail } = makeFailing(how);
    const { request, errors } = setUp({ store });
    fail('set');
    const reply = await request((ctx) => (bag(ctx).a = 1));
    expect([reply.status, reply.setCookie]).toEqual([500, []]);
    expect(messages(errors)).toEqual(['set failed']);
  });

  it('on set makes save() reject, and a handler that catches this does not fail again at the end', async () => {
    const { store, fail } = makeFailing(how);
    const { request, errors } = setUp({ store, autoCommit: false });
    fail('set');
    const promised = await request((ctx) => {
      bag(ctx).a = 1;
      return bag(ctx)
        .save()
        .catch((error: Error) => error.message);
    });
    const called = await request((ctx) => new Promise((done) => bag(ctx).save(done)));
    expect([promised.status, promised.result]).toEqual([200, 'set failed']);
    expect([called.status, called.result]).toEqual([200, new Error('set failed')]);
    expect(errors).toEqual([]);
  });

  it('on destroy fails the logout, and the cookie stays', async () => {
    const { store, fail } = makeFailing(how);
    const { request, errors, browser } = setUp({ store });
    await request((ctx) => (bag(ctx).a = 1));
    fail('destroy');
    const reply = await request((ctx) => void (ctx.session = null));
    expect(reply.status).toBe(500);
    expect(messages(errors)).toEqual(['destroy failed']);
    expect(browser.jar.cookies.has('koa.sess')).toBe(true);
  });

  it('on destroy fails regenerate(), and the session goes on under the new id', async () => {
    const { memory, store, fail } = makeFailing(how);
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).a = 1));
    fail('destroy');
    const reply = await request((ctx) => bag(ctx).regenerate());
    expect([reply.status, reply.setCookie.length]).toEqual([500, 2]);
    expect(memory.size).toBe(2);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it("answers with the handler's own error and reports both", async () => {
    const { store, fail } = makeFailing(how);
    const { request, errors } = setUp({ store });
    fail('set');
    const reply = await request((ctx) => {
      bag(ctx).a = 1;
      ctx.throw(409, 'conflict');
    });
    expect([reply.status, reply.body]).toEqual([409, 'conflict']);
    expect(messages(errors)).toEqual(['set failed', 'conflict']);
  });

  it('works again when it is back', async () => {
    const failing = makeFailing(how);
    let isDown = true;
    const store: SessionStore = {
      ...failing.store,
      set: (...rest) => (isDown ? Promise.reject(new Error('down')) : failing.store.set(...rest)),
    };
    const { request } = setUp({ store });
    expect((await request((ctx) => (bag(ctx).a = 1))).status).toBe(500);
    isDown = false;
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });
});

it('data that are no JSON fail the request and leave what was stored', async () => {
  const { request, errors } = setUp({ store: new MemoryStore() });
  await request((ctx) => (bag(ctx).a = 1));
  const reply = await request((ctx) => (bag(ctx).a = 1n));
  expect(reply.status).toBe(500);
  expect(messages(errors)).toEqual([expect.stringContaining('BigInt')]);
  expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
});

it('regenerate() whose write fails does not lose the session', async () => {
  const memory = new MemoryStore();
  let isDown = false;
  const store: SessionStore = {
    get: (id) => memory.get(id),
    set: (id, record) => (isDown ? Promise.reject(new Error('down')) : memory.set(id, record)),
    destroy: (id) => memory.destroy(id),
  };
  const { request } = setUp({ store });
  await request((ctx) => (bag(ctx).a = 1));
  isDown = true;
  await request((ctx) => bag(ctx).regenerate());
  isDown = false;
  expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
});

describe.each(['at once', 'later'])('a record that the store cannot parse, which it reports %s', (how) => {
  const answer = (work: () => unknown): unknown =>
    how === 'at once' ? work() : Promise.resolve().then(work);

  function makeStore() {
    const texts = new Map<string, string>();
    const store: SessionStore = {
      get: (id) => answer(() => JSON.parse(texts.get(id) ?? 'null') as unknown),
      set: (id, record) => answer(() => texts.set(id, JSON.stringify(record))),
      destroy: (id) => answer(() => texts.delete(id)),
    };
    const breakAll = (): void => {
      for (const id of texts.keys()) texts.set(id, '{"a":');
    };
    return { texts, store, breakAll };
  }

  it.each<[string, SessionOptions]>([
    ['in a store alone', {}],
    ["with onStoreError: 'cookie'", { encrypt: true, onStoreError: 'cookie' }],
    ['with a ContextStore', {}],
  ])('costs its owner the session and nobody else anything, %s', async (kind, options) => {
    const { store, breakAll, texts } = makeStore();
    class ContextStore implements SessionStore {
      get(...rest: Parameters<SessionStore['get']>): unknown {
        return store.get(...rest);
      }
      set(...rest: Parameters<SessionStore['set']>): unknown {
        return store.set(...rest);
      }
      destroy(...rest: Parameters<SessionStore['destroy']>): unknown {
        return store.destroy(...rest);
      }
    }
    const kept = kind === 'with a ContextStore' ? { ContextStore } : { store };
    const { app, request, errors, browser } = setUp({ ...options, ...kept });
    const events: [string, unknown][] = [];
    for (const name of ['invalid', 'store-error']) {
      app.on(`session:${name}`, ({ key }: SessionEvent) => events.push([name, key]));
    }
    const id = (await request((ctx) => ((bag(ctx).a = 1), bag(ctx).externalKey))).result;
    breakAll();
    const broken = new Map(texts);
    const other = new Browser(app);
    await request((ctx) => (bag(ctx).a = 2), {}, other);
    const reply = await request((ctx) => [bag(ctx).isNew, bag(ctx).a]);
    expect([reply.status, reply.result, events]).toEqual([200, [true, undefined], [['invalid', id]]]);
    await request((ctx) => (bag(ctx).a = 3));
    expect((await request((ctx) => bag(ctx).a)).result).toBe(3);
    expect((await request((ctx) => bag(ctx).a, {}, other)).result).toBe(2);
    expect([errors, texts.size, broken.size, browser.jar.cookies.has('koa.sess')]).toEqual([[], 3, 1, true]);
  });

  it('does not prevent a logout', async () => {
    const { store, breakAll } = makeStore();
    const { request, errors, browser } = setUp({ store });
    await request((ctx) => (bag(ctx).a = 1));
    breakAll();
    const reply = await request((ctx) => void (ctx.session = null));
    expect([reply.status, errors, browser.jar.cookies.size]).toEqual([200, [], 0]);
  });

  it('counts as a session that is gone if it breaks during a request', async () => {
    const { store, breakAll } = makeStore();
    const { app, request, errors } = setUp({ store });
    const gone: unknown[] = [];
    app.on('session:gone', ({ value }: SessionEvent) => gone.push(value));
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => {
      bag(ctx).a = 2;
      breakAll();
    });
    expect([reply.status, errors, gone]).toEqual([200, [], [{ a: 2 }]]);
  });
});

it('an error that is no SyntaxError is an error of the store, even if its message mentions syntax', async () => {
  const error = Object.assign(new Error('syntax error at or near "selec"'), { code: '42601' });
  const store: SessionStore = {
    get: () => Promise.reject(error),
    set: () => undefined,
    destroy: () => undefined,
  };
  const { request, errors } = setUp({ store, signed: false });
  const reply = await request((ctx) => bag(ctx).a, { cookie: 'koa.sess=x' });
  expect([reply.status, errors]).toEqual([500, [error]]);
});

function fail(): never {
  throw new SyntaxError('mine');
}

it('a SyntaxError of set(), of valid and of a handler stays an error', async () => {
  const memory = new MemoryStore();
  const store: SessionStore = {
    get: (id) => memory.get(id),
    set: (id, record) => memory.set(id, record),
    destroy: (id) => memory.destroy(id),
  };
  const good = setUp({ store });
  await good.request((ctx) => (bag(ctx).a = 1));
  const cookie = good.browser.jar.header(Date.now());
  for (const options of [{ store: { ...store, set: fail } }, { store, valid: fail }]) {
    const { request, errors } = setUp(options);
    const reply = await request((ctx) => (bag(ctx).a = 2), { cookie });
    expect([reply.status, messages(errors)]).toEqual([500, ['mine']]);
  }
  expect((await good.request(fail)).status).toBe(500);
});
