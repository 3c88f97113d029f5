import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionEvent } from './index.ts';
import { delayed } from './testing/delayed.ts';
import { type LooseSession, bag, setUp } from './testing/set-up.ts';

// koa-session's users call save() without `await`.

/** A MemoryStore that answers later, as a store across a network does; a test can make it fail. */
function later() {
  const memory = new MemoryStore();
  const state = { fails: false };
  const store = delayed(memory, async () => {
    await new Promise((done) => setImmediate(done));
    if (state.fails) throw new Error('the store is down');
  });
  return { memory, store, state };
}

function dataIn(store: MemoryStore, id: unknown): unknown {
  const found = store.read(String(id));
  return typeof found === 'object' ? JSON.parse(found.data) : found;
}

describe('in a store that answers at once, a change of another request', () => {
  it('is merged before save() returns', async () => {
    const store = new MemoryStore();
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request(async (ctx) => {
      const session = bag(ctx);
      await request((other) => (bag(other).b = 2));
      session.a = 3;
      void session.save();
      return dataIn(store, session.externalKey);
    });
    expect(reply.result).toEqual({ a: 3, b: 2 });
  });

  it('is in the new session before regenerate() returns', async () => {
    const store = new MemoryStore();
    const { request } = setUp({ store });
    const former = (await request((ctx) => (bag(ctx).a = 1))).cookie()?.value;
    const reply = await request(async (ctx) => {
      const session = bag(ctx);
      await request((other) => (bag(other).b = 2));
      session.a = 3;
      void session.regenerate();
      return [session.externalKey === former, dataIn(store, session.externalKey), dataIn(store, former)];
    });
    expect(reply.result).toEqual([false, { a: 3, b: 2 }, 'replaced']);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 3, b: 2 });
  });
});

function saveFirst(ctx: Context): Promise<void> {
  bag(ctx).a = 1;
  return bag(ctx).save();
}

const CALLS: [string, (session: LooseSession) => Promise<void>][] = [
  ['save()', (session) => session.save()],
  ['regenerate()', (session) => session.regenerate()],
  ['manuallyCommit()', (session) => session.manuallyCommit()],
];

describe.each(CALLS)('an un-awaited %s', (_name, call) => {
  it('ends the session in its own turn when a handler has set it to null meanwhile', async () => {
    const { store, memory } = later();
    const { app, request } = setUp({ store, autoCommit: false });
    const destroyed: unknown[] = [];
    app.on('session:destroyed', ({ value }: SessionEvent) => destroyed.push(value));
    await request(saveFirst);
    const reply = await request(async (ctx) => {
      bag(ctx).a = 2;
      const done = call(bag(ctx));
      ctx.session = null;
      await done;
      return memory.size;
    });
    expect([reply.result, reply.cookie()?.value]).toEqual([0, '']);
    expect(destroyed.at(0)).toEqual({ a: 2 });
  });

  it('rejects when the store fails', async () => {
    const { store, state } = later();
    const { request } = setUp({ store, autoCommit: false });
    await request(saveFirst);
    let outcome: Promise<unknown> = Promise.resolve();
    await request((ctx) => {
      bag(ctx).a = 2;
      state.fails = true;
      outcome = call(bag(ctx)).then(
        () => 'done',
        (error: Error) => error.message,
      );
    });
    expect(await outcome).toBe('the store is down');
  });
});

/** The unhandled rejections, which would end the process. */
async function unhandledIn(work: () => Promise<unknown>): Promise<unknown[]> {
  // The test runner's listeners would fail the run.
  const others = process.listeners('unhandledRejection');
  const unhandled: unknown[] = [];
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (error) => unhandled.push(error));
  try {
    await work();
    for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setImmediate(done));
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  }
  return unhandled;
}

const UNHEARD: [string, (session: LooseSession) => unknown][] = [
  ...CALLS,
  ['update()', (session) => session.update((data) => Object.assign(data, { b: 1 }))],
  ['save().then(work)', (session) => session.save().then(() => 'saved')],
  ['save().finally(work)', (session) => session.save().finally(() => undefined)],
  ['save().then(a).then(b)', (session) => session.save().then(String).then(String)],
];

describe.each(UNHEARD)('%s that is not awaited', (_name, call) => {
  it('is reported on the app when the store fails, and the process goes on', async () => {
    const { store, state } = later();
    const { request, errors } = setUp({ store, autoCommit: false });
    await request(saveFirst);
    const unhandled = await unhandledIn(() =>
      request((ctx) => {
        bag(ctx).a = 2;
        state.fails = true;
        void call(bag(ctx));
      }),
    );
    expect([unhandled, errors.map(({ message }) => message)]).toEqual([[], ['the store is down']]);
  });
});

