/* oxlint-disable vitest/expect-expect -- supertest's own .expect() asserts */
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as afterEvents } from 'node:timers/promises';
import createError from 'http-errors';
import Koa, { type Context } from 'koa';
import { pino } from 'pino';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { parseBody } from './body.ts';
import { errorPages, logAppErrors } from './errors.ts';
import type { ErrorPage } from './errors.ts';
import { listen } from './listen.ts';
import { requestLog } from './request-log.ts';

interface Line {
  msg: string;
  level: number;
  requestId?: string;
  err?: { message: string };
}

function render(page: ErrorPage): string {
  return `<h1>${page.status} ${page.title}</h1><p>${page.message}</p><i>${page.requestId}</i><pre>${page.detail ?? ''}</pre>`;
}

function appWith(respond: Koa.Middleware, { showsStack = false, renderer = render } = {}) {
  const errors: Line[] = [];
  const log = pino(
    { level: 'error' },
    { write: (line: string) => void errors.push(JSON.parse(line) as Line) },
  );
  const app = new Koa();
  app.on('error', logAppErrors(log));
  app.use(requestLog(log));
  app.use(errorPages({ render: renderer, showsStack, log }));
  app.use(respond);
  return { request: supertest(app.callback()), errors };
}

function throwing(thrown: unknown): Koa.Middleware {
  return () => {
    throw thrown;
  };
}

