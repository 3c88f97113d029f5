import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { Writable } from 'node:stream';
import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { createLog, requestLog } from './request-log.ts';
import type { RequestState } from './request-log.ts';

const UUID = /^[\da-f-]{36}$/;

interface Line {
  level: number;
  msg: string;
  method?: string;
  path?: string;
  status?: number;
  ms?: number;
  bytes?: number;
  requestId?: string;
  err?: Record<string, unknown>;
}

/** A log that keeps its output, and can be waited for: a line is written after the client has its response. */
function memoryLog() {
  let output = '';
  const wrote = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output += chunk.toString();
      done();
      this.emit('line');
    },
  });
  const lines = (): Line[] =>
    output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  const line = async (index: number): Promise<Line> => {
    while (lines()[index] === undefined) await once(wrote, 'line');
    return lines()[index] ?? { level: 0, msg: '' };
  };
  return { log: createLog('debug', wrote), line, lines, output: () => output };
}

function loggedApp(log: ReturnType<typeof createLog>, respond: Koa.Middleware) {
  const app = new Koa();
  app.use(requestLog(log));
  app.use(respond);
  return app;
}

describe('requestLog', () => {
  it('writes one line for each finished request, without the query', async () => {
    const { log, line, lines } = memoryLog();
    const app = loggedApp(log, (ctx) => {
      ctx.body = 'x'.repeat(1000);
    });

    const response = await supertest(app.callback()).get('/reset/me?token=s3cret').expect(200);

    expect(await line(0)).toMatchObject({
      msg: 'request',
      method: 'GET',
      path: '/reset/me',
      status: 200,
      requestId: response.headers['x-request-id'],
    });
    expect(lines()).toHaveLength(1);
    expect(lines()[0]?.bytes).toBeGreaterThan(1000);
    expect(lines()[0]?.ms).toBeGreaterThanOrEqual(0);
  });

  it('never shows a cookie, a credential, a query or a body', async () => {
    const { log, line, output } = memoryLog();
    const app = loggedApp(log, (ctx) => {
      const state: Partial<RequestState> = ctx.state;
      ctx.set('Set-Cookie', 'koa.sess=OUTGOING-SECRET');
      ctx.body = 'BODY-SECRET';
      // What somebody may log by mistake:
      state.log?.info({ req: { headers: ctx.headers }, headers: ctx.response.headers }, 'debugging');
      state.log?.info({ ctx: { request: { body: { password: 'FORM-SECRET' } } } }, 'debugging');
      const error = Object.assign(new Error('no'), {
        headers: { 'set-cookie': ['koa.sess=OUTGOING-SECRET'] },
        body: 'FORM-SECRET',
      });
      state.log?.error({ err: error }, 'debugging');
    });

    await supertest(app.callback())
      .post('/login?next=QUERY-SECRET')
      .set('Cookie', 'koa.sess=INCOMING-SECRET')
      .set('Authorization', 'Bearer INCOMING-SECRET')
      .send('password=FORM-SECRET');

    await line(3);
    expect(output()).toContain('[redacted]');
    expect(output()).not.toContain('SECRET');
  });

  it('logs of an error what helps, its stack included, and nothing that hangs on it', async () => {
    const { log, line } = memoryLog();
    log.error(
      {
        err: Object.assign(new TypeError('broken'), { code: 'EBROKEN', status: 503, query: 'token=s3cret' }),
      },
      'failed',
    );
    expect((await line(0)).err).toEqual({
      type: 'TypeError',
      message: 'broken',
      code: 'EBROKEN',
      status: 503,
      stack: expect.stringContaining('request-log.test.ts'),
    });
  });

  it('tells a request that the client gave up from a finished one', async () => {
    const { log, line } = memoryLog();
    const app = loggedApp(log, async (ctx) => {
      client.destroy();
      await once(ctx.req.socket, 'close');
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const client = httpRequest({ host: '127.0.0.1', port, path: '/slow' }).end();
    client.on('error', () => {});

    const logged = await line(0);
    server.close();

    expect(logged).toMatchObject({ msg: 'request aborted', path: '/slow' });
    expect(logged.status).toBeUndefined();
  });

  it.each([
    ['keeps the id of a trusted proxy', true, 'proxy-id.1_a', /^proxy-id\.1_a$/],
    ['makes its own if the id holds anything odd', true, 'a b"c', UUID],
    ['makes its own if the id is endless', true, 'a'.repeat(129), UUID],
    ['makes its own if no proxy is trusted', false, 'proxy-id.1_a', UUID],
  ])('%s', async (_, proxy, sent, expected) => {
    const { log } = memoryLog();
    const app = loggedApp(log, (ctx) => {
      ctx.body = 'ok';
    });
    app.proxy = proxy;

    const response = await supertest(app.callback()).get('/').set('X-Request-Id', sent);

    expect(response.headers['x-request-id']).toMatch(expected);
  });
});
