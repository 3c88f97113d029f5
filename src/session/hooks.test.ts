import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import {
  MemoryRevocations,
  MemoryStore,
  type Session,
  type SessionOptions,
  type SessionRecord,
} from './index.ts';
import { bag, setUp } from './testing/set-up.ts';

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  ['in a store', () => ({ store: new MemoryStore() })],
];

const ANSWERS: [string, (answer: unknown) => unknown][] = [
  ['at once', (answer) => answer],
  ['by a promise', (answer) => Promise.resolve(answer)],
];

describe.each(MODES)('valid, for a session %s,', (_mode, options) => {
  it.each(ANSWERS)('by a falsy answer %s makes the session new', async (_how, answer) => {
    const valid = (_ctx: Context, record: SessionRecord) => answer(record.a !== 1);
    const { request } = setUp({ ...options(), valid });
    const id = (await request((ctx) => (bag(ctx).a = 1))).cookie()?.value;
    const reply = await request((ctx) => [bag(ctx).a, bag(ctx).isNew, bag(ctx).externalKey === id]);
    expect(reply.result).toEqual([undefined, true, false]);
  });

  it.each(ANSWERS)('by a truthy answer %s accepts the session', async (_how, answer) => {
    const { request } = setUp({ ...options(), valid: () => answer(1) });
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => [bag(ctx).a, bag(ctx).isNew])).result).toEqual([1, false]);
  });

  it('gets the context and the whole record', async () => {
    const seen: unknown[] = [];
    const valid = (ctx: Context, record: SessionRecord) => seen.push(ctx, record);
    const { request } = setUp({ ...options(), valid, maxAge: 5000, now: () => 0 });
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => [ctx, bag(ctx).a]);
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe((reply.result as unknown[])[0]);
    // A store of ours also has `_created`.
    const { _created, ...record } = seen[1] as SessionRecord;
    expect(record).toEqual({ a: 1, _expire: 5000, _maxAge: 5000 });
    expect(_created).toBe(options().store ? 0 : undefined);
  });

  it.each(ANSWERS)('may read ctx.session itself: the session stays (answer %s)', async (_how, answer) => {
    const looked: unknown[] = [];
    const valid = (ctx: Context) => {
      looked.push({ ...bag(ctx) });
      return answer(true);
    };
    const { request, errors } = setUp({ ...options(), valid });
    await request((ctx) => (bag(ctx).a = 1));
    const untouched = await request();
    const reply = await request((ctx) => [bag(ctx).a, bag(ctx).isNew]);
    expect([untouched.setCookie, reply.result, reply.setCookie, errors]).toEqual([[], [1, false], [], []]);
    expect(looked.at(-1)).toEqual({});
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('that reads a session and refuses it leaves no trace of it', async () => {
    const { request } = setUp({ ...options(), valid: (ctx) => bag(ctx).a === 1 });
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => [bag(ctx).a, bag(ctx).isNew])).result).toEqual([undefined, true]);
  });

  it('is not called without a session, nor for one that has ended', async () => {
    let now = 0;
    let asked = 0;
    const { request, browser } = setUp({
      ...options(),
      valid: () => (asked += 1),
      maxAge: 5000,
      now: () => now,
    });
    await request((ctx) => (bag(ctx).a = 1));
    const cookie = browser.jar.header(0);
    now = 5001;
    await request((ctx) => bag(ctx).a, { cookie });
    expect(asked).toBe(0);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no answer');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no answer'))],
  ])('that %s fails a handler that reads the session, and lets nothing through', async (_how, valid) => {
    let isBroken = false;
    const { request, errors } = setUp({ ...options(), valid: () => (isBroken ? valid() : true) });
    await request((ctx) => (bag(ctx).a = 1));
    isBroken = true;
    const reply = await request((ctx) => bag(ctx).a);
    expect([reply.status, reply.result]).toEqual([500, undefined]);
    expect(errors.map(({ message }) => message)).toEqual(['no answer']);
  });
});

