import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import Koa from 'koa';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { health } from './health.ts';
import { listen } from './listen.ts';
import { type DrainLimits, drainable, onTerminationSignal } from './shutdown.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A server whose requests to /slow and /stream wait until they are let go. Without limits it waits for nothing else. */
async function slowServer(limits: DrainLimits = { noticeMs: 0, firstRequestMs: 60_000, inFlightMs: 60_000 }) {
  const app = new Koa();
  const events = new EventEmitter();
  const go = once(events, 'go');
  const arrivals: string[] = [];
  app.use(health(app));
  app.use(async (ctx) => {
    if (ctx.path === '/stream') {
      ctx.respond = false;
      ctx.res.write('first ');
    }
    arrivals.push(ctx.path);
    events.emit('arrival');
    if (ctx.path !== '/quick') await go;
    if (ctx.path === '/stream') ctx.res.end('last');
    else ctx.body = 'finished';
  });
  const { server, url } = await listen(app, { host: '127.0.0.1', port: 0 });
  const port = Number(new URL(url).port);
  return {
    drain: drainable(server, app, limits),
    port,
    /** Waits until so many requests are in flight or have been answered. */
    arrived: async (count = 1): Promise<void> => {
      while (arrivals.length < count) await once(events, 'arrival');
    },
    letGo: () => events.emit('go'),
  };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Waits until the server takes no connections any more. */
async function refused(port: number): Promise<void> {
  let isOpen = true;
  while (isOpen) {
    isOpen = await open(port).then(
      (socket) => Boolean(socket.destroy()),
      () => false,
    );
  }
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
}

/** All that comes until the connection is closed. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'close');
  return text;
}

/** Sends a request on a connection that stays open. */
async function exchange(socket: Socket, path: string): Promise<string> {
  socket.write(get(path));
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}

function fakeProcess() {
  const exits: number[] = [];
  const source = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  return { source, exits };
}

describe('drainable', () => {
  it('says at once that it is not ready, and refuses connections 0.3 s later', async () => {
    const { drain, port } = await slowServer({});
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const drained = drain();
    await vi.advanceTimersByTimeAsync(299);
    expect(await exchange(await open(port), '/readyz')).toMatch(/^HTTP\/1.1 503 /);
    expect(await exchange(await open(port), '/quick')).toMatch(/^HTTP\/1.1 200 /);
    await vi.advanceTimersByTimeAsync(1);
    await expect(open(port)).rejects.toThrow('ECONNREFUSED');
    expect(await drained).toBe(true);
  });

  it('lets a request in flight finish, asks its client to close, and refuses new connections', async () => {
    const { drain, port, arrived, letGo } = await slowServer();
    const socket = await open(port);
    socket.write(get('/slow'));
    await arrived();

    const drained = drain();
    await refused(port);
    letGo();

    expect(await readAll(socket)).toMatch(/\r\nConnection: close\r\n[^]*finished$/);
    expect(await drained).toBe(true);
  });

  it('lets all requests of a pipeline finish', async () => {
    const { drain, port, arrived, letGo } = await slowServer();
    const socket = await open(port);
    socket.write(get('/slow') + get('/slow'));
    await arrived(2);

    const drained = drain();
    await refused(port);
    letGo();

    expect(await readAll(socket)).toMatch(/finishedHTTP\/1.1 200 [^]*\r\nConnection: close\r\n[^]*finished$/);
    expect(await drained).toBe(true);
  });

  it('closes the connection of a response that had begun with keep-alive', async () => {
    const { drain, port, arrived, letGo } = await slowServer();
    const socket = await open(port);
    socket.write(get('/stream'));
    await arrived();

    const drained = drain();
    letGo();

    expect(await readAll(socket)).toMatch(/\r\nConnection: keep-alive\r\n[^]*first [^]*last/);
    expect(await drained).toBe(true);
  });

  it('closes idle keep-alive connections at once', async () => {
    const { drain, port } = await slowServer();
    const socket = await open(port);
    await exchange(socket, '/quick');
    const closed = once(socket, 'close');
    expect(await drain()).toBe(true);
    await closed;
  });

  it('answers the first request of a connection that was made just before', async () => {
    const { drain, port } = await slowServer();
    const socket = await open(port);
    await exchange(await open(port), '/quick');
    const drained = drain();
    await refused(port);
    socket.write(get('/quick'));
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 200 [^]*Connection: close/);
    expect(await drained).toBe(true);
  });

  it.each(['', 'GET /quick HTTP/1.1\r\n'])(
    'closes one that has sent no request after a moment (%j)',
    async (bytes) => {
      const { drain, port } = await slowServer({ noticeMs: 0, firstRequestMs: 20 });
      const socket = await open(port);
      socket.write(bytes);
      await exchange(await open(port), '/quick');
      const ended = once(socket.resume(), 'close');
      expect(await drain()).toBe(true);
      await ended;
    },
  );

  it('gives a connection one second for its first request', async () => {
    const { drain, port } = await slowServer({ noticeMs: 0 });
    const [inTime, late] = [await open(port), await open(port)];
    await exchange(await open(port), '/quick');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const drained = drain();
    await vi.advanceTimersByTimeAsync(999);
    expect(await exchange(inTime, '/quick')).toMatch(/^HTTP\/1.1 200 /);
    const ended = once(late.resume(), 'close');
    await vi.advanceTimersByTimeAsync(1);
    await ended;
    expect(await drained).toBe(true);
  });

  it('cuts off what takes more than 10 s, and says so', async () => {
    const { drain, port, arrived } = await slowServer({});
    const socket = await open(port);
    socket.write(get('/slow'));
    await arrived();

    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const drained = drain();
    await vi.advanceTimersByTimeAsync(300);
    vi.advanceTimersByTime(9999);
    expect(await Promise.race([drained, new Promise((resolve) => setImmediate(resolve, 'draining'))])).toBe(
      'draining',
    );
    vi.advanceTimersByTime(1);

    expect(await drained).toBe(false);
    expect(await readAll(socket)).toBe('');
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
    now = 500;
    source.emit('SIGINT', 'SIGINT');
    expect(exits).toEqual([]);

    now = 501;
    source.emit('SIGTERM', 'SIGTERM');
    expect(exits).toEqual([1]);
    expect(calls).toBe(1);
  });
});
