import { EventEmitter, once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa, { type Context } from 'koa';
import { describe, expect, it } from 'vitest';
import session, { LateWriteError, MemoryStore, type SessionOptions } from './index.ts';
import { bag, setUp } from './testing/set-up.ts';

// Vitest fails the run for any unhandled rejection, which a mistake here would cause.

/** Sends the whole response without Koa. */
function stream(ctx: Context): void {
  ctx.respond = false;
  ctx.res.writeHead(200, { 'content-type': 'text/plain' });
  ctx.res.end('streamed');
}

function useTooLate({ session }: Context): void {
  Reflect.set(session, 'a', 1);
}

const WHAT_TO_DO =
  /^session: 'koa\.sess' was changed after .* Call `await ctx\.session\.save\(\)` before the first byte/;

describe('when the headers are sent already', () => {
  it.each<SessionOptions>([
    {},
    { rolling: true, store: new MemoryStore() },
    { renew: true, store: new MemoryStore() },
  ])('a session that is not changed is no error (%j)', async (options) => {
    const { request, errors } = setUp(options);
    await request((ctx) => (bag(ctx).a = 1));
    const untouched = await request(stream);
    const read = await request((ctx) => {
      stream(ctx);
      return bag(ctx).a;
    });
    expect([untouched.body, read.body, read.result]).toEqual(['streamed', 'streamed', 1]);
    expect(errors).toEqual([]);
  });

  it('a change of a session in the cookie is reported with what to do', async () => {
    const { request, errors } = setUp();
    const reply = await request((ctx) => {
      stream(ctx);
      bag(ctx).a = 1;
    });
    expect([reply.status, reply.body, reply.setCookie]).toEqual([200, 'streamed', []]);
    expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(WHAT_TO_DO)]);
  });

  it('the report says where the session was used too late', async () => {
    const { request, errors } = setUp();
    await request((ctx) => {
      stream(ctx);
      useTooLate(ctx);
    });
    expect(errors[0]).toBeInstanceOf(LateWriteError);
    expect(errors[0]?.message).toMatch(
      /It was used too late at useTooLate \(.*late-write\.test\.ts:\d+:\d+\)$/,
    );
    expect(errors[0]?.cause).toBeInstanceOf(Error);
  });

  it('a change through a reference taken before is reported without a place', async () => {
    const { request, errors } = setUp();
    await request((ctx) => {
      const session = bag(ctx);
      stream(ctx);
      session.a = 1;
    });
    expect(errors[0]?.message).toMatch(/before the first byte of the response\.$/);
    expect(errors[0]?.cause).toBeUndefined();
  });

  it('the end of a session in the cookie is reported as well', async () => {
    const { request, errors } = setUp();
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => {
      stream(ctx);
      ctx.session = null;
    });
    expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(WHAT_TO_DO)]);
  });

  it('the end of an emptied session in the cookie is reported once, however often it is committed', async () => {
    const { app, request, errors } = setUp({ encrypt: true });
    let destroyed = 0;
    app.on('session:destroyed', () => (destroyed += 1));
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => {
      stream(ctx);
      delete bag(ctx).a;
    });
    expect([errors.map(({ name }) => name), destroyed]).toEqual([['LateWriteError'], 1]);
    const late: unknown[] = [];
    await request(async (ctx) => {
      stream(ctx);
      delete bag(ctx).a;
      for (let nth = 0; nth < 2; nth += 1)
        await bag(ctx)
          .manuallyCommit()
          .catch((error: unknown) => late.push(error));
    });
    expect([late.length, errors.length, destroyed]).toEqual([1, 1, 2]);
  });

  it('an emptied session in a store is ended once, and that its cookie stays is no error', async () => {
    const store = new MemoryStore();
    const { app, request, errors } = setUp({ store });
    let destroyed = 0;
    app.on('session:destroyed', () => (destroyed += 1));
    await request((ctx) => (bag(ctx).a = 1));
    await request(async (ctx) => {
      stream(ctx);
      delete bag(ctx).a;
      await bag(ctx).manuallyCommit();
    });
    expect([store.size, errors, destroyed]).toEqual([0, [], 1]);
  });

  it('a new session in a store is reported and not stored, since no client would get its id', async () => {
    const store = new MemoryStore();
    const { request, errors } = setUp({ store });
    await request((ctx) => {
      stream(ctx);
      bag(ctx).a = 1;
    });
    expect(store.size).toBe(0);
    expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(WHAT_TO_DO)]);
  });

  it('a session in a store whose id the browser has is written, and nothing is reported', async () => {
    const { request, errors } = setUp({ store: new MemoryStore() });
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => {
      stream(ctx);
      bag(ctx).a = 2;
    });
    expect([reply.status, reply.body, errors]).toEqual([200, 'streamed', []]);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(2);
  });

  it('a session in a store is ended', async () => {
    const store = new MemoryStore();
    const { request, errors } = setUp({ store });
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => {
      stream(ctx);
      ctx.session = null;
    });
    expect([store.size, errors]).toEqual([0, []]);
  });

  it('regenerate() rejects before anything is destroyed', async () => {
    const { request, errors } = setUp({ store: new MemoryStore() });
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => {
      stream(ctx);
      return bag(ctx)
        .regenerate()
        .catch((error: Error) => error.message);
    });
    expect(reply.result).toMatch(WHAT_TO_DO);
    expect(errors).toEqual([]);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it.each([{}, { store: new MemoryStore() }])(
    'an error of the handler is reported before the late write (%j)',
    async (options) => {
      const { request, errors } = setUp(options);
      await request((ctx) => {
        stream(ctx);
        bag(ctx).a = 1;
        throw new Error('broken');
      });
      expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(WHAT_TO_DO), 'broken']);
    },
  );

  it.each([{}, { store: new MemoryStore() }])(
    'save() before the first byte is all it takes (%j)',
    async (options) => {
      const { request, errors } = setUp(options);
      const reply = await request(async (ctx) => {
        bag(ctx).a = 1;
        await bag(ctx).save();
        ctx.respond = false;
        ctx.res.end('streamed');
      });
      expect([reply.body, errors]).toEqual(['streamed', []]);
      expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
    },
  );

  it('in cookie mode save() works at once, without await', async () => {
    const { request, errors } = setUp();
    const reply = await request((ctx) => {
      bag(ctx).a = 1;
      void bag(ctx).save();
      ctx.respond = false;
      ctx.res.end('streamed');
    });
    expect([reply.body, errors]).toEqual(['streamed', []]);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });
});