describe.each(MODES)('beforeSave, for a session %s,', (_mode, options) => {
  it.each(ANSWERS)('may change the session (answer %s)', async (_how, answer) => {
    const beforeSave = (_ctx: Context, session: Session) => {
      const counted = session as Session & { saves?: number };
      counted.saves = (counted.saves ?? 0) + 1;
      return answer(undefined);
    };
    const { request } = setUp({ ...options(), beforeSave });
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => (bag(ctx).a = 2));
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 2, saves: 2 });
  });

  it('is awaited when it changes the session late', async () => {
    const { request } = setUp({
      ...options(),
      beforeSave: async (_ctx, session) => {
        await new Promise((done) => setImmediate(done));
        Object.assign(session, { late: true });
      },
    });
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => bag(ctx).late)).result).toBe(true);
  });

  it('runs for each save and for nothing else', async () => {
    let runs = 0;
    const { request } = setUp({ ...options(), beforeSave: () => (runs += 1) });
    await request((ctx) => bag(ctx).a);
    expect(runs).toBe(0);
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => bag(ctx).a);
    expect(runs).toBe(1);
    await request((ctx) => bag(ctx).save());
    expect(runs).toBe(2);
    await request((ctx) => void (ctx.session = null));
    expect(runs).toBe(2);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('not so');
      },
    ],
    ['rejects', () => Promise.reject(new Error('not so'))],
  ])('that %s fails the request and saves nothing', async (_how, beforeSave) => {
    const { request, errors } = setUp({ ...options(), beforeSave });
    const reply = await request((ctx) => (bag(ctx).a = 1));
    expect([reply.status, reply.setCookie]).toEqual([500, []]);
    expect(errors.map(({ message }) => message)).toEqual(['not so']);
  });

  it.each<[string, () => unknown]>([
    ['a BigInt', () => 1n],
    [
      'a cycle',
      () => {
        const cycle: Record<string, unknown> = {};
        cycle.self = cycle;
        return cycle;
      },
    ],
  ])('may take out %s, which JSON cannot hold, of a new session', async (_what, make) => {
    const { request, errors } = setUp({
      ...options(),
      beforeSave: (_ctx, session) => void Reflect.deleteProperty(session, 'made'),
    });
    const reply = await request((ctx) => Object.assign(bag(ctx), { a: 1, made: make() }));
    expect([reply.status, errors]).toEqual([200, []]);
    await request((ctx) => {
      bag(ctx).made = make();
      return bag(ctx).regenerate();
    });
    expect(errors).toEqual([]);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1 });
  });
});

it.each(ANSWERS)(
  'no session is stored if headers are sent while beforeSave runs (answer %s)',
  async (_how, answer) => {
    const store = new MemoryStore();
    const beforeSave = (ctx: Context) => answer(ctx.res.writeHead(200).flushHeaders());
    const { request } = setUp({ store, beforeSave, autoCommit: false });
    const { result } = await request(async (ctx) => {
      bag(ctx).a = 1;
      const told = await bag(ctx).save().catch(String);
      ctx.res.end();
      return told;
    });
    expect([result, store.size]).toEqual([expect.stringContaining('LateWriteError'), 0]);
  },
);

it.each(['encode', 'genid'])(
  '%s that returns a text that no cookie can hold fails the request',
  async (name) => {
    const store = name === 'genid' ? new MemoryStore() : undefined;
    const { request, errors } = setUp({ [name]: () => 'a;b', store });
    const reply = await request((ctx) => (bag(ctx).a = 1));
    expect([reply.status, reply.setCookie, errors[0]?.name]).toEqual([500, [], 'TypeError']);
  },
);

describe('the id', () => {
  it('is made by genid from the context, without prefix', async () => {
    const { request } = setUp({
      store: new MemoryStore(),
      genid: (ctx) => `mine-${ctx.path}`,
      prefix: 'unused:',
    });
    expect((await request((ctx) => (bag(ctx).a = 1))).cookie()?.value).toBe('mine-/');
  });

  it('begins with prefix', async () => {
    const { request } = setUp({ store: new MemoryStore(), prefix: 'app:' });
    expect((await request((ctx) => (bag(ctx).a = 1))).cookie()?.value).toMatch(/^app:sid-/);
  });

  it('which genid puts into ctx.state is there as soon as the session is used', async () => {
    let made = 0;
    const { request } = setUp({
      store: new MemoryStore(),
      genid: ({ state }) => (state.id = `id-${(made += 1)}`),
    });
    const byKey = await request((ctx) => {
      bag(ctx).a = 1;
      return [ctx.state.id, bag(ctx).externalKey];
    });
    const [id, key] = byKey.result as unknown[];
    expect([id, byKey.cookie()?.value]).toEqual([key, key]);
    const bySetting = await request(
      (ctx) => {
        ctx.session = { a: 1 };
        return ctx.state.id as unknown;
      },
      { cookie: '' },
    );
    expect(bySetting.result).toMatch(/^id-/);
    expect(bySetting.cookie()?.value).toBe(bySetting.result);
    const afterNull = await request((ctx) => {
      ctx.session = null;
      ctx.session = { a: 2 };
      return ctx.state.id as unknown;
    });
    expect(afterNull.cookie()?.value).toBe(afterNull.result);
  });

  it('is not made for requests that do not use the session', async () => {
    let made = 0;
    const { request } = setUp({ store: new MemoryStore(), genid: () => `id-${(made += 1)}` });
    await request();
    await request((ctx) => void (ctx.session = null));
    expect(made).toBe(0);
  });

  it('is made once for a new session and once by regenerate(), and not for other changes', async () => {
    let made = 0;
    const { request } = setUp({ store: new MemoryStore(), genid: () => `id-${(made += 1)}`, rolling: true });
    await request(async (ctx) => {
      bag(ctx).a = 1;
      await bag(ctx).save();
      bag(ctx).a = 2;
    });
    expect(made).toBe(1);
    await request((ctx) => (bag(ctx).a = 3));
    await request((ctx) => void (ctx.session = { a: 4 }));
    await request();
    expect(made).toBe(1);
    await request((ctx) => bag(ctx).regenerate());
    expect(made).toBe(2);
    await request((ctx) => void (ctx.session = null));
    expect(made).toBe(2);
  });

  it('is not made for a cookie that needs no id', async () => {
    let made = 0;
    const { request } = setUp({ genid: () => `id-${(made += 1)}` });
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => bag(ctx).regenerate());
    expect(made).toBe(0);
  });
});

