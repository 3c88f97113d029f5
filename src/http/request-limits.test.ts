import { once } from 'node:events';
import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import Koa from 'koa';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { quickPasswords } from '../auth/testing/quick-passwords.ts';
import { cookieNames } from './cookie-name.ts';
import { listen } from './lifecycle.ts';
import { createLog } from './log.ts';
import { requestTarget } from './request-limits.ts';

const sessionCookie = cookieNames('.', { production: false })('session-cookie');

/** One path of each kind that the app with its examples answers, and one that it does not. */
const PATHS = words('/ /style.css /source/src/app.ts /cookie/views /login /lab /healthz /no-such-page');

const logged: Record<string, unknown>[] = [];
const log = createLog('info', { write: (line) => void logged.push(JSON.parse(line)) });
const mode = { production: false, trustProxy: false, sessionStore: 'memory', logLevel: 'info' } as const;
const config = { ...mode, host: '127.0.0.1', port: 0, keys: ['a key of more than thirty-two characters'] };
const { server, url } = await listen(createApp(config, { log, passwords: quickPasswords }), config);
afterEach(() => void logged.splice(0));
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

function parameters(count: number): string {
  return Array.from({ length: count }, (_, nth) => `p${nth}`).join('&');
}

/** Sends bytes and answers with all that comes back until the server closes the connection. */
async function send(bytes: string): Promise<{ answer: string; status: number }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  answer = answer.replace('HTTP/1.1 100 Continue\r\n\r\n', '');
  return { answer, status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]) };
}

/** Sends a request that the app must answer: with its headers, one line in the log, and no failure. */
async function ask(requestLine: string, headers = 'Host: x') {
  const { answer, status } = await send(`${requestLine} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`);
  const requestId = /\r\nX-Request-Id: (.*)\r\n/i.exec(answer)?.[1];
  const lines = logged.splice(0);
  expect(lines).toEqual([expect.objectContaining({ msg: 'request', requestId, status })]);
  expect(answer).toMatch(/\r\nContent-Security-Policy: default-src 'none'/i);
  return { answer, status, path: lines[0]?.['path'] };
}

describe('requestLimits', () => {
  const tooLong = `Host: x\r\nAccept: application/json;a="${','.repeat(2000)}`;

  it('rejects 257 with 400, naming the count and the limit', async () => {
    const { answer, status } = await ask(`GET /?${parameters(257)}`, 'Host: x\r\nAccept: application/json');
    expect(status).toBe(400);
    expect(answer).toContain('"The address has 257 query parameters; this server takes 256 at most."');
    expect(await ask(`GET /?a?${parameters(257)}`)).toMatchObject({ status: 400 });
    expect(await ask(`GET /?${parameters(257)}?a`)).toMatchObject({ status: 400 });
    expect(await ask(`GET /${'&'.repeat(300)}?a`)).toMatchObject({ status: 404 });
  });

  it.each([parameters(256), '', 'a=1&a=2&a', '&&'])('lets up to 256 pass: ?%s', async (query) => {
    expect(await ask(`GET /?${query}`)).toMatchObject({ status: 200 });
  });

  it('ignores an Accept header of more than 1,024 characters', async () => {
    const longest = `Host: x\r\nAccept: application/json${' '.repeat(1024 - 16 - 4)};q=1`;
    expect((await ask('GET /healthz', longest)).answer).toContain('{"status":"ok"}');
    expect((await ask('GET /healthz', `${longest}0`)).answer).toMatch(/\nok\n$/);
    expect((await ask(`GET /?${parameters(257)}`, tooLong)).answer).toContain('Content-Type: text/html');
    expect((await ask('GET http://[', tooLong)).answer).toContain('Content-Type: text/html');
  });

  it.each(['Host: ', 'Host: x\r\nX-Forwarded-Host: '])('rejects an endless %s', async (name) => {
    expect(await ask('GET /', `${name}${'a'.repeat(255)}:65535`)).toMatchObject({ status: 200 });
    const { answer, status } = await ask('GET /', `${name}${'a'.repeat(262)}`);
    expect(status).toBe(400);
    expect(answer).toContain('Host has 262 characters; this server takes 261 at most.');
  });
});