describe('errorPages', () => {
  it('gives Koa’s own 404 a page in HTML', async () => {
    const { request, errors } = appWith(() => {});
    const response = await request.get('/nowhere').set('Accept', 'text/html').expect(404);
    expect(response.type).toBe('text/html');
    expect(response.text).toContain('404 Not Found');
    expect(response.text).toContain(response.headers['x-request-id']);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers['vary']).toBe('Accept');
    expect(errors).toEqual([]);
  });

  it('gives every error status without a body a page and keeps its headers', async () => {
    const { request } = appWith((ctx) => {
      ctx.status = 405;
      ctx.set('Allow', 'GET');
    });
    const response = await request.post('/').set('Accept', 'text/html').expect(405);
    expect(response.headers['allow']).toBe('GET');
    expect(response.text).toContain('405 Method Not Allowed');
  });

  it('leaves an error body that somebody else has written alone', async () => {
    const { request } = appWith((ctx) => {
      ctx.status = 422;
      ctx.body = 'the form again';
    });
    expect((await request.get('/').expect(422)).text).toBe('the form again');
  });

  it('answers JSON to those who want JSON', async () => {
    const { request } = appWith(throwing(createError(409, 'Somebody was faster.')));
    const response = await request.get('/').set('Accept', 'application/json').expect(409);
    expect(response.body).toEqual({
      error: { status: 409, message: 'Somebody was faster.', requestId: response.headers['x-request-id'] },
    });
  });

  it.each(['text/plain', 'image/png'])('answers text to those who accept %s', async (accept) => {
    const { request } = appWith(throwing(createError(409, 'Somebody was faster.')));
    const response = await request.get('/').set('Accept', accept).buffer().expect(409);
    expect(response.type).toBe('text/plain');
    expect(response.text).toMatch(/^409 Conflict\nSomebody was faster\.\nRequest id: \S+\n$/);
  });

  it('answers HEAD with the headers of the page and no body', async () => {
    const { request } = appWith(throwing(createError(410)));
    const response = await request.head('/').expect(410);
    expect(Number(response.headers['content-length'])).toBeGreaterThan(10);
    expect(response.text).toBeFalsy();
  });

  it.each(['text/html', 'application/json', 'text/plain'])(
    'shows nothing internal of a failure by default, as %s',
    async (accept) => {
      const { request, errors } = appWith(throwing(new Error('db at 10.0.0.7 refused ada')));
      const response = await request.get('/').set('Accept', accept).buffer().expect(500);
      expect(response.text).toContain('Something went wrong on our side.');
      expect(response.text).not.toMatch(/10\.0\.0\.7|errors\.test|at /);
      expect(errors).toMatchObject([
        { requestId: response.headers['x-request-id'], err: { message: 'db at 10.0.0.7 refused ada' } },
      ]);
    },
  );

  it('shows the stack of a failure with showsStack', async () => {
    const { request } = appWith(throwing(new Error('broken')), { showsStack: true });
    const response = await request.get('/').set('Accept', 'text/html').expect(500);
    expect(response.text).toMatch(/<pre>Error: broken\n[^]*errors\.test\.ts/);
  });

  it('shows a message only if the error exposes it', async () => {
    const open = appWith(throwing(createError(503, 'Try the other door.', { expose: true })));
    expect((await open.request.get('/').expect(503)).text).toContain('Try the other door.');
    const closed = appWith(throwing(createError(400, 'row 17', { expose: false })));
    expect((await closed.request.get('/').expect(400)).text).not.toContain('row 17');
    const plain = appWith(throwing(Object.assign(new Error('row 17'), { status: 400 })));
    expect((await plain.request.get('/').expect(400)).text).not.toContain('row 17');
  });

  it('takes an error that exposes its message for an answer, and logs no failure', async () => {
    const away = createError(503, 'Try again later.', { expose: true });
    const { request, errors } = appWith(throwing(away), { showsStack: true });
    const response = await request.get('/').set('Accept', 'text/html').expect(503);
    expect(response.text).toContain('<pre></pre>');
    const late = appWith((ctx) => void ctx.app.emit('error', away, ctx));
    await late.request.get('/');
    expect([errors, late.errors]).toEqual([[], []]);
  });

  it('keeps the headers that were set and adds those of the error, each cookie once', async () => {
    const { request } = appWith((ctx) => {
      ctx.set('Content-Security-Policy', "default-src 'none'");
      ctx.set('Set-Cookie', ['a=1', 'b=2']);
      ctx.vary('Cookie');
      throw createError(503, {
        headers: {
          'Retry-After': 7,
          'set-cookie': ['b=2', 'c=3'],
          Vary: 'Origin',
          'Content-Type': 'image/png',
        },
      });
    });
    const { headers, type } = await request.get('/').expect(503);
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'",
      'set-cookie': ['a=1', 'b=2', 'c=3'],
      vary: 'Cookie, Origin, Accept',
      'retry-after': '7',
    });
    expect(type).toBe('text/html');
  });

  it('drops the headers of the body that was given up', async () => {
    const { request } = appWith((ctx) => {
      ctx.attachment('report.csv');
      ctx.set({ ETag: '"1"', 'Content-Encoding': 'gzip', 'Cache-Control': 'public, max-age=9' });
      ctx.body = Readable.from(['half']);
      throw new Error('too late');
    });
    const { headers } = await request.get('/').set('Accept', 'text/html').expect(500);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
    });
    for (const name of ['content-disposition', 'etag', 'content-encoding'])
      expect(headers).not.toHaveProperty(name);
  });

  it.each([undefined, null, 'a string', 42, { status: 400 }, Symbol('s')])(
    'answers 500 when %o is thrown instead of an error',
    async (thrown) => {
      const { request, errors } = appWith(throwing(thrown));
      await request.get('/').expect(500);
      expect(errors[0]?.err?.message).toMatch(/^Something that is no error was thrown: /);
    },
  );

  it.each([200, 99, 999, '404', Number.NaN])(
    'takes an error with the status %o for a 500',
    async (status) => {
      const { request } = appWith(throwing(Object.assign(new Error('odd'), { status })));
      await request.get('/').expect(500);
    },
  );

  it('does not log 4xx as errors', async () => {
    const { request, errors } = appWith(throwing(createError(400)));
    await request.get('/').expect(400);
    expect(errors).toEqual([]);
  });

  it('falls back to text when the page itself fails', async () => {
    const { request, errors } = appWith(throwing(createError(404)), {
      renderer: () => {
        throw new Error('template');
      },
    });
    const response = await request.get('/').set('Accept', 'text/html').buffer().expect(404);
    expect(response.type).toBe('text/plain');
    expect(errors).toMatchObject([{ msg: 'the error page failed', err: { message: 'template' } }]);
  });

  it('cuts a response off that fails half-way, and logs why', async () => {
    const { request, errors } = appWith((ctx) => {
      ctx.respond = false;
      ctx.res.write('half');
      throw new Error('half-way');
    });
    await expect(request.get('/')).rejects.toThrow(/aborted|socket hang up/);
    expect(errors).toMatchObject([{ err: { message: 'half-way' } }]);
  });

  it('logs a stream that breaks after its headers went out', async () => {
    const { request, errors } = appWith((ctx) => {
      ctx.body = new Readable({
        read() {
          if (ctx.headerSent) this.destroy(new Error('disk'));
          else this.push('x'.repeat(100));
        },
      });
    });
    await expect(request.get('/')).rejects.toThrow(/aborted|socket hang up/);
    expect(errors).toMatchObject([{ err: { message: 'disk' } }]);
  });
});

