import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import { connect, createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import Koa, { type Context } from 'koa';
import { afterEach, describe, expect, it } from 'vitest';
import session, { LateWriteError, MemoryStore, type SessionOptions } from './index.ts';
import { delayed } from './testing/delayed.ts';
import { bag } from './testing/set-up.ts';

const open: (Server | Http2Server)[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));

const COOKIE = 'koa.sess=the-id';

/**
 * An app with ann's session in a store, behind a proxy that ends TLS, and a request whose client goes away meanwhile.
 */
async function start(http2: boolean, options: SessionOptions = {}) {
  const memory = new MemoryStore();
  const store = delayed(memory, () => new Promise((done) => setImmediate(done)));
  memory.set('the-id', { user: 'ann' });
  const app = new Koa({ proxy: true });
  const errors: Error[] = [];
  app.on('error', (error: Error) => errors.push(error));
  app.use(session({ store, signed: false, secure: true, ...options }, app));
  const { promise: arrived, resolve: arrive } = withResolvers<void>();
  const { promise: handled, resolve: handle } = withResolvers<unknown>();
  let work: ((ctx: Context) => unknown) | undefined;
  app.use(async (ctx) => {
    ctx.body = 'ok';
    const closed = once(ctx.res, 'close');
    arrive();
    await closed;
    const working = (async () => work?.(ctx))();
    handle(await working.catch((error: unknown) => error));
    await working;
  });
  const callback = app.callback() as never;
  const server = http2 ? createHttp2Server(callback) : createServer(callback);
  open.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** The result of the handler, which runs after the client has gone. */
  const abandoned = async (handler: (ctx: Context) => unknown): Promise<unknown> => {
    work = handler;
    const goAway = http2 ? askHttp2(origin) : ask(origin);
    await arrived;
    goAway();
    const result = await handled;
    for (let turns = 10; turns > 0; turns -= 1) await new Promise((done) => void setImmediate(done));
    return result;
  };
  return { memory, errors, abandoned };
}

function ask(origin: string): () => void {
  const client = get(origin, { headers: { cookie: COOKIE, 'x-forwarded-proto': 'https' } });
  client.on('error', () => {
    // The client closes the connection.
  });
  return () => client.destroy();
}

function askHttp2(origin: string): () => void {
  const client = connect(origin);
  const stream = client.request({ ':path': '/', cookie: COOKIE, 'x-forwarded-proto': 'https' });
  stream.on('error', () => {
    // The client cancels the stream.
  });
  return () => {
    stream.close(8);
    client.close();
  };
}

function withResolvers<T>() {
  let settle: ((value: T) => void) | undefined;
  const promise = new Promise<T>((done) => (settle = done));
  return { promise, resolve: (value: T) => settle?.(value) };
}

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
] as const)('a request over %s whose client has gone', (_protocol, http2) => {
  it('cannot regenerate its session: the old id stays valid', async () => {
    const { memory, errors, abandoned } = await start(http2);
    const result = await abandoned((ctx) => bag(ctx).regenerate());
    expect(result).toBeInstanceOf(LateWriteError);
    expect((result as Error).message).toMatch(/when the client had closed the connection/);
    expect(memory.get('the-id')).toMatchObject({ user: 'ann' });
    expect([memory.size, errors.map(({ name }) => name)]).toEqual([1, ['LateWriteError']]);
  });

  it.each<[string, SessionOptions]>([
    ['', {}],
    [', with rolling', { rolling: true }],
  ])('stores what already has its id%s', async (_how, options) => {
    const { memory, errors, abandoned } = await start(http2, options);
    await abandoned((ctx) => (bag(ctx).late = true));
    expect(memory.get('the-id')).toMatchObject({ user: 'ann', late: true });
    expect(errors).toEqual([]);
  });

  it('ends its session', async () => {
    const { memory, errors, abandoned } = await start(http2);
    await abandoned((ctx) => void (ctx.session = null));
    expect([memory.size, errors]).toEqual([0, []]);
  });

  it('begins no session, since no client would get its id, and reports no error of the app', async () => {
    const { memory, errors, abandoned } = await start(http2);
    memory.destroy('the-id');
    await abandoned((ctx) => {
      ctx.session = null;
      ctx.session = { other: 1 };
    });
    expect([memory.size, errors]).toEqual([0, []]);
  });
});