const NO_PATH = words(
  'http://[::1 http:// http://?x http://]/ http://user:%@host/ data://[/ //a@[/# //a:%@b/# *',
);

describe('a request target that has no path', () => {
  it.each(NO_PATH)('is refused with 400: %s', async (target) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE']) {
      expect(await ask(`${method} ${target}`)).toMatchObject({ status: 400 });
    }
  });

  it.each([
    ['text/html', '<!doctype html>'],
    ['application/json', '{"error":{"status":400,"message":"The address'],
    ['text/plain', '400 Bad Request\nThe address'],
  ])('is answered as %s where the client asks for that', async (type, page) => {
    const { answer, path } = await ask('GET http://[', `Host: x\r\nAccept: ${type}`);
    expect(path).toBeUndefined();
    expect(answer).toContain(`Content-Type: ${type}`);
    expect(answer).toContain(page);
  });
});

describe('an odd request gets a response from the app, not a failure', () => {
  it('to OPTIONS *, which asks for no path', async () => {
    expect(await ask('OPTIONS *')).toMatchObject({ status: 404 });
  });

  it('to a target with a host that not every Node can read', async () => {
    const target = 'http://xn--/';
    expect(await ask(`GET ${target}`)).toMatchObject({ status: URL.canParse(target) ? 200 : 400 });
  });

  it.each([
    ...words(
      'http:///style.css http://a%00b/ http://host:99999/ http://host:port/ https://[::1]:3000/healthz',
    ),
    ...words(
      'foo://bar //host/x // //[ /\\ /\\..\\.env /# /% /%ff /%00 /%2e%2e/.env /../../etc/passwd /__proto__',
    ),
    ...words('/source/%ff /cookie/%ff /lab?url=http://[&line=%ff /lab?trial=%00&line=a&line=b'),
    ...words('/lab/trial?id=__proto__&leg=__proto__ /login?next=http://['),
    `/${'x'.repeat(15_000)}`,
  ])('to the target %s', async (target) => {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT']) {
      expect((await ask(`${method} ${target}`)).status).toBeLessThan(500);
    }
  });

  it.each(METHODS.filter((method) => method !== 'CONNECT'))('with the method %s', async (method) => {
    for (const path of PATHS) {
      // 501 says that the server does not know the method at all (RFC 9110, 9.1).
      expect(String((await ask(`${method} ${path}`)).status)).toMatch(/^([1-4]\d\d|501)$/);
    }
  });

  const hosts = ['[::1', 'a b', '', ':80', 'a@[', 'http://[', '\xFF', 'x\r\nHost: y'];
  const upgrade = 'Connection: Upgrade\r\nUpgrade:';
  const others = [
    'Origin: http://%',
    'Expect: something\r\nAccept: %\xFF',
    'Expect: 100-continue',
    `${upgrade} websocket`,
    `${upgrade} h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nCookie: ${sessionCookie}=%\xFF`,
    'X-Forwarded-Host: [\r\nX-Forwarded-Proto: [\r\nX-Forwarded-For: ,',
  ];
  it.each([...hosts, ...others.map((header) => `%\r\n${header}`)])('with the headers %j', async (host) => {
    for (const requestLine of PATHS.flatMap((path) => [`GET ${path}`, `POST ${path}`])) {
      expect((await ask(requestLine, `Host: ${host}`)).status).toBeLessThan(500);
    }
  });

  it('in absolute form, is reduced to its path for later middleware', async () => {
    const req = { url: 'http://other.example/x?y', headers: {}, method: 'GET' } as IncomingMessage;
    const ctx = new Koa().createContext(req, {} as ServerResponse);
    await requestTarget()(ctx, () => Promise.resolve());
    expect([ctx.url, ctx.originalUrl]).toEqual(['/x?y', 'http://other.example/x?y']);
    for (const path of PATHS) {
      const { status } = await ask(`GET ${path}`);
      expect(await ask(`GET http://other.example${path}`)).toMatchObject({ status, path });
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
    const connection = expect.stringContaining('Connection: close') as string;
    expect(await send(bytes)).toEqual({ answer: connection, status });
  });

  it('CONNECT, which is for proxies, without an answer', async () => {
    const { answer } = await send('CONNECT other.example:443 HTTP/1.1\r\nHost: other.example\r\n\r\n');
    expect(answer).toBe('');
  });
});
