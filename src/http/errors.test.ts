import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as afterEvents } from 'node:timers/promises';
import createError from 'http-errors';
import Koa, { type Context } from 'koa';
import supertest from 'supertest';
import { describe, expect, it, vi } from 'vitest';
import { parseBody } from './body.ts';
import { errorPages, type ErrorPagesOptions, logAppErrors } from './errors.ts';
import { listen } from './lifecycle.ts';
import { createLog, requestLog } from './log.ts';

const render: ErrorPagesOptions['render'] = ({ status, title, message, requestId, detail = '' }, { state }) =>
  `<h1>${status} ${title}</h1>${message}<i>${requestId}</i><b>${state['user']}</b><pre>${detail}</pre>`;

/** An app and its log: `errors` returns the lines above `info`. */
function appWith(respond: Koa.Middleware, options: Partial<ErrorPagesOptions> = {}) {
  const lines: { level: number; msg: string }[] = [];
  const log = createLog('trace', { write: (line) => void lines.push(JSON.parse(line)) });
  const app = new Koa();
  app.on('error', logAppErrors(log));
  app.use(requestLog(log));
  app.use(errorPages({ render, showsStack: false, log, ...options }));
  app.use(respond);
  const get = (accept = 'text/html') => supertest(app.callback()).get('/').set('Accept', accept).buffer();
  return { app, get, lines, errors: () => lines.filter(({ level }) => level > 30) };
}

const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

const throwing = (thrown: unknown) => async () => Promise.reject(thrown);

async function* half(error: Error) {
  yield 'half';
  throw error;
}

const breaking = (error: Error) => (ctx: Context) => void (ctx.body = Readable.from(half(error)));

const halfWay: Koa.Middleware = (ctx) => {
  ctx.respond = false;
  ctx.res.write('half');
  throw new Error('half-way');
};

const upload = ({ req }: Context) =>
  pipeline(req, new Writable({ write: (_chunk, _encoding, done) => done(reset) }));
const wrapped = (cause: unknown) => Promise.reject(new Error('upload failed', { cause }));

const [HTML, JSON_TYPE, TEXT] = ['text/html', 'application/json', 'text/plain'];
const FORM = { status: 422, body: 'form' };
const conflict = createError(409, 'Somebody was faster.');
const away = createError(503, 'The store is down.', { expose: true });
const internal = createError(400, 'row 17', { expose: false });
const unmarked = Object.assign(new Error('row 17'), { status: 400 });

describe('errorPages', () => {
  const plain = /^409 Conflict\nSomebody was faster\.\nRequest id: \S+\n$/;
  const json = /^{"error":{"status":409,"message":"Somebody was faster.","requestId":"[\w-]{36}"}}$/;
  const hidden = /<h1>400 Bad Request<.h1>Bad Request\.<i>.*<pre><.pre>/;
  const nothing = /<h1>404 Not Found<.h1>There is nothing at this address\.<i>.*<.i><b>Ada<.b>/;
  it.each<[string, Koa.Middleware, string, number, string, RegExp]>([
    ['Koa’s own 404', ({ state }) => void (state['user'] = 'Ada'), HTML, 404, HTML, nothing],
    ['a status without a body', (ctx) => void (ctx.status = 405), HTML, 405, HTML, /405 Method Not Allowed/],
    ['a written body', (ctx) => void Object.assign(ctx.response, FORM), HTML, 422, TEXT, /^form$/],
    ['an error', throwing(conflict), HTML, 409, HTML, /<h1>409 Conflict<.h1>Somebody was faster\.<i>/],
    ['an error for a program', throwing(conflict), JSON_TYPE, 409, JSON_TYPE, json],
    ['an error for a terminal', throwing(conflict), TEXT, 409, TEXT, plain],
    ['an error for an image', throwing(conflict), 'image/png', 409, TEXT, plain],
    ['a 5xx for the client', throwing(away), HTML, 503, HTML, /<.h1>The store is down\.<i>.*<pre><.pre>/],
    ['a 4xx that is not for the client', throwing(internal), HTML, 400, HTML, hidden],
    ['a 4xx that does not say whether it is', throwing(unmarked), HTML, 400, HTML, hidden],
  ])('answers %s as accepted, and logs no failure', async (_, respond, accept, status, type, text) => {
    const { get, errors } = appWith(respond, { showsStack: true });
    const answer = await get(accept);
    expect(answer).toMatchObject({ status, type });
    expect(answer.text).toMatch(text);
    expect(errors()).toEqual([]);
  });

  it.each([HTML, JSON_TYPE, TEXT])('shows a failure’s stack only with showsStack, as %s', async (accept) => {
    const message = 'db at 10.0.0.7 refused ada';
    const { get, errors } = appWith(throwing(new Error(message)));
    const { text, headers } = await get(accept);
    const requestId = headers['x-request-id'];
    expect(text).toContain('Something went wrong on our side.');
    expect(text).toContain(requestId);
    expect(text).not.toMatch(/10\.0\.0\.7|errors\.test|at /);
    expect(errors()).toMatchObject([{ requestId, err: { message } }]);
    const shown = await appWith(throwing(new Error(message)), { showsStack: true }).get(accept);
    const hasStack = /Error: db at 10\.0\.0\.7 refused ada\n[^]*errors\.test\.ts/.test(shown.text);
    expect(hasStack).toBe(accept !== JSON_TYPE);
  });

  const nonErrors = [undefined, null, 'a string', 42, { status: 400 }, Symbol('s')];
  const oddStatuses = [200, 99, 999, '404', Number.NaN];
  it.each([
    ...nonErrors.map((thrown) => [thrown, /^A value that is not an error was thrown: /] as const),
    ...oddStatuses.map((status) => [Object.assign(new Error('odd'), { status }), /^odd$/] as const),
  ])('answers 500 when %o is thrown', async (thrown, logged) => {
    const { get, errors } = appWith(throwing(thrown));
    expect(await get()).toMatchObject({ status: 500 });
    expect(errors()).toMatchObject([{ err: { message: expect.stringMatching(logged) as string } }]);
  });

  it('keeps headers that were set, except those of the lost body, and adds those of the error', async () => {
    const { get } = appWith((ctx) => {
      ctx.set({ 'Content-Security-Policy': "default-src 'none'", Vary: 'Cookie' });
      ctx.set({ ETag: '"1"', 'Content-Encoding': 'gzip', 'Cache-Control': 'public, max-age=9' });
      ctx.set('Set-Cookie', ['a=1', 'b=2']);
      ctx.attachment('report.csv');
      ctx.body = Readable.from(['half']);
      const ofBody = { 'Content-Type': 'image/png', 'Content-Length': 1, 'Cache-Control': 'public' };
      const headers = { 'Retry-After': 7, 'set-cookie': ['b=2', 'c=3'], Vary: 'Origin', 'X-None': null };
      throw createError(503, { headers: { ...headers, ...ofBody } });
    });
    const { headers } = await get();
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'",
      'set-cookie': ['a=1', 'b=2', 'c=3'],
      vary: 'Cookie, Origin, Accept',
      'retry-after': '7',
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
    });
    expect(Object.keys(headers).join()).not.toMatch(/content-disposition|etag|content-encoding|x-none/);
  });

  it('answers with text when the page itself fails', async () => {
    const { get, errors } = appWith(throwing(conflict), { render: () => JSON.parse('<') as string });
    expect(await get()).toMatchObject({ status: 409, type: TEXT });
    expect(errors()).toMatchObject([{ msg: 'the error page failed', err: { type: 'SyntaxError' } }]);
  });
});

