import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as afterEvents } from 'node:timers/promises';
import createError from 'http-errors';
import Koa, { type Context } from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { parseBody } from './body.ts';
import { errorPages, type ErrorPagesOptions, logAppErrors } from './errors.ts';
import { listen } from './lifecycle.ts';
import { createLog, requestLog } from './log.ts';

const render: ErrorPagesOptions['render'] = ({ status, title, message, requestId, detail = '' }, { state }) =>
  `<h1>${status} ${title}</h1>${message}<i>${requestId}</i><b>${state['user']}</b><pre>${detail}</pre>`;

/** An app whose log is kept: `errors` are its lines above `info`. */
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

function throwing(thrown: unknown): Koa.Middleware {
  return () => {
    throw thrown;
  };
}

/** A stream that sends something and then fails. */
function breaking(error: Error): Readable {
  return Readable.from(
    (async function* half() {
      yield 'half';
      throw error;
    })(),
  );
}

const half: Koa.Middleware = (ctx) => {
  ctx.respond = false;
  ctx.res.write('half');
  throw new Error('half-way');
};

const conflict = createError(409, 'Somebody was faster.');
const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const [HTML, JSON_TYPE, TEXT] = ['text/html', 'application/json', 'text/plain'];

describe('errorPages', () => {
  it('gives Koa’s own 404 a page in HTML, which may show what other middleware has found', async () => {
    const { get, errors } = appWith(({ state }) => void (state['user'] = 'Ada'));
    const { status, type, text, headers } = await get();
    expect([status, type]).toEqual([404, HTML]);
    expect(text).toContain('<h1>404 Not Found</h1>There is nothing at this address.');
    expect(text).toContain(`<i>${headers['x-request-id']}</i><b>Ada</b>`);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Accept' });
    expect(errors()).toEqual([]);
  });

  const page = /^409 Conflict\nSomebody was faster\.\nRequest id: \S+\n$/;
  const json = /^{"error":{"status":409,"message":"Somebody was faster.","requestId":"[\w-]{36}"}}$/;
  it.each<[string, Koa.Middleware, string, number, string, RegExp]>([
    ['a status without a body', (ctx) => void (ctx.status = 405), HTML, 405, HTML, /405 Method Not Allowed/],
    [
      'a written body',
      (ctx) => void Object.assign(ctx, { status: 422, body: 'form' }),
      HTML,
      422,
      TEXT,
      /^form$/,
    ],
    ['an error', throwing(conflict), HTML, 409, HTML, /<h1>409 Conflict<.h1>Somebody was faster\./],
    ['an error for a program', throwing(conflict), JSON_TYPE, 409, JSON_TYPE, json],
    ['an error for a terminal', throwing(conflict), TEXT, 409, TEXT, page],
    ['an error for an image', throwing(conflict), 'image/png', 409, TEXT, page],
  ])('answers %s in the form that the request accepts', async (_, respond, accept, status, type, text) => {
    const answer = await appWith(respond).get(accept);
    expect(answer).toMatchObject({ status, type });
    expect(answer.text).toMatch(text);
  });

  it('answers HEAD with the headers of the page and no body', async () => {
    const { app } = appWith(throwing(conflict));
    const { status, headers, text } = await supertest(app.callback()).head('/');
    expect([status, text ?? '']).toEqual([409, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(10);
  });

  it.each([HTML, JSON_TYPE, TEXT])('shows a failure’s stack only with showsStack, as %s', async (accept) => {
    const message = 'db at 10.0.0.7 refused ada';
    const { get, errors } = appWith(throwing(new Error(message)));
    const { status, text, headers } = await get(accept);
    expect(status).toBe(500);
    expect(text).toContain('Something went wrong on our side.');
    expect(text).not.toMatch(/10\.0\.0\.7|errors\.test|at /);
    expect(errors()).toMatchObject([{ requestId: headers['x-request-id'], err: { message } }]);
    const shown = await appWith(throwing(new Error(message)), { showsStack: true }).get(accept);
    expect(/Error: db at 10\.0\.0\.7 refused ada\n[^]*errors\.test\.ts/.test(shown.text)).toBe(
      accept !== JSON_TYPE,
    );
  });

  const unexposed = Object.assign(new Error('row 17'), { status: 400 });
  it.each([
    ['that exposes its message', createError(503, 'row 17', { expose: true }), 'row 17'],
    ['of the client that does not', createError(400, 'row 17', { expose: false }), 'Bad Request.'],
    ['of the client that does not say', unexposed, 'Bad Request.'],
  ])('takes an error %s for an answer, and logs no failure', async (_, error, message) => {
    const { get, errors } = appWith(throwing(error), { showsStack: true });
    const { status, text } = await get();
    expect(status).toBe(error.status);
    expect(text).toContain(`</h1>${message}<i>`);
    expect(text).toContain('<pre></pre>');
    const late = appWith((ctx) => void ctx.app.emit('error', error, ctx));
    await late.get();
    expect([...errors(), ...late.errors()]).toEqual([]);
  });

  it('keeps the headers that were set and adds those of the error, each cookie once', async () => {
    const { get } = appWith((ctx) => {
      ctx.set({ 'Content-Security-Policy': "default-src 'none'", Vary: 'Cookie' });
      ctx.set('Set-Cookie', ['a=1', 'b=2']);
      const ofBody = { 'Content-Type': 'image/png', 'Content-Length': 1, 'Cache-Control': 'public' };
      const headers = { 'Retry-After': 7, 'set-cookie': ['b=2', 'c=3'], Vary: 'Origin', 'X-None': null };
      throw createError(503, { headers: { ...headers, ...ofBody } });
    });
    const { headers } = await get();
    expect(headers).not.toHaveProperty('x-none');
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'",
      'set-cookie': ['a=1', 'b=2', 'c=3'],
      vary: 'Cookie, Origin, Accept',
      'retry-after': '7',
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
    });
  });

  it('drops the headers of the body that was given up', async () => {
    const { get } = appWith((ctx) => {
      ctx.attachment('report.csv');
      ctx.set({ ETag: '"1"', 'Content-Encoding': 'gzip', 'Cache-Control': 'public, max-age=9' });
      ctx.body = Readable.from(['half']);
      throw new Error('too late');
    });
    const { headers, type } = await get();
    expect([type, headers['cache-control']]).toEqual([HTML, 'no-store']);
    expect(Object.keys(headers).join()).not.toMatch(/content-disposition|etag|content-encoding/);
  });

  it.each([undefined, null, 'a string', 42, { status: 400 }, Symbol('s')])(
    'answers 500 when %o is thrown',
    async (thrown) => {
      const { get, errors } = appWith(throwing(thrown));
      expect(await get()).toMatchObject({ status: 500 });
      const message = expect.stringMatching(/^Something that is no error was thrown: /) as string;
      expect(errors()).toMatchObject([{ err: { message } }]);
    },
  );

  it('answers 500 when an error has another status than those of errors', async () => {
    for (const status of [200, 99, 999, '404', Number.NaN]) {
      const answer = await appWith(throwing(Object.assign(new Error('odd'), { status }))).get();
      expect(answer).toMatchObject({ status: 500 });
    }
  });

  it('falls back to text when the page itself fails', async () => {
    const { get, errors } = appWith(throwing(conflict), { render: () => JSON.parse('<') as string });
    expect(await get()).toMatchObject({ status: 409, type: TEXT });
    expect(errors()).toMatchObject([{ msg: 'the error page failed', err: { type: 'SyntaxError' } }]);
  });
});