it.each(UNHEARD.filter(([name]) => /save|update/.test(name)))(
  '%s that is not awaited is reported when the session ends in another tab meanwhile',
  async (_name, call) => {
    const { store, memory } = later();
    const { request, errors } = setUp({ store, autoCommit: false });
    await request(saveFirst);
    const unhandled = await unhandledIn(() =>
      request((ctx) => {
        bag(ctx).a = 2;
        memory.destroy(String(bag(ctx).externalKey));
        void call(bag(ctx));
      }),
    );
    expect([unhandled, errors.map(({ name }) => name)]).toEqual([[], ['SessionGoneError']]);
  },
);

const tooLarge = (ctx: Context) => Object.assign(bag(ctx), { text: 'x'.repeat(5000) });

describe('save() whose session is too large for its cookie', () => {
  it('is reported if it is not awaited', async () => {
    const { request, errors } = setUp({ autoCommit: false });
    expect(await unhandledIn(() => request((ctx) => void tooLarge(ctx).save()))).toEqual([]);
    expect(errors).toMatchObject([{ name: 'CookieTooLargeError' }]);
  });

  it('is an error only for the handler that awaits it', async () => {
    const { request, errors } = setUp({ autoCommit: false });
    const caught = await request(async (ctx) => {
      const saving = tooLarge(ctx).save();
      return await saving.catch((error: Error) => error.name);
    });
    const awaited = await request(async (ctx) => {
      try {
        await tooLarge(ctx).save();
      } catch (error) {
        return (error as Error).name;
      }
    });
    expect([caught.result, awaited.result]).toEqual(Array(2).fill('CookieTooLargeError'));
    expect(errors).toEqual([]);
  });

  it('is reported on an app without a listener', async () => {
    const { app } = setUp({ autoCommit: false });
    app.removeAllListeners('error');
    const reported: unknown[] = [];
    app.onerror = (error) => reported.push(error);
    const req = Object.assign(new IncomingMessage(new Socket()), { url: '/' });
    const ctx = app.createContext(req, new ServerResponse(req));
    expect(await unhandledIn(async () => void tooLarge(ctx).save())).toEqual([]);
    expect(reported).toMatchObject([{ name: 'CookieTooLargeError' }]);
  });
});

it('a callback that throws is reported on the app', async () => {
  const { request, errors } = setUp();
  const unhandled = await unhandledIn(() =>
    request((ctx) => {
      bag(ctx).save(() => {
        throw new Error('from the callback');
      });
      bag(ctx).regenerate(() => {
        throw new Error('from the other callback');
      });
    }),
  );
  expect(unhandled).toEqual([]);
  expect(errors.map(({ message }) => message)).toEqual(['from the callback', 'from the other callback']);
});

it('an un-awaited save() that has to be tried again does not save what the handler sets later', async () => {
  const { store, memory } = later();
  const { app, request, browser } = setUp({ store });
  const events: string[] = [];
  for (const name of ['saved', 'merged', 'destroyed']) app.on(`session:${name}`, () => events.push(name));
  await request((ctx) => (bag(ctx).a = 1));
  await request(async (ctx) => {
    const session = bag(ctx);
    await request((other) => (bag(other).b = 2));
    session.a = 3;
    void session.save();
    ctx.session = {};
  });
  expect(events.slice(0, 2)).toEqual(['saved', 'merged']);
  expect([events.at(-1), memory.size, browser.jar.cookies.size]).toEqual(['destroyed', 0, 0]);
});

it('a maxAge that a handler sets while a save() of another is under way is saved too', async () => {
  const { store } = later();
  const { request } = setUp({ store });
  await request((ctx) => {
    bag(ctx).a = 1;
    bag(ctx).maxAge = 5_000_000;
    void bag(ctx).save();
    bag(ctx).maxAge = 7_000_000;
  });
  expect((await request((ctx) => bag(ctx).maxAge)).result).toBe(7_000_000);
});

it('null after a save() that was refused because the id was replaced does nothing', async () => {
  const store = new MemoryStore();
  const { request } = setUp({ store });
  await request((ctx) => (bag(ctx).a = 1));
  const reply = await request(async (ctx) => {
    const session = bag(ctx);
    await request((other) => bag(other).regenerate());
    session.a = 2;
    const refused: unknown = await session.save().catch((error: unknown) => error);
    ctx.session = null;
    return refused;
  });
  expect(reply.result).toMatchObject({ code: 'ERR_SESSION_GONE' });
  expect([reply.status, reply.setCookie, store.size]).toEqual([200, [], 1]);
  expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
});

it('null after a save() that was refused since it came with a replaced id does nothing', async () => {
  const store = new MemoryStore();
  const { request, browser } = setUp({ store });
  await request((ctx) => (bag(ctx).a = 1));
  const cookie = browser.jar.header(Date.now());
  await request((ctx) => bag(ctx).regenerate());
  const reply = await request(
    async (ctx) => {
      bag(ctx).a = 2;
      const refused: unknown = await bag(ctx)
        .save()
        .catch((error: unknown) => error);
      ctx.session = null;
      return refused;
    },
    { cookie },
  );
  expect(reply.result).toMatchObject({ code: 'ERR_SESSION_GONE' });
  expect([reply.status, reply.setCookie, store.size]).toEqual([200, [], 1]);
});
