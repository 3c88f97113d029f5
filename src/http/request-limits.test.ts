import { once } from 'node:events';
import { METHODS } from 'node:http';
import { connect } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { quickPasswords } from '../auth/testing/quick-passwords.ts';
import { DEVELOPMENT } from '../testing/test-app.ts';
import { cookieNames } from './cookie-name.ts';
import { listen } from './lifecycle.ts';
import { createLog } from './log.ts';

const words = (text: string) => text.trim().split(/\s+/);

/** One path of each kind that the app and its examples have, and one that does not exist. */
const PATHS = words('/ /style.css /source/src/app.ts /cookie/views /login /lab /healthz /no-such-page');

const logged: Record<string, unknown>[] = [];
const log = createLog('info', { write: (line) => void logged.push(JSON.parse(line)) });
const app = createApp(DEVELOPMENT, { log, passwords: quickPasswords });
app.use((ctx) => void (ctx.path === '/urls' && (ctx.body = `${ctx.url} for ${ctx.originalUrl}`)));
const { server, url } = await listen(app, DEVELOPMENT);
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** Sends bytes and returns all that comes back until the server closes the connection. */
async function send(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return answer.replace('HTTP/1.1 100 Continue\r\n\r\n', '');
}

/** Sends a request. The response must have the app's headers, one line in the log, no failure, and no body for HEAD. */
async function ask(requestLine: string, headers = 'Host: x') {
  const answer = await send(`${requestLine} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
  const requestId = /\r\nX-Request-Id: (.*)\r\n/i.exec(answer)?.[1];
  const lines = logged.splice(0);
  expect(lines).toEqual([expect.objectContaining({ msg: 'request', requestId, status })]);
  expect(answer.endsWith('\r\n\r\n') || !requestLine.startsWith('HEAD')).toBe(true);
  expect(answer).toMatch(/\r\nContent-Security-Policy: default-src 'none'/i);
  return { answer, status, path: lines[0]?.['path'] };
}

const accept = (text: string) => `Host: x\r\nAccept: ${text}`;

describe('requestLimits and requestTarget', () => {
  const [longestQuery = '', many = ''] = [256, 257].map((count) => `p=${'&'.repeat(count - 1)}`);
  const longest = accept(`application/json${' '.repeat(1024 - 16 - 4)};q=1`);
  const tooLong = accept(`application/json;a="${','.repeat(2000)}`);
  const [longestHost, endless] = [`${'a'.repeat(255)}:65535`, 'a'.repeat(262)];
  const hostLimit = 'Host has 262 characters; this server takes 261 at most.';
  const queryLimit = '"The address has 257 query parameters; this server takes 256 at most."';

  it.each<[string, string, string | undefined, number, string]>([
    ['256 parameters', `GET /?${longestQuery}`, undefined, 200, ''],
    ['an empty query', 'GET /?', undefined, 200, ''],
    ['parameters of one name', 'GET /?a=1&a=2&a', undefined, 200, ''],
    ['257 parameters', `GET /?${many}`, accept('application/json'), 400, queryLimit],
    ['257 after a ?', `GET /?a?${many}`, undefined, 400, ''],
    ['257 before a ?', `GET /?${many}?a`, undefined, 400, ''],
    ['300 & in the path', `GET /${'&'.repeat(300)}?a`, undefined, 404, ''],
    ['an Accept of 1,024 characters', 'GET /healthz', longest, 200, '{"status":"ok"}'],
    ['a longer one, which is ignored', 'GET /healthz', `${longest}0`, 200, '\nok\n'],
    ['257 parameters and an endless Accept', `GET /?${many}`, tooLong, 400, 'Content-Type: text/html'],
    ['no path and an endless Accept', 'GET http://[', tooLong, 400, 'Content-Type: text/html'],
    ['no path from a browser', 'GET http://[', accept('text/html'), 400, '<!doctype html>'],
    ['no path from a program', 'GET http://[', accept('application/json'), 400, '"message":"The address'],
    ['no path from a terminal', 'GET http://[', accept('text/plain'), 400, '400 Bad Request\nThe address'],
    ['* for a path', 'GET *', undefined, 400, ''],
    ['OPTIONS *, which asks for no path', 'OPTIONS *', undefined, 404, ''],
    ['the longest Host', 'GET /', `Host: ${longestHost}`, 200, ''],
    ['an endless Host', 'GET /', `Host: ${endless}`, 400, hostLimit],
    ['the longest forwarded one', 'GET /', `Host: x\r\nX-Forwarded-Host: ${longestHost}`, 200, ''],
    ['an endless forwarded one', 'GET /', `Host: x\r\nX-Forwarded-Host: ${endless}`, 400, hostLimit],
  ])('answer %s with the right status', async (_what, requestLine, headers, status, text) => {
    const response = await ask(requestLine, headers);
    expect(response.status).toBe(status);
    expect(response.answer).toContain(text);
  });

  it.each(words('http://[::1 http:// http://?x http://]/ http://user:%@host/ data://[/ //a@[/# //a:%@b/#'))(
    'refuse a target that has no path: %s',
    async (target) => {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE']) {
        expect(await ask(`${method} ${target}`)).toMatchObject({ status: 400, path: undefined });
      }
    },
  );
});