const uses: [string, Koa.Middleware][] = [
  ['parses the body', parseBody()],
  ['reads the body', async ({ req }) => void (await req.toArray())],
  ['waits', async ({ res }) => void (await once(res, 'close'))],
  ['answers meanwhile', (ctx) => void (ctx.body = new Readable({ read: () => undefined }))],
];

describe.each(uses)('a request that is aborted while the app %s is not a failure', (_doing, handler) => {
  const LENGTH = 'Content-Length: 9\r\n\r\n{';
  const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n';
  it.each<[string, string, (client: Socket) => unknown]>([
    ['ends it', LENGTH, (client) => client.end()],
    ['resets the connection', LENGTH, (client) => client.resetAndDestroy()],
    ['sends an invalid chunk', CHUNKED, (client) => client.write('z\r\n')],
    ['is too slow', LENGTH, () => undefined],
  ])('when the client %s', async (_way, bytes, act) => {
    const { app, lines, errors } = appWith((ctx, next) => {
      ctx.req.once('data', () => act(client));
      return handler(ctx, next) as unknown;
    });
    const limits = { headersTimeout: 300, requestTimeout: 300, connectionsCheckingInterval: 10 };
    const { server, url } = await listen(app, { host: '127.0.0.1', port: 0 }, limits);
    const client = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    client.resume().write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${bytes}`);
    const isLogged = () => expect(lines.map(({ msg }) => msg)).toContain('request aborted');
    await vi.waitFor(isLogged, { timeout: 60_000, interval: 10 });
    await afterEvents();
    client.destroy();
    server.close();
    expect(errors()).toEqual([]);
  });
});

describe('a failure of ours that only looks like an aborted request is logged', () => {
  it.each<[string, Koa.Middleware]>([
    ['the request is piped into something that fails', upload],
    ['the same, wrapped', (ctx) => upload(ctx).catch(wrapped)],
    [
      'another server aborts its response',
      throwing(Object.assign(new Error('aborted'), { code: reset.code })),
    ],
  ])('and answered with 500: %s', async (_what, respond) => {
    const { app, errors } = appWith(respond);
    expect(await supertest(app.callback()).post('/').send('x')).toMatchObject({ status: 500 });
    expect(errors()).toHaveLength(1);
  });

  it.each<[string, string, Koa.Middleware]>([
    ['a handler fails half-way', 'half-way', halfWay],
    ['a stream breaks', 'disk', breaking(new Error('disk'))],
    ['a stream breaks as if the client had gone', reset.message, breaking(reset)],
  ])('and the response is cut off: %s', async (_what, message, respond) => {
    const { get, errors } = appWith(respond);
    await expect(get()).rejects.toThrow(/aborted|socket hang up/);
    expect(errors()).toMatchObject([{ err: { message } }]);
  });

  it('with any context, unless the error is meant for the client', () => {
    const { app, errors } = appWith(() => undefined);
    for (const ctx of [undefined, {}, { req: {} }, { req: { socket: null } }]) {
      app.emit('error', Object.assign(new Error('broken'), { code: reset.code }), ctx);
      for (const error of [away, internal, unmarked]) app.emit('error', error, ctx);
    }
    expect(errors()).toHaveLength(4);
  });
});
