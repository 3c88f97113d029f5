import { EventEmitter, once } from 'node:events';
import { Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import Koa from 'koa';
import supertest from 'supertest';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { slowness } from '../testing/slowness.ts';
import { DRAINING, drainable, health, listen, onTerminationSignal } from './lifecycle.ts';
import type { DrainLimits, Limits } from './lifecycle.ts';

/** More than the buffers between two programs on one machine hold. */
const LARGE = Buffer.concat([Buffer.alloc(64 * 1024 * 1024, 'x'), Buffer.from('finished')]);
const PART = LARGE.subarray(0, 2 * 1024 * 1024);
const UPLOAD = 'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n';

/** Limits are small, but none may pass because the machine pauses for a moment. */
const scale = await slowness();

/** What the event 'close' brings when the server closed the connection. */
const CUT_OFF = [false];

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A server whose answer depends on the path; for some paths it waits until the test calls `letGo`. */
async function serve({ limits, drain }: { limits?: Limits; drain?: DrainLimits } = {}) {
  const events = new EventEmitter();
  const go = once(events, 'go');
  let arrivals = 0;
  const app = new Koa();
  app.silent = true;
  app.use(health(app));
  app.use(async (ctx) => {
    const { path, req, res } = ctx;
    arrivals += 1;
    ctx.respond = !['/stream', '/late', '/growing'].includes(path);
    if (!ctx.respond) res.write('first ');
    if (path === '/upload') await req.toArray();
    if (['/slow', '/stream', '/late'].includes(path)) await go;
    if (path === '/stream') res.end('finished');
    if (path === '/late' || path === '/growing') res.write(LARGE);
    if (path === '/growing') drip(res, 'more');
    if (ctx.respond) ctx.body = { '/large': LARGE, '/part': PART }[path] ?? 'finished';
  });
  const { server, url } = await listen(app, { host: '127.0.0.1', port: 0 }, limits);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  // Otherwise Node closes after 5 s what the app should have closed.
  server.keepAliveTimeout = 0;
  const port = Number(new URL(url).port);
  /** Sends bytes, reads nothing yet, and returns both ends of the connection. */
  const open = async (bytes = ''): Promise<{ client: Socket; connection: Socket }> => {
    const client = connect(port, '127.0.0.1').pause();
    client.on('error', () => undefined);
    client.write(bytes);
    const [connection] = (await once(server, 'connection')) as [Socket];
    return { client, connection };
  };
  /** Waits until so many requests are in flight or have been answered. */
  const arrived = (count: number) => vi.waitFor(() => expect(arrivals).toBe(count), { timeout: 60_000 });
  const letGo = () => events.emit('go');
  return { server, url, port, open, arrived, letGo, drain: drainable(server, app, drain) };
}

function get(path: string, connection = 'keep-alive'): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`;
}

/** All bytes that come until the connection is closed. */
async function readAll(client: Socket): Promise<string> {
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString())).resume();
  await once(client, 'close');
  return text;
}

/** Sends a request on a connection that stays open. */
async function exchange({ client }: { client: Socket }, path: string): Promise<string> {
  client.write(get(path));
  const [chunk] = (await once(client.resume(), 'data')) as [Buffer];
  return chunk.toString();
}

/** Sends a piece every few ms until the connection is closed. */
function drip(end: Socket | ServerResponse, piece: string): void {
  const timer = setInterval(() => end.write(piece), 5);
  end.once('close', () => clearInterval(timer));
}

describe('listen', () => {
  it('takes a free port for 0, and returns the URL at which it answers', async () => {
    const { server, url } = await serve();
    expect(url).toMatch(/^http:\/\/localhost:[1-9]\d*$/);
    const limits = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1000 };
    expect(server).toMatchObject({ ...limits, timeout: 60_000 });
  });

  it('accepts fifty pipelined requests, and any number of requests that wait for their responses', async () => {
    const { open } = await serve();
    const both = await open();
    for (let nth = 0; nth < 120; nth++) await exchange(both, '/quick');
    both.client.write(get('/quick').repeat(49) + get('/quick', 'close'));
    expect((await readAll(both.client)).match(/HTTP\/1.1 200/g)).toHaveLength(50);
  });

  // Whether a port below 1024 is allowed depends on the machine and the user, so the failures are staged.
  it.each([
    ['EADDRINUSE', 'Port 80 on 127.0.0.1 is taken by another program. Stop it, or set PORT to another'],
    ['EACCES', 'Port 80 on 127.0.0.1 may not be used by this user. Set PORT to 1024 or more.'],
    ['EADDRNOTAVAIL', '127.0.0.1 is not an address of this machine.'],
    ['ENOTFOUND', '127.0.0.1 is not an address of this machine.'],
    ['EWHATEVER', 'Cannot listen on port 80 of 127.0.0.1: listen EWHATEVER'],
  ])('explains %s', async (code, message) => {
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      setImmediate(() => this.emit('error', Object.assign(new Error(`listen ${code}`), { code })));
      return this;
    });
    const failure = { name: 'ListenError', message: expect.stringContaining(message) as string };
    await expect(listen(new Koa(), { host: '127.0.0.1', port: 80 })).rejects.toMatchObject(failure);
  });
});

describe('listen answers 408 and closes the connection', () => {
  const ANSWERED_408 = /(^|finished)HTTP\/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n$/;
  const second = 1000 * scale;
  const limits = { headersTimeout: second, requestTimeout: 1.5 * second, connectionsCheckingInterval: 10 };

  it.each([
    ['when nothing is sent', '', ''],
    ['when headers take too long, though they keep coming', 'GET / HTTP/1.1\r\nHost: x\r\n', 'A: b\r\n'],
    ['when the headers of a later request take too long', `${get('/quick')}GET /`, 'x'],
    ['when a body takes too long, and not while a whole request waits for its response', UPLOAD, 'x'],
  ])('%s', async (_name, bytes, piece) => {
    const { open, letGo } = await serve({ limits });
    const whole = await open(get('/slow', 'close'));
    const { client } = await open(bytes);
    drip(client, piece);
    expect(await readAll(client)).toMatch(ANSWERED_408);
    letGo();
    expect(await readAll(whole.client)).toMatch(/^HTTP\/1.1 200 [^]*finished$/);
  });
});

describe('listen closes a connection', () => {
  const limits = { sendTimeout: 500 * scale };

  it.each([
    ['at the 51st pipelined request', get('/slow').repeat(51)],
    ['whose client reads nothing of a response', get('/large')],
    ['whose client reads nothing of the responses to pipelined requests', get('/part').repeat(50)],
    ['whose client reads nothing of a stream that keeps growing', get('/growing')],
  ])('%s', async (_name, bytes) => {
    const { open } = await serve({ limits });
    const { connection } = await open(bytes);
    expect(await once(connection, 'close')).toEqual(CUT_OFF);
  });

  it('but not one without pending bytes, until there are bytes that the client does not read', async () => {
    const { open, letGo } = await serve({ limits });
    const kept = [await open(get('/slow', 'close')), await open(get('/stream', 'close')), await open(UPLOAD)];
    const { connection } = await open(get('/late'));
    // Twice, because Node may need one period to see that nothing moves.
    for (let nth = 0; nth < 2; nth += 1) await once((await open(get('/large'))).connection, 'close');
    letGo();
    kept.at(-1)?.client.write(LARGE.subarray(0, 1_000_000));
    for (const { client } of kept) expect(await readAll(client)).toContain('finished');
    expect(await once(connection, 'close')).toEqual(CUT_OFF);
  });

  it('but not one whose client reads slowly', async () => {
    const { open } = await serve({ limits: { sendTimeout: 1500 * scale } });
    const slow = await open(get('/large', 'close'));
    const { connection } = await open(get('/large'));
    while (!connection.destroyed) {
      slow.client.read();
      await sleep(20 * scale);
    }
    expect((await readAll(slow.client)).slice(-8)).toBe('finished');
  });

  it('and one that has been idle for keepAliveTimeout', async () => {
    const { server, open } = await serve({ limits });
    server.keepAliveTimeout = 10;
    const { client } = await open(get('/quick'));
    expect(await readAll(client)).toMatch(/finished$/);
  });
});

describe('health', () => {
  const app = new Koa();
  app.use(health(app));
  app.use((ctx) => void (ctx.body = `below: ${ctx.method} ${ctx.path}`));
  const request = supertest(app.callback());

  it.each([
    ['/healthz', 200, 'ok', false],
    ['/readyz', 200, 'ok', false],
    ['/healthz', 200, 'ok', true],
    ['/readyz', 503, 'draining', true],
  ])('answers %s with %i %s, never from a cache; draining: %s', async (path, code, status, drains) => {
    if (drains) app.emit(DRAINING);
    const headers = { 'cache-control': 'no-store', vary: 'Accept' };
    const json = await request.get(path).set('Accept', 'application/json');
    expect(json).toMatchObject({ status: code, body: { status }, headers });
    expect(await request.get(path)).toMatchObject({ status: code, text: `${status}\n`, headers });
    expect(await request.head(path)).toMatchObject({ status: code, headers });
  });

  it('passes everything else on', async () => {
    expect(await request.get('/healthz/more')).toMatchObject({ text: 'below: GET /healthz/more' });
    expect(await request.post('/healthz')).toMatchObject({ text: 'below: POST /healthz' });
  });
});

describe('drainable', () => {
  const patient = { noticeMs: 0, firstRequestMs: 60_000, inFlightMs: 60_000 };

  it('is not ready at once, and refuses connections 0.3 s later', async () => {
    const { drain, open, port } = await serve();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const drained = drain();
    await vi.advanceTimersByTimeAsync(299);
    expect(await exchange(await open(), '/readyz')).toMatch(/^HTTP\/1.1 503 /);
    expect(await exchange(await open(), '/quick')).toMatch(/^HTTP\/1.1 200 /);
    await vi.advanceTimersByTimeAsync(1);
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
    expect(await drained).toBe(true);
  });

  const KEPT = /\r\nConnection: keep-alive\r\n[^]*finished/;
  const CLOSED = /\r\nConnection: close\r\n[^]*finished$/;
  it.each([
    ['a request in flight finish, and asks its client to close', ['/slow'], CLOSED, 1],
    ['all requests of a pipeline finish', ['/slow', '/slow'], CLOSED, 2],
    ['a response finish that began with keep-alive', ['/stream'], KEPT, 1],
    ['an idle connection close', ['/quick'], KEPT, 1],
  ])('lets %s', async (_what, paths, answer, count) => {
    const { server, drain, open, arrived, letGo } = await serve({ drain: patient });
    const { client } = await open(paths.map((path) => get(path)).join(''));
    await arrived(paths.length);
    const drained = drain();
    while (server.listening) await nextTurn();
    letGo();
    const text = await readAll(client);
    expect(text).toMatch(answer);
    expect(text.match(/HTTP\/1.1 \d/g)).toHaveLength(count);
    expect(await drained).toBe(true);
  });

  it('gives a new connection one second for its first request', async () => {
    const limits = { headersTimeout: 0, requestTimeout: 0 };
    const { drain, open } = await serve({ limits, drain: { noticeMs: 0 } });
    const [inTime, silent, halfSent] = [await open(), await open(), await open('GET /quick HTTP/1.1\r\n')];
    await exchange(await open(), '/quick');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const drained = drain();
    await vi.advanceTimersByTimeAsync(999);
    expect(await exchange(inTime, '/quick')).toMatch(/^HTTP\/1.1 200 [^]*Connection: close/);
    const closed = [silent, halfSent].map(({ client }) => once(client.resume(), 'close'));
    expect([silent, halfSent].map(({ client }) => client.destroyed)).toEqual([false, false]);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all(closed);
    expect(await drained).toBe(true);
  });

  it('cuts off what takes more than 10 s, and says so', async () => {
    const { drain, open, arrived } = await serve();
    const { client } = await open(get('/slow'));
    await arrived(1);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const drained = drain();
    await vi.advanceTimersByTimeAsync(300 + 9999);
    expect(await Promise.race([drained, nextTurn('draining')])).toBe('draining');
    vi.advanceTimersByTime(1);
    expect(await drained).toBe(false);
    expect(await readAll(client)).toBe('');
  });
});

function terminable(clean = true) {
  const exit = vi.fn<(code: number) => void>();
  const source = Object.assign(new EventEmitter(), { exit });
  const shutDown = vi.fn<(signal: string) => Promise<boolean>>(async () => clean);
  const clock = { now: 0 };
  onTerminationSignal(source, shutDown, () => clock.now);
  return { exit, shutDown, clock, send: (signal: string) => source.emit(signal, signal) };
}

describe('onTerminationSignal', () => {
  it.each([
    ['SIGTERM', true, 0],
    ['SIGINT', true, 0],
    ['SIGTERM', false, 1],
  ])('shuts down on %s; if that returns %s, the process ends with %i', async (signal, clean, code) => {
    const { exit, shutDown, send } = terminable(clean);
    send(signal);
    expect(exit).not.toHaveBeenCalled();
    await nextTurn();
    expect([shutDown.mock.calls, exit.mock.calls]).toEqual([[[signal]], [[code]]]);
  });

  it('ends at once on a second signal, but ignores the echo of the first', () => {
    const { exit, shutDown, clock, send } = terminable();
    send('SIGINT');
    clock.now = 500;
    send('SIGINT');
    expect(exit).not.toHaveBeenCalled();
    clock.now = 501;
    send('SIGTERM');
    expect([shutDown.mock.calls, exit.mock.calls]).toEqual([[['SIGINT']], [[1]]]);
  });
});