it('a client that goes away before the handler is done causes no error', async () => {
  const store = new MemoryStore();
  const app = new Koa();
  app.keys = ['key'];
  const errors: Error[] = [];
  app.on('error', (error: Error) => errors.push(error));
  const steps = new EventEmitter();
  app.use(async (_ctx, next) => {
    await next();
    steps.emit('committed');
  });
  app.use(session({ store }, app));
  app.use(async (ctx) => {
    bag(ctx).a = 1;
    const closed = once(ctx.res, 'close');
    steps.emit('begun');
    await closed;
  });
  const server = createServer((req, res) => void app.callback()(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [begun, committed] = [once(steps, 'begun'), once(steps, 'committed')];
  const client = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const hungUp = once(client, 'error');
  await begun;
  client.destroy();
  await Promise.all([hungUp, committed]);
  server.close();
  expect(store.size).toBe(0);
  expect(errors.filter(({ message }) => message.startsWith('session:'))).toEqual([]);
});

describe('around the moment when headers are sent', () => {
  it('two un-awaited saves in cookie mode both take effect before res.end', async () => {
    const { request, errors } = setUp();
    await request((ctx) => {
      ctx.respond = false;
      bag(ctx).a = 1;
      void bag(ctx).save();
      bag(ctx).b = 2;
      void bag(ctx).save();
      ctx.res.end();
    });
    expect((await request((ctx) => [bag(ctx).a, bag(ctx).b])).result).toEqual([1, 2]);
    expect(errors).toEqual([]);
  });

  it('after key rotation a session can be read once the headers are sent', async () => {
    const { app, request } = setUp();
    await request((ctx) => (bag(ctx).a = 1));
    app.keys = ['new', ...(app.keys as string[])];
    const reply = await request((ctx) => {
      ctx.respond = false;
      ctx.res.end('x');
      return bag(ctx).a;
    });
    expect(reply.result).toBe(1);
  });

  it('reading a rolling session in cookie mode after the headers is not reported as a change', async () => {
    const { request, errors } = setUp({ rolling: true });
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => {
      ctx.respond = false;
      ctx.res.end('x');
      return bag(ctx).a;
    });
    expect(errors).toEqual([]);
  });
});