describe.each<[string, () => SessionOptions]>([
  ...MODES,
  ['that can be revoked', () => ({ revocations: new MemoryRevocations(), absoluteMaxAge: 3_600_000 })],
])('userOf, for a session %s,', (_mode, options) => {
  it('is not asked when no session is written', async () => {
    let asked = 0;
    const userOf: SessionOptions['userOf'] = (data) => {
      asked += 1;
      return (data as { user?: string }).user;
    };
    const { request } = setUp({ ...options(), userOf });
    await request();
    await request((ctx) => bag(ctx).a);
    expect(asked).toBe(0);
    await request((ctx) => (bag(ctx).user = 'ann'));
    asked = 0;
    await request();
    await request((ctx) => bag(ctx).user);
    await request((ctx) => (bag(ctx).user = 'ann'));
    expect(asked).toBe(0);
  });
});

/** Revives dates, as a decoder or a store may. */
function withDate(record: SessionRecord): SessionRecord {
  return { ...record, date: new Date(String(record.date)) };
}

describe('encode and decode', () => {
  it('make and read the text of the cookie', async () => {
    const { request } = setUp({
      encode: (record) => encodeURIComponent(JSON.stringify(record)),
      decode: (text) => JSON.parse(decodeURIComponent(text)) as unknown,
    });
    const reply = await request((ctx) => (bag(ctx).a = 'ü'));
    expect(reply.cookie()?.value).toContain('%22a%22%3A%22%C3%BC%22');
    expect((await request((ctx) => bag(ctx).a)).result).toBe('ü');
  });

  it.each<[string, () => SessionOptions]>([
    ['', () => ({})],
    [' and revocations', () => ({ revocations: new MemoryRevocations(), absoluteMaxAge: 3_600_000 })],
  ])('encode gets what JSON makes of the data, once for each cookie%s', async (_with, options) => {
    const encoded: SessionRecord[] = [];
    const { request } = setUp({
      ...options(),
      encode: (record) => {
        encoded.push(record);
        return Buffer.from(JSON.stringify(record)).toString('base64');
      },
    });
    const date = new Date(0);
    await request((ctx) => Object.assign(bag(ctx), { date, left: undefined, list: [undefined] }));
    expect(encoded).toMatchObject([{ date: date.toISOString(), list: [null] }]);
    expect(encoded[0]).not.toHaveProperty('left');
    await request((ctx) => (bag(ctx).a = 1));
    expect(encoded).toHaveLength(2);
    await request((ctx) => bag(ctx).regenerate());
    expect(encoded).toHaveLength(3);
    await request((ctx) => bag(ctx).a);
    await request((ctx) => void (ctx.session = null));
    expect(encoded).toHaveLength(3);
  });

  it('give a Date to handlers and to valid if decode makes one', async () => {
    const asked: unknown[] = [];
    const { request } = setUp({
      decode: (text) => withDate(JSON.parse(Buffer.from(text, 'base64').toString()) as SessionRecord),
      valid: (_ctx, { date }) => asked.push(date),
    });
    const date = new Date(0);
    await request((ctx) => (bag(ctx).date = date));
    const reply = await request((ctx) => bag(ctx).date);
    expect([reply.result, asked, reply.setCookie]).toEqual([date, [date], []]);
  });

  it('make the session new by a SyntaxError', async () => {
    const { request, errors } = setUp({ signed: false });
    const reply = await request((ctx) => bag(ctx).isNew, { cookie: 'koa.sess=nonsense' });
    expect([reply.result, errors]).toEqual([true, []]);
  });

  it('fail the handler that uses the session by any other error, and the cookie is cleared', async () => {
    const { request, errors } = setUp({
      signed: false,
      decode: () => {
        throw new RangeError('not hex');
      },
    });
    const untouched = await request(undefined, { cookie: 'koa.sess=x' });
    expect([untouched.status, untouched.setCookie]).toEqual([200, []]);
    const reply = await request((ctx) => bag(ctx).a, { cookie: 'koa.sess=x' });
    expect([reply.status, reply.cookie()?.value]).toEqual([500, '']);
    expect(errors.map(({ message }) => message)).toEqual(['not hex']);
  });
});

it('in cookie mode a valid that rejects fails only handlers that use the session, as one that throws does', async () => {
  let isBroken = false;
  const { request } = setUp({ valid: () => (isBroken ? Promise.reject(new Error('db')) : true) });
  await request((ctx) => (bag(ctx).a = 1));
  isBroken = true;
  expect((await request()).status).toBe(200);
});