describe('a request aborted by the client is not a failure', () => {
  const POST = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const handlers: [string, Koa.Middleware][] = [
    ['parses the body', parseBody()],
    ['reads the body', async ({ req }) => void (await req.toArray())],
    ['waits', async ({ res }) => void (await once(res, 'close'))],
    ['answers meanwhile', (ctx) => void (ctx.body = new Readable({ read: () => undefined }))],
  ];
  const ways: [string, string, (client: Socket) => unknown][] = [
    ['ends it', 'Content-Length: 9\r\n\r\n{', (client) => client.end()],
    ['resets the connection', 'Content-Length: 9\r\n\r\n{', (client) => client.resetAndDestroy()],
    [
      'sends an invalid chunk',
      'Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
      (client) => client.write('z\r\n'),
    ],
    ['is too slow', 'Content-Length: 9\r\n\r\n{', () => undefined],
  ];
  const cases = handlers.flatMap(([doing, handler]) =>
    ways.map(([way, bytes, act]) => [doing, way, handler, bytes, act] as const),
  );

  it.each(cases)('while the app %s and the client %s', async (_doing, _way, handler, bytes, act) => {
    const lines: Line[] = [];
    const log = pino(
      { level: 'trace' },
      { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
    );
    const events = new EventEmitter();
    const app = new Koa();
    app.on('error', logAppErrors(log));
    app.use(requestLog(log));
    app.use(errorPages({ render, showsStack: false, log }));
    app.use(async (ctx, next) => {
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
    const over = once(events, 'over');
    const arrived = once(events, 'arrived');
    client.write(POST + bytes);
    await arrived;
    act(client);
    await over;
    await afterEvents();
    client.destroy();
    server.close();
    expect(lines.filter(({ level }) => level > 30)).toEqual([]);
    expect(lines.map(({ msg }) => msg)).toContain('request aborted');
  });
});

describe('a failure of something that the request is piped into is one of ours', () => {
  it.each([
    ['its own error', (error: Error) => error],
    ['one that was made of it', (cause: Error) => new Error('upload failed', { cause })],
  ])('as %s', async (_what, thrown) => {
    const { request, errors } = appWith(async ({ req }) => {
      const upstream = new Writable({
        write: (_chunk, _encoding, done) =>
          done(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })),
      });
      await pipeline(req, upstream).catch((error: Error) => {
        throw thrown(error);
      });
    });
    await request.post('/').send('x').expect(500);
    expect(errors).toHaveLength(1);
  });
});

describe('an error that only looks like that of an aborted request', () => {
  it('is a failure of ours: another server has aborted its response', async () => {
    const { request, errors } = appWith(
      throwing(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })),
    );
    await request.get('/').expect(500);
    expect(errors).toHaveLength(1);
  });
});

describe('a body that fails while it is sent', () => {
  it('is a failure of ours, though it has the code of a client that went away', async () => {
    const { request, errors } = appWith((ctx) => {
      ctx.body = new Readable({
        read() {
          if (ctx.headerSent)
            this.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
          else this.push('x'.repeat(100));
        },
      });
    });
    await expect(request.get('/')).rejects.toThrow(/aborted|socket hang up/);
    expect(errors).toHaveLength(1);
  });
});

describe('logAppErrors', () => {
  it('takes whatever an app reports, with any context', () => {
    const errors: string[] = [];
    const report = logAppErrors(
      pino({ level: 'error' }, { write: (line: string) => void errors.push(line) }),
    );
    for (const ctx of [undefined, {}, { req: {} }, { req: { socket: null } }]) {
      report(Object.assign(new Error('broken'), { code: 'ECONNRESET' }), ctx as unknown as Context);
    }
    expect(errors).toHaveLength(4);
  });
});
