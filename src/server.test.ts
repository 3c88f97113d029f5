import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { startProcess } from './testing/server-process.ts';

const SESSION_KEYS = 'a-key-of-this-test-of-32-or-more-characters';

function start(env: Record<string, string> = {}, dotEnv = '') {
  return startProcess('server.js', { env: { SESSION_KEYS, ...env }, dotEnv });
}

describe('server', () => {
  it('treats an empty NODE_ENV as unset, so .env applies', async () => {
    const server = start({ NODE_ENV: '' }, 'NODE_ENV=production\n');
    await server.url();
    // Logged only in production.
    expect(server.logged.join('\n')).toContain('Session cookies are Secure');
    expect(server.logged.join('\n')).not.toContain('Try next');
    server.kill('SIGTERM');
    await server.ended;
  });

  it('is ready; on SIGTERM it finishes the request in flight, accepts no other and ends with 0', async () => {
    const server = start();
    const url = await server.url();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const headers = 'Host: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue';
    socket.write(`POST /nowhere HTTP/1.1\r\n${headers}\r\n\r\n{`);
    // The interim response shows that the app has the request.
    await once(socket, 'data');
    server.kill('SIGTERM');
    const isClosed = () => expect(fetch(url)).rejects.toHaveProperty('cause.code', 'ECONNREFUSED');
    await vi.waitFor(isClosed, { timeout: 60_000, interval: 20 });
    socket.write('}');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 404 [^]*\r\nConnection: close\r\n/);
    expect(await server.ended).toEqual({ code: 0, stderr: '' });
    expect(server.logged.join('\n')).toContain('Try next');
  });

  const wrong = { PORT: 'http', SESSION_KEYS: 'hunter2' };
  it.each([
    ['the environment', wrong, '', ['PORT is "http"', 'SESSION_KEYS has 7']],
    ['.env', {}, 'HOST: a\n', ['.env has a line without NAME=']],
  ])('lists what is wrong in %s and ends with 1', async (_where, env, dotEnv, problems) => {
    const { code, stderr } = await start(env, dotEnv).ended;
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'The configuration is wrong. Correct .env or the environment:',
      ...problems.map((problem) => expect.stringContaining(`  - ${problem}`) as string),
    ]);
  });

  it('says in one line that the port is taken and ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await start({ PORT: String(port) }).ended;
    other.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Port \d+ on 127\.0\.0\.1 is taken by another program\..*\n$/);
  });
});