describe('an odd request gets a response from the app, not a failure', () => {
  const targets = words(`http:///style.css http://a%00b/ http://host:99999/ http://host:port/ http://xn--/
    https://[::1]:3000/healthz foo://bar //host/x // //[ /\\ /\\..\\.env /# /% /%ff /%00 /%2e%2e/.env /../.env
    /../../etc/passwd /__proto__ /source/%ff /cookie/%ff /lab?url=http://[&line=%ff /lab?trial=%00&line=a&line=b
    /lab/trial?id=__proto__&leg=__proto__ /login?next=http://[ /${'x'.repeat(15_000)}`);
  const methods = METHODS.filter((method) => method !== 'CONNECT');
  const sessionCookie = cookieNames('.', { production: false })('session-cookie');
  const upgrade = 'Connection: Upgrade\r\nUpgrade:';
  const hosts = ['[::1', 'a b', '', ':80', 'a@[', 'http://[', '\xFF', 'x\r\nHost: y'];
  const headers = [
    'Origin: http://%',
    'Expect: something\r\nAccept: %\xFF',
    'Expect: 100-continue',
    `${upgrade} websocket`,
    `${upgrade} h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nCookie: ${sessionCookie}=%\xFF`,
    'X-Forwarded-Host: [\r\nX-Forwarded-Proto: [\r\nX-Forwarded-For: ,',
  ];

  it.each([
    ...targets.map((target) => ({ methods: words('GET HEAD POST OPTIONS PUT'), paths: [target], host: 'x' })),
    ...methods.map((method) => ({ methods: [method], paths: PATHS, host: 'x' })),
    ...hosts.map((host) => ({ methods: ['GET', 'POST'], paths: PATHS, host })),
    ...headers.map((header) => ({ methods: ['GET', 'POST'], paths: PATHS, host: `%\r\n${header}` })),
  ])('with $methods to $paths and the host $host', async ({ methods, paths, host }) => {
    for (const requestLine of paths.flatMap((path) => methods.map((method) => `${method} ${path}`))) {
      // 501 says that the server does not know the method at all (RFC 9110, 9.1).
      expect(String((await ask(requestLine, `Host: ${host}`)).status)).toMatch(/^([1-4]\d\d|501)$/);
    }
  });

  it('in absolute form is reduced to its path for later middleware', async () => {
    const { answer } = await ask('GET http://other.example/urls?y');
    expect(answer).toContain('\r\n/urls?y for http://other.example/urls?y');
    for (const path of PATHS) {
      const { status } = await ask(`GET ${path}`);
      expect(await ask(`GET http://other.example${path}`)).toMatchObject({ status, path });
    }
  });
});

describe('Node itself refuses what no app can answer, and closes the connection', () => {
  const endless = 'x'.repeat(20_000);
  it.each([
    ['a broken request line', 'hello\r\n\r\n', 400],
    ['a target that begins with a backslash', 'GET \\x HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: x\r\nA: ${endless}\r\n\r\n`, 431],
    ['a target that is too long', `GET /${endless} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ])('%s', async (_name, bytes, status) => {
    expect(await send(bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*\r\nConnection: close\r\n`));
  });

  it('CONNECT, which is for proxies, without an answer', async () => {
    expect(await send('CONNECT other.example:443 HTTP/1.1\r\nHost: other.example\r\n\r\n')).toBe('');
  });
});
