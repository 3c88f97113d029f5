import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import Koa from 'koa';
import supertest from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import { listen } from './lifecycle.ts';
import { createLog, logOnce, type LogOnce, logSessions, requestLog, type RequestState } from './log.ts';

/** A log that keeps its lines. `line` waits: a request's is written after the client has its response. */
function memoryLog() {
  const lines: string[] = [];
  const written = new EventEmitter();
  const write = (line: string): void => {
    lines.push(line);
    written.emit('line');
  };
  const line = async (index: number): Promise<Record<string, unknown>> => {
    while (lines[index] === undefined) await once(written, 'line');
    return JSON.parse(lines[index]) as Record<string, unknown>;
  };
  return { log: createLog('debug', { write }), line, lines };
}

function loggedApp(respond: Koa.Middleware, proxy = false) {
  const { log, ...rest } = memoryLog();
  const app = new Koa({ proxy });
  app.use(requestLog(log));
  app.use(respond);
  return { app, request: supertest(app.callback()), ...rest };
}

describe('requestLog', () => {
  it('writes one line for each finished request, without the query', async () => {
    const { request, line, lines } = loggedApp((ctx) => void (ctx.body = 'x'.repeat(1000)));
    const { headers } = await request.get('/reset/me?token=s3cret');
    const logged = await line(0);
    const requestId = headers['x-request-id'];
    expect(logged).toMatchObject({
      msg: 'request',
      method: 'GET',
      path: '/reset/me',
      status: 200,
      requestId,
    });
    expect(logged['bytes']).toBeGreaterThan(1000);
    expect(logged['ms']).toBeGreaterThanOrEqual(0);
    expect(lines).toHaveLength(1);
  });

  it('never shows a cookie, a credential, a query or a body', async () => {
    const { request, line, lines } = loggedApp((ctx) => {
      const { log }: Partial<RequestState> = ctx.state;
      ctx.set('Set-Cookie', 'koa.sess=OUTGOING-SECRET');
      ctx.body = 'BODY-SECRET';
      // What somebody may log by mistake:
      log?.info({ req: { headers: ctx.headers }, headers: ctx.response.headers }, 'debugging');
      log?.info({ ctx: { request: { body: { password: 'FORM-SECRET' } } } }, 'debugging');
      const held = { headers: { 'set-cookie': ['koa.sess=OUTGOING-SECRET'] }, body: 'FORM-SECRET' };
      log?.error({ err: Object.assign(new Error('no'), held) }, 'debugging');
    });
    const headers = { Cookie: 'koa.sess=INCOMING-SECRET', Authorization: 'Bearer INCOMING-SECRET' };
    await request.post('/login?next=QUERY-SECRET').set(headers).send('password=FORM-SECRET');
    await line(3);
    expect(lines.join('')).toContain('[redacted]');
    expect(lines.join('')).not.toContain('SECRET');
  });

  it('logs of an error what helps, its stack included, and nothing that hangs on it', async () => {
    const { log, line } = memoryLog();
    const fields = { code: 'EBROKEN', status: 503 };
    log.error({ err: Object.assign(new TypeError('broken'), fields, { query: 'token=s3cret' }) }, 'failed');
    log.error({ err: 'only a text' }, 'failed');
    const stack = expect.stringContaining('log.test.ts') as string;
    expect((await line(0))['err']).toEqual({ type: 'TypeError', message: 'broken', stack, ...fields });
    expect((await line(1))['err']).toBe('only a text');
  });

  it('tells a request that the client gave up from a finished one', async () => {
    const { app, line } = loggedApp(async (ctx) => {
      client.destroy();
      await once(ctx.req.socket, 'close');
    });
    const { server, url } = await listen(app, { host: '127.0.0.1', port: 0 });
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    client.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    const logged = await line(0);
    server.close();
    expect(logged).toMatchObject({ msg: 'request aborted', path: '/slow' });
    expect(logged).not.toHaveProperty('status');
  });

  it.each([
    ['keeps the id of a trusted proxy', true, 'proxy-id.1_a', /^proxy-id\.1_a$/],
    ['makes its own if the id holds anything odd', true, 'a b"c', /^[\da-f-]{36}$/],
    ['makes its own if the id is endless', true, 'a'.repeat(129), /^[\da-f-]{36}$/],
    ['makes its own if no proxy is trusted', false, 'proxy-id.1_a', /^[\da-f-]{36}$/],
  ])('%s', async (_, proxy, sent, expected) => {
    const { request } = loggedApp((ctx) => void (ctx.body = 'ok'), proxy);
    const { headers } = await request.get('/').set('X-Request-Id', sent);
    expect(headers['x-request-id']).toMatch(expected);
  });
});

describe('logOnce logs a failure that goes on', () => {
  let now = 0;
  let told: string[] = [];
  let log: LogOnce;
  beforeEach(() => {
    [now, told] = [0, []];
    log = logOnce(
      (error, times) => told.push(`${String(error)} ${times}`),
      () => now,
    );
  });

  it('once, and each minute how often it happened meanwhile', () => {
    for (let nth = 0; nth < 10_000; nth += 1) log('away');
    now = 59_999;
    log('away');
    expect(told).toEqual(['away 1']);
    now = 60_000;
    log('still away');
    expect(told).toEqual(['away 1', 'still away 10001']);
  });

  it('at once when the one before is over', () => {
    const overAtFirst = log.isOver();
    log('first');
    expect([overAtFirst, log.isOver(), log.isOver()]).toEqual([false, true, false]);
    log('second');
    expect(told).toEqual(['first 1', 'second 1']);
  });
});

describe('logSessions', () => {
  const value = new Error('no connection');
  const err = { message: 'no connection' };
  const lost = { value: { basket: 'a secret' }, ctx: { path: '/buy' } };
  const named = { level: 30, path: '/buy', keys: ['basket'] };

  it.each([
    ['has the error of a store that failed', 'store-error', { value }, { level: 50, err }],
    ['warns of a cookie that was not sent', 'rejected', { value }, { level: 40, err }],
    ['names what was lost with a session that had ended, without values', 'gone', lost, named],
  ])('%s', (_, name, event, expected) => {
    const { log, lines } = memoryLog();
    const app = new EventEmitter();
    logSessions(app, log);
    // A session of another name than the one that is looked for must not break it.
    app.emit('session:saved', { ctx: {} });
    app.emit(`session:${name}`, { fingerprint: '1a2b3c4d', key: 'sid-secret', ...event });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([expected]);
    expect(lines[0]).not.toContain('secret');
  });
});
