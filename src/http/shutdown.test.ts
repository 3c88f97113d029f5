import { EventEmitter, once } from 'node:events';
import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import Koa from 'koa';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { listen } from './listen.ts';
import { drainable, onTerminationSignal } from './shutdown.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A server whose requests to /slow and /stream wait until they are let go. */
async function slowServer() {
  const app = new Koa();
  const events = new EventEmitter();
  const arrived = once(events, 'arrived');
  const go = once(events, 'go');
  app.use(async (ctx) => {
    if (ctx.path === '/stream') {
      ctx.respond = false;
      ctx.res.write('first ');
    }
    events.emit('arrived');
    if (ctx.path !== '/quick') await go;
    if (ctx.path === '/stream') ctx.res.end('last');
    else ctx.body = 'finished';
  });
  const { server, url } = await listen(app, { host: '127.0.0.1', port: 0 });
  const port = Number(new URL(url).port);
  return { drain: drainable(server), port, arrived, letGo: () => events.emit('go') };
}

async function request(
  port: number,
  path: string,
  agent: Agent,
): Promise<IncomingMessage & { text: string }> {
  const [response] = (await once(get({ host: '127.0.0.1', port, path, agent }), 'response')) as [
    IncomingMessage,
  ];
  const text = (await response.toArray()).join('');
  return Object.assign(response, { text });
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

function fakeProcess() {
  const exits: number[] = [];
  const source = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  return { source, exits };
}

describe('drainable', () => {
  it('lets a request in flight finish, asks its client to close, and refuses new connections', async () => {
    const { drain, port, arrived, letGo } = await slowServer();
    const agent = new Agent({ keepAlive: true });
    const response = request(port, '/slow', agent);
    await arrived;

    const drained = drain(60_000);
    await expect(open(port)).rejects.toThrow('ECONNREFUSED');
    letGo();

    expect((await response).text).toBe('finished');
    expect((await response).headers['connection']).toBe('close');
    expect(await drained).toBe(true);
    agent.destroy();
  });

  it('closes the connection of a response that had begun with keep-alive', async () => {
    const { drain, port, arrived, letGo } = await slowServer();
    const agent = new Agent({ keepAlive: true });
    const response = request(port, '/stream', agent);
    await arrived;

    const drained = drain(60_000);
    letGo();

    expect((await response).text).toBe('first last');
    expect((await response).headers['connection']).toBe('keep-alive');
    expect(await drained).toBe(true);
    agent.destroy();
  });

  it('closes idle keep-alive connections at once', async () => {
    const { drain, port } = await slowServer();
    const socket = await open(port);
    socket.write('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    const closed = once(socket.resume(), 'close');
    expect(await drain(60_000)).toBe(true);
    await closed;
  });

  it('answers the first request of a connection that was made just before', async () => {
    const { drain, port } = await slowServer();
    const socket = await open(port);
    const agent = new Agent();
    await request(port, '/quick', agent);
    const drained = drain(60_000);
    socket.write('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n');
    const [response] = (await once(socket, 'data')) as [Buffer];
    expect(response.toString()).toMatch(/^HTTP\/1.1 200 [^]*Connection: close/);
    expect(await drained).toBe(true);
  });

  it('closes connections that have not sent a request after a moment', async () => {
    const { drain, port } = await slowServer();
    const socket = await open(port);
    const agent = new Agent();
    await request(port, '/quick', agent);
    const ended = once(socket.resume(), 'close');
    expect(await drain(60_000)).toBe(true);
    await ended;
  });

  it('cuts off what takes too long, and says so', async () => {
    const { drain, port, arrived } = await slowServer();
    const response = request(port, '/slow', new Agent());
    const failure = response.catch((error: unknown) => error);
    await arrived;

    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const drained = drain(10_000);
    vi.advanceTimersByTime(9999);
    expect(await Promise.race([drained, new Promise((resolve) => setImmediate(resolve, 'draining'))])).toBe(
      'draining',
    );
    vi.advanceTimersByTime(1);

    expect(await drained).toBe(false);
    expect(await failure).toHaveProperty('message', 'socket hang up');
  });
});

describe('onTerminationSignal', () => {
  it.each([
    ['SIGTERM', true, 0],
    ['SIGINT', true, 0],
    ['SIGTERM', false, 1],
  ])('shuts down on %s; if that answers %s it ends with %i', async (signal, clean, code) => {
    const { source, exits } = fakeProcess();
    const signals: string[] = [];
    onTerminationSignal(source, async (received) => {
      signals.push(received);
      return clean;
    });
    source.emit(signal, signal);
    expect(exits).toEqual([]);
    await new Promise(setImmediate);
    expect(signals).toEqual([signal]);
    expect(exits).toEqual([code]);
  });

  it('ends at once on a second signal, but takes the echo of the first for nothing', () => {
    const { source, exits } = fakeProcess();
    let now = 0;
    let calls = 0;
    const never = () => {
      calls += 1;
      return new Promise<boolean>(() => {});
    };
    onTerminationSignal(source, never, () => now);

    source.emit('SIGINT', 'SIGINT');
    now = 20;
    source.emit('SIGINT', 'SIGINT');
    expect(exits).toEqual([]);

    now = 1000;
    source.emit('SIGTERM', 'SIGTERM');
    expect(exits).toEqual([1]);
    expect(calls).toBe(1);
  });
});
