import type Koa from 'koa';
import { describe, expect, it } from 'vitest';
import { fingerprint, MemoryStore, type SessionEvent } from './index.ts';
import { base64, bag, setUp } from './testing/set-up.ts';

const NAMES = ['missed', 'expired', 'invalid', 'created', 'saved', 'renewed', 'regenerated', 'destroyed'];

function record(app: Koa): (SessionEvent & { name: string })[] {
  const seen: (SessionEvent & { name: string })[] = [];
  for (const name of NAMES) app.on(`session:${name}`, (event: SessionEvent) => seen.push({ name, ...event }));
  return seen;
}

describe('a session in a store reports', () => {
  it('its whole life, each time with id, fingerprint, data and context', async () => {
    const { app, request } = setUp({ store: new MemoryStore(), maxAge: 5000, now: () => 0, rolling: true });
    const events = record(app);
    const created = await request((ctx) => ((bag(ctx).a = 1), ctx));
    await request((ctx) => (bag(ctx).a = 2));
    await request();
    const regenerated = await request((ctx) => bag(ctx).regenerate());
    await request((ctx) => void (ctx.session = null));
    const [id, newId] = [created.cookie()?.value ?? '', regenerated.cookie()?.value ?? ''];
    expect(events.map(({ name, key, value }) => [name, key, value])).toEqual([
      ['created', id, { a: 1 }],
      ['saved', id, { a: 2 }],
      ['renewed', id, { a: 2 }],
      ['regenerated', newId, { a: 2 }],
      ['destroyed', newId, { a: 2 }],
    ]);
    expect(events.map((event) => event.fingerprint)).toEqual([
      ...[id, id, id].map(fingerprint),
      ...[newId, newId].map(fingerprint),
    ]);
    expect(events[0]?.ctx).toBe(created.result);
  });

  it('missed when the store does not know the id', async () => {
    const { app, request } = setUp({ store: new MemoryStore(), signed: false });
    const events = record(app);
    await request(undefined, { cookie: 'koa.sess=unknown' });
    expect(events).toMatchObject([
      { name: 'missed', key: 'unknown', fingerprint: fingerprint('unknown'), value: undefined },
    ]);
  });

  it('destroyed and created when it is replaced after null', async () => {
    const { app, request } = setUp({ store: new MemoryStore() });
    const old = (await request((ctx) => (bag(ctx).a = 1))).cookie()?.value;
    const events = record(app);
    const reply = await request((ctx) => {
      ctx.session = null;
      ctx.session = { b: 2 };
    });
    expect(events.map(({ name, key }) => [name, key])).toEqual([
      ['destroyed', old],
      ['created', reply.cookie()?.value],
    ]);
  });
});

describe('a session in the cookie reports', () => {
  it('its whole life, without an id', async () => {
    const { app, request } = setUp({ rolling: true });
    const events = record(app);
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => (bag(ctx).a = 2));
    await request();
    await request((ctx) => bag(ctx).regenerate());
    await request((ctx) => {
      if (bag(ctx).a) ctx.session = null;
    });
    expect(events.map(({ name }) => name)).toEqual([
      'created',
      'saved',
      'renewed',
      'regenerated',
      'destroyed',
    ]);
    for (const event of events) expect([event.key, event.fingerprint]).toEqual([undefined, undefined]);
  });

  it.each<[string, unknown, object]>([
    ['missed', null, { value: null }],
    ['invalid', [1], { value: [1] }],
    ['invalid', 'text', { value: 'text' }],
    ['expired', { a: 1, _expire: 4999 }, { value: { a: 1, _expire: 4999 } }],
    ['invalid', { a: 'refused' }, { value: { a: 'refused' } }],
  ])('%s for a cookie of %j', async (name, payload, expected) => {
    const { app, request } = setUp({
      signed: false,
      now: () => 5000,
      valid: (_ctx, { a }) => a !== 'refused',
    });
    const events = record(app);
    const reply = await request((ctx) => bag(ctx).isNew, { cookie: `koa.sess=${base64(payload)}` });
    expect(reply.result).toBe(true);
    expect(events).toMatchObject([{ name, ...expected }]);
  });
});

describe('nothing is reported', () => {
  it('when a session is only read, or new and untouched', async () => {
    const { app, request } = setUp({ store: new MemoryStore() });
    await request((ctx) => (bag(ctx).a = 1));
    const events = record(app);
    await request((ctx) => bag(ctx).a);
    await request((ctx) => bag(ctx).a, { cookie: 'none=1' });
    expect(events).toEqual([]);
  });

  it('before the handler and the middleware are done', async () => {
    const { app, request } = setUp();
    const events = record(app);
    const reply = await request(async (ctx) => {
      bag(ctx).a = 1;
      await bag(ctx).save();
      return events.length;
    });
    expect(reply.result).toBe(0);
    expect(events).toHaveLength(1);
  });
});

it('ending a session in the cookie is reported even if nobody read it before', async () => {
  const { app, request } = setUp();
  let times = 0;
  app.on('session:destroyed', () => (times += 1));
  await request((ctx) => (bag(ctx).a = 1));
  await request((ctx) => void (ctx.session = null));
  expect(times).toBe(1);
});
