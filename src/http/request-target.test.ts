import { once } from 'node:events';
import { METHODS, type Server } from 'node:http';
import { connect } from 'node:net';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { quickPasswords } from '../auth/testing/quick-passwords.ts';
import { cookieNames } from './cookie-name.ts';
import { listen } from './listen.ts';

const sessionCookie = cookieNames('.', { production: false })('session-cookie');

/** One path of each kind that the app answers, and one that it does not. */
const PATHS = [
  '/',
  '/style.css',
  '/source/src/auth/login.ts',
  '/cookie/views',
  '/cookie/login',
  '/lab',
  '/healthz',
  '/no-such-page',
];

interface Line {
  level: number;
  msg: string;
  method?: string;
  path?: string;
  status?: number;
}

const logged: Line[] = [];
let server: Server;
let port: number;

beforeAll(async () => {
  const log = pino(
    { level: 'info' },
    { write: (line: string) => void logged.push(JSON.parse(line) as Line) },
  );
  const config = {
    production: false,
    host: '127.0.0.1',
    port: 0,
    keys: ['a key of more than thirty-two characters'],
    sessionStore: 'memory' as const,
    logLevel: 'info' as const,
    trustProxy: false,
  };
  const { server: listening, url } = await listen(
    createApp(config, { log, passwords: quickPasswords }),
    config,
  );
  server = listening;
  port = Number(new URL(url).port);
});
afterEach(() => void logged.splice(0));
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** Sends bytes and answers with all that comes back until the server closes the connection. */
async function send(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return answer;
}

function ask(requestLine: string, headers = 'Host: x'): Promise<string> {
  return send(`${requestLine} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`);
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

/** The app has answered: with its headers, a line in the log, and no failure. */
function expectAnswered(answer: string): void {
  const id = /\r\nX-Request-Id: (.*)\r\n/i.exec(answer)?.[1];
  expect(answer).toMatch(/\r\nContent-Security-Policy: default-src 'none'/i);
  const lines = logged.splice(0);
  expect(lines).toEqual([
    expect.objectContaining({ msg: 'request', requestId: id, status: statusOf(answer) }),
  ]);
}

it('a request target with a host that not every Node can read is refused or answered, and no error', async () => {
  const target = 'http://xn--/';
  const answer = await ask(`GET ${target}`);
  expect(statusOf(answer)).toBe(URL.canParse(target) ? 200 : 400);
  expectAnswered(answer);
});

describe('a request target that has no path', () => {
  it.each([
    'http://[::1',
    'http://',
    'http://?x',
    'http://]/',
    'http://user:%@host/',
    'data://[/',
    '//a@[/#',
    '//a:%@b/#',
    '*',
  ])('is refused with 400: %s', async (target) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE']) {
      const answer = await ask(`${method} ${target}`);
      expect(statusOf(answer)).toBe(400);
      expectAnswered(answer);
    }
  });

  it('is refused without parsing a long Accept', async () => {
    const answer = await ask('GET http://[', `Host: x\r\nAccept: application/json;a="${','.repeat(2000)}`);
    expect(answer).toMatch(/^HTTP\/1.1 400 [^]*\r\nContent-Type: text\/html/);
  });

  it.each([
    ['text/html', /\r\nContent-Type: text\/html[^]*<!doctype html>/],
    [
      'application/json',
      /\r\nContent-Type: application\/json[^]*{"error":{"status":400,"message":"The address/,
    ],
    ['text/plain', /\r\nContent-Type: text\/plain[^]*400 Bad Request\nThe address/],
  ])('is answered as %s where the client asks for that', async (type, page) => {
    expect(await ask('GET http://[', `Host: x\r\nAccept: ${type}`)).toMatch(page);
    expect(logged.splice(0)[0]).not.toHaveProperty('path');
  });
});

describe('an odd request gets a response from the app, not a failure', () => {
  it.each([
    'http:///style.css',
    'http://a%00b/',
    'http://host:99999/',
    'http://host:port/',
    'https://[::1]:3000/healthz',
    'foo://bar',
    '//host/x',
    '//',
    '//[',
    '/\\',
    '/\\..\\.env',
    '/#',
    '/%',
    '/%ff',
    '/%00',
    '/%2e%2e/.env',
    '/../../etc/passwd',
    '/__proto__',
    '/source/%ff',
    '/cookie/%ff',
    '/lab?url=http://[&line=%ff',
    '/lab?trial=%00&line=a&line=b',
    '/lab/trial?id=__proto__&leg=__proto__',
    '/cookie/login?next=http://[',
    `/${'x'.repeat(15_000)}`,
  ])('to the target %s', async (target) => {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT']) {
      const answer = await ask(`${method} ${target}`);
      expect(statusOf(answer)).toBeLessThan(500);
      expectAnswered(answer);
    }
  });

  it.each(METHODS.filter((method) => method !== 'CONNECT'))('with the method %s', async (method) => {
    for (const path of PATHS) {
      const answer = await ask(`${method} ${path}`);
      // 501 says that the server does not know the method at all (RFC 9110, 9.1).
      expect(answer).toMatch(/^HTTP\/1.1 ([1-4]\d\d|501) /);
      expectAnswered(answer);
    }
  });

  it.each([
    'Host: [::1',
    'Host: a b',
    'Host:',
    'Host: :80',
    'Host: a@[',
    'Host: http://[',
    'Host: %\r\nOrigin: http://%',
    'Host: \xFF',
    'Host: x\r\nHost: y',
    'Host: x\r\nExpect: something',
    'Host: x\r\nExpect: 100-continue',
    'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket',
    'Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
    'Host: x\r\nAccept: %\xFF',
    `Host: x\r\nCookie: ${sessionCookie}=%\xFF`,
    'Host: x\r\nX-Forwarded-Host: [\r\nX-Forwarded-Proto: [\r\nX-Forwarded-For: ,',
  ])('with the headers %j', async (headers) => {
    for (const path of PATHS) {
      for (const method of ['GET', 'POST']) {
        const answer = (await ask(`${method} ${path}`, headers)).replace('HTTP/1.1 100 Continue\r\n\r\n', '');
        expect(statusOf(answer)).toBeLessThan(500);
        expectAnswered(answer);
      }
    }
  });

  it('in absolute form, is reduced to its path for later middleware', async () => {
    for (const path of PATHS) {
      const answer = await ask(`GET http://other.example${path}`);
      expect(statusOf(answer)).toBe(statusOf(await ask(`GET ${path}`)));
      expect(logged.splice(0).map((line) => line.path)).toEqual([path, path]);
    }
  });
});

describe('what no app can answer is refused by Node, and the connection is closed', () => {
  it.each([
    ['a request line that is none', 'hello\r\n\r\n', 400],
    ['a target that begins with a backslash', 'GET \\x HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a target that is too long', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ])('%s', async (_name, bytes, status) => {
    const answer = await send(bytes);
    expect(statusOf(answer)).toBe(status);
    expect(answer).toContain('Connection: close');
  });

  it('CONNECT, which is for proxies, without an answer', async () => {
    expect(await send('CONNECT other.example:443 HTTP/1.1\r\nHost: other.example\r\n\r\n')).toBe('');
  });
});