describe('a request aborted by the client is not a failure', () => {
  const handlers: [string, Koa.Middleware][] = [
    ['parses the body', parseBody()],
    ['reads the body', async ({ req }) => void (await req.toArray())],
    ['waits', async ({ res }) => void (await once(res, 'close'))],
    ['answers meanwhile', (ctx) => void (ctx.body = new Readable({ read: () => undefined }))],
  ];
  const LENGTH = 'Content-Length: 9\r\n\r\n{';
  const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n';
  const ways: [string, string, (client: Socket) => unknown][] = [
    ['ends it', LENGTH, (client) => client.end()],
    ['resets the connection', LENGTH, (client) => client.resetAndDestroy()],
    ['sends an invalid chunk', CHUNKED, (client) => client.write('z\r\n')],
    ['is too slow', LENGTH, () => undefined],
  ];
  const cases = handlers.flatMap(([doing, handler]) =>
    ways.map(([way, bytes, act]) => [doing, way, handler, bytes, act] as const),
  );

  it.each(cases)('while the app %s and the client %s', async (_doing, _way, handler, bytes, act) => {
    const events = new EventEmitter();
    const { app, lines, errors } = appWith(async (ctx, next) => {
      const closed = once(ctx.res, 'close');
      ctx.req.once('data', () => events.emit('arrived'));
      try {
        await handler(ctx, next);
      } finally {
        void closed.then(() => events.emit('over'));
      }
    });
    const limits = { headersTimeout: 300, requestTimeout: 300, connectionsCheckingInterval: 10 };
    const { server, url } = await listen(app, { host: '127.0.0.1', port: 0 }, limits);
    const client = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    const [over, arrived] = [once(events, 'over'), once(events, 'arrived')];
    client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${bytes}`);
    await arrived;
    act(client);
    await over;
    await afterEvents();
    client.destroy();
    server.close();
    expect(errors()).toEqual([]);
    expect(lines.map(({ msg }) => msg)).toContain('request aborted');
  });
});

describe('a failure of ours that only looks like an aborted request is logged', () => {
  const upload = async ({ req }: Context, thrown: (error: Error) => Error) => {
    const upstream = new Writable({ write: (_chunk, _encoding, done) => done(reset) });
    await pipeline(req, upstream).catch((error: Error) => Promise.reject(thrown(error)));
  };
  const aborted = Object.assign(new Error('aborted'), { code: reset.code });
  it.each<[string, Koa.Middleware]>([
    ['the request is piped into something that fails', (ctx) => upload(ctx, (error) => error)],
    ['the same, wrapped', (ctx) => upload(ctx, (cause) => new Error('upload failed', { cause }))],
    ['another server aborts its response', throwing(aborted)],
  ])('and answered with 500: %s', async (_what, respond) => {
    const { app, errors } = appWith(respond);
    expect(await supertest(app.callback()).post('/').send('x')).toMatchObject({ status: 500 });
    expect(errors()).toHaveLength(1);
  });

  it.each<[string, string, Koa.Middleware]>([
    ['a handler fails half-way', 'half-way', half],
    ['a stream breaks', 'disk', (ctx) => void (ctx.body = breaking(new Error('disk')))],
    ['a stream breaks as if the client had gone', reset.message, (ctx) => void (ctx.body = breaking(reset))],
  ])('and the response is cut off: %s', async (_what, message, respond) => {
    const { get, errors } = appWith(respond);
    await expect(get()).rejects.toThrow(/aborted|socket hang up/);
    expect(errors()).toMatchObject([{ err: { message } }]);
  });

  it('whatever context an app reports', () => {
    const { app, errors } = appWith(() => undefined);
    for (const ctx of [undefined, {}, { req: {} }, { req: { socket: null } }]) {
      app.emit('error', Object.assign(new Error('broken'), { code: 'ECONNRESET' }), ctx);
    }
    expect(errors()).toHaveLength(4);
  });
});
