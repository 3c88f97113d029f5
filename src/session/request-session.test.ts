import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionOptions } from './index.ts';
import { RecordingStore } from './testing/recording-store.ts';
import { type LooseSession, bag, setUp } from './testing/set-up.ts';

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  ['in a store', () => ({ store: new MemoryStore() })],
];

type Method = 'save' | 'regenerate';

/** Calls the method with a callback, as in koa-session, and waits for it. */
function withCallback(session: LooseSession, method: Method): Promise<unknown> {
  return new Promise((done) => {
    expect(session[method]((error) => done(error))).toBeUndefined();
  });
}

describe.each(MODES)('a session %s', (_mode, options) => {
  it('is sent when it is new and has data, and read back on the next request', async () => {
    const { request } = setUp(options());
    expect((await request((ctx) => (bag(ctx).a = 1))).setCookie).toHaveLength(2);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('sends nothing when it is untouched, only read, or new and empty', async () => {
    const { request } = setUp(options());
    expect((await request()).setCookie).toEqual([]);
    expect((await request((ctx) => bag(ctx).a)).setCookie).toEqual([]);
    expect((await request((ctx) => void (ctx.session = {}))).setCookie).toEqual([]);
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request()).setCookie).toEqual([]);
    expect((await request((ctx) => bag(ctx).a)).setCookie).toEqual([]);
  });

  it('sends nothing when a key is set to what it was', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).a = { n: [1] }));
    expect((await request((ctx) => (bag(ctx).a = { n: [1] }))).setCookie).toEqual([]);
  });

  it('saves a change deep in its data', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).a = { n: [1] }));
    await request((ctx) => (bag(ctx).a as { n: number[] }).n.push(2));
    expect((await request((ctx) => bag(ctx).a)).result).toEqual({ n: [1, 2] });
  });

  it('saves a deleted key', async () => {
    const { request } = setUp(options());
    await request((ctx) => Object.assign(bag(ctx), { a: 1, b: 2 }));
    await request((ctx) => delete bag(ctx).a);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ b: 2 });
  });

  it('ends when its last key is deleted', async () => {
    const { request, browser } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => delete bag(ctx).a)).cookie()?.value).toBe('');
    expect(browser.jar.cookies.size).toBe(0);
  });

  it('is saved empty when save() is called', async () => {
    const { request } = setUp(options());
    expect((await request((ctx) => bag(ctx).save())).cookie()?.value).not.toBe('');
    expect((await request((ctx) => bag(ctx).isNew)).result).toBe(false);
  });

  it.each<Method>(['save', 'regenerate'])('answers %s() by a promise or by a callback', async (method) => {
    const { request } = setUp(options());
    const promised = await request(async (ctx) => {
      bag(ctx).a = 1;
      return bag(ctx)[method]();
    });
    expect([promised.status, promised.result]).toEqual([200, undefined]);
    expect(promised.cookie()).toBeDefined();
    const called = await request((ctx) => withCallback(bag(ctx), method));
    expect([called.status, called.result]).toEqual([200, undefined]);
    expect(called.cookie()).toBeDefined();
  });

  it('keeps its data after regenerate()', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => bag(ctx).regenerate());
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('saves what is changed after save()', async () => {
    const { request } = setUp(options());
    await request(async (ctx) => {
      bag(ctx).a = 1;
      await bag(ctx).save();
      bag(ctx).b = 2;
    });
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1, b: 2 });
  });

  it('saves what is changed back after save()', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    await request(async (ctx) => {
      bag(ctx).a = 2;
      await bag(ctx).save();
      bag(ctx).a = 1;
    });
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('cannot be saved once it was set to null', async () => {
    const { request, browser } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    await request(async (ctx) => {
      const held = bag(ctx);
      ctx.session = null;
      await held.save();
      await held.regenerate();
    });
    expect(browser.jar.cookies.size).toBe(0);
  });
});

describe.each(MODES)('with autoCommit false, a session %s', (_mode, options) => {
  it('is not saved automatically', async () => {
    const { request } = setUp({ ...options(), autoCommit: false });
    expect((await request((ctx) => (bag(ctx).a = 1))).setCookie).toEqual([]);
  });

  it.each(['manuallyCommit', 'save', 'regenerate'] as const)('is saved by %s()', async (method) => {
    const { request } = setUp({ ...options(), autoCommit: false });
    const reply = await request(async (ctx) => {
      bag(ctx).a = 1;
      await bag(ctx)[method]();
      bag(ctx).b = 'lost';
    });
    expect(reply.cookie()).toBeDefined();
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1 });
  });

  it('is left alone by manuallyCommit() when nothing has changed', async () => {
    const { request } = setUp({ ...options(), autoCommit: false });
    await request((ctx) => bag(ctx).save());
    expect((await request((ctx) => bag(ctx).manuallyCommit())).setCookie).toEqual([]);
  });

  it('is removed by manuallyCommit() when it was set to null', async () => {
    const { request, browser } = setUp({ ...options(), autoCommit: false });
    await request((ctx) => bag(ctx).save());
    await request((ctx) => {
      const held = bag(ctx);
      ctx.session = null;
      return held.manuallyCommit();
    });
    expect(browser.jar.cookies.size).toBe(0);
  });
});

describe('regenerate() in a store', () => {
  it('gives another id and destroys the old one', async () => {
    const store = new RecordingStore(true);
    const { request } = setUp({ store });
    const before = (await request((ctx) => (bag(ctx).a = 1))).cookie()?.value;
    const reply = await request((ctx) => bag(ctx).regenerate());
    expect(reply.cookie()?.value).toMatch(/^sid-/);
    expect(reply.cookie()?.value).not.toBe(before);
    expect([...store.records.keys()]).toEqual([reply.cookie()?.value]);
  });

  it('of a session that was never stored destroys nothing', async () => {
    const store = new RecordingStore(false);
    const { request } = setUp({ store });
    await request(async (ctx) => {
      bag(ctx).a = 1;
      await bag(ctx).regenerate();
      await bag(ctx).regenerate();
    });
    const [first] = store.calls;
    expect(store.calls.map(({ method }) => method)).toEqual(['set', 'set', 'destroy']);
    expect(store.calls[2]?.id).toBe(first?.id);
    expect(store.records.size).toBe(1);
  });
});
