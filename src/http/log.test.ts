import { EventEmitter, once } from 'node:events';
import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it, vi } from 'vitest';
import { createLog, logOnce, logSessions, requestLog, type RequestState } from './log.ts';

/** A log in memory. `line` waits, because a request's line is written after the client has its response. */
function memoryLog() {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const line = (index: number) =>
    vi.waitFor(() => JSON.parse(lines[index] ?? '') as Record<string, unknown>, { timeout: 60_000 });
  return { log, line, lines };
}

function loggedApp(respond: Koa.Middleware, proxy = false) {
  const { log, ...rest } = memoryLog();
  const app = new Koa({ proxy });
  app.use(requestLog(log));
  app.use(respond);
  return { request: supertest(app.callback()), ...rest };
}

describe('requestLog', () => {
  it('writes one line for each finished request, without the query', async () => {
    const { request, line, lines } = loggedApp((ctx) => void (ctx.body = 'x'.repeat(1000)));
    const { headers } = await request.get('/reset/me?token=s3cret');
    const { bytes, ms, ...logged } = await line(0);
    const requestId: unknown = headers['x-request-id'];
    const expected = { msg: 'request', method: 'GET', path: '/reset/me', status: 200, requestId };
    expect(logged).toMatchObject(expected);
    expect(bytes).toBeGreaterThan(1000);
    expect(ms).toBeGreaterThanOrEqual(0);
    expect(lines).toHaveLength(1);
  });

  it('never shows a cookie, a credential, a query or a body', async () => {
    const { request, line, lines } = loggedApp((ctx) => {
      const { log }: Partial<RequestState> = ctx.state;
      ctx.set('Set-Cookie', 'koa.sess=OUTGOING-SECRET');
      ctx.body = 'BODY-SECRET';
      // Logged by mistake:
      log?.info({ req: { headers: ctx.headers }, headers: ctx.response.headers }, 'debugging');
      log?.info({ job: { ctx: { request: { body: 'FORM-SECRET' } } } }, 'debugging');
    });
    const headers = { Cookie: 'koa.sess=INCOMING-SECRET', Authorization: 'Bearer INCOMING-SECRET' };
    await request.post('/login?next=QUERY-SECRET').set(headers).send('password=FORM-SECRET');
    await line(2);
    expect(lines.join('')).toContain('[redacted]');
    expect(lines.join('')).not.toContain('SECRET');
  });

  it('logs an error with its stack, and nothing that is attached to it', async () => {
    const { log, line } = memoryLog();
    const fields = { code: 'EBROKEN', status: 503 };
    const held = { headers: { 'set-cookie': ['a=s3cret'] }, body: 's3cret', query: 'token=s3cret' };
    log.error({ err: Object.assign(new TypeError('broken'), fields, held) }, 'failed');
    log.error({ err: 'only a text' }, 'failed');
    const stack = expect.stringContaining('log.test.ts') as string;
    expect((await line(0))['err']).toEqual({ type: 'TypeError', message: 'broken', stack, ...fields });
    expect((await line(1))['err']).toBe('only a text');
  });

  it('distinguishes an aborted request from a finished one', async () => {
    const { request, line } = loggedApp(async (ctx) => {
      sent.abort();
      await once(ctx.req.socket, 'close');
    });
    const sent = request.get('/slow');
    await expect(sent).rejects.toThrow('Aborted');
    const logged = await line(0);
    expect(logged).toMatchObject({ msg: 'request aborted', path: '/slow' });
    expect(logged).not.toHaveProperty('status');
  });

  const OWN = /^[\da-f-]{36}$/;
  it.each([
    ['keeps the id of a trusted proxy', true, 'proxy-id.1_a', /^proxy-id\.1_a$/],
    ['makes its own if the id has other characters', true, 'a b"c', OWN],
    ['makes its own if the id is endless', true, 'a'.repeat(129), OWN],
    ['makes its own if no proxy is trusted', false, 'proxy-id.1_a', OWN],
  ])('%s', async (_, proxy, sent, expected) => {
    const { request } = loggedApp((ctx) => void (ctx.body = 'ok'), proxy);
    const { headers } = await request.get('/').set('X-Request-Id', sent);
    expect(headers['x-request-id']).toMatch(expected);
  });
});

it('logOnce logs a lasting failure once a minute, with how often it happened, until it is over', () => {
  let now = 0;
  const told: string[] = [];
  const tell = (error: unknown, times: number) => told.push(`${String(error)} ${times}`);
  const log = logOnce(tell, () => now);
  expect(log.isOver()).toBe(false);
  for (let nth = 0; nth < 10_000; nth += 1) log('away');
  now = 59_999;
  log('away');
  expect(told.splice(0)).toEqual(['away 1']);
  now = 60_000;
  log('still away');
  log('still away');
  expect([log.isOver(), log.isOver()]).toEqual([true, false]);
  log('away again');
  expect(told).toEqual(['still away 10001', 'away again 1']);
});

describe('logSessions', () => {
  const value = new Error('no connection');
  const err = { message: 'no connection' };
  const lost = { value: { basket: 'a secret' }, ctx: { path: '/buy' } };
  const named = { level: 30, path: '/buy', keys: ['basket'] };

  it.each([
    ['logs the error of a store that failed', 'store-error', { value }, { level: 50, err }],
    ['warns of a cookie that browsers drop', 'rejected', { value }, { level: 40, err }],
    ['names the keys that were lost with a session that had ended, without values', 'gone', lost, named],
  ])('%s', (_, name, event, expected) => {
    const { log, lines } = memoryLog();
    const app = new EventEmitter();
    logSessions(app, log);
    // A context without a session must not break it.
    app.emit('session:saved', { ctx: {} });
    app.emit(`session:${name}`, { fingerprint: '1a2b3c4d', key: 'sid-secret', ...event });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([expected]);
    expect(lines[0]).not.toContain('secret');
  });
});
