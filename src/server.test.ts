import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ServerProcess, startProcess } from './testing/server-process.ts';

const KEY = 'a-key-of-this-test-of-32-or-more-characters';

const PATIENT = { timeout: 60_000, interval: 20 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The server in an empty folder and with no environment but this. */
function start(env: Record<string, string>): ServerProcess {
  return startProcess('server.js', { cwd: folder, env });
}

/** A connection on which a request waits for the rest of its body. */
async function halfRequest(server: ServerProcess): Promise<Socket> {
  const socket = connect(Number(new URL(await server.url()).port), '127.0.0.1');
  const type = 'application/x-www-form-urlencoded';
  // With the interim answer the app has the request.
  socket.write(
    `POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\na=`,
  );
  await once(socket, 'data');
  return socket;
}

describe('server', () => {
  it('reads .env, says where it listens, is ready, and ends with 0 on SIGTERM', async () => {
    writeFileSync(join(folder, '.env'), `SESSION_KEYS=${KEY}\n`);
    const server = start({});
    const response = await fetch(`${await server.url()}/readyz`);
    expect(response.status).toBe(200);
    server.kill('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, stderr: '' });
  });

  it.each(['', ' '])('treats NODE_ENV=%j as unset, so .env applies', async (NODE_ENV) => {
    writeFileSync(join(folder, '.env'), `NODE_ENV=production\nSESSION_KEYS=${KEY}\n`);
    const server = start({ NODE_ENV });
    await server.url();
    // Logged only in production.
    expect(server.logged.join('\n')).toContain('Nobody can log in');
    server.kill('SIGTERM');
    await server.ended;
  });

  it('finishes the request in flight on SIGTERM, takes no other and ends with 0', async () => {
    const server = start({ SESSION_KEYS: KEY });
    const url = await server.url();
    const socket = await halfRequest(server);
    server.kill('SIGTERM');
    await vi.waitFor(() => expect(fetch(url)).rejects.toHaveProperty('cause.code', 'ECONNREFUSED'), PATIENT);
    socket.write('b');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 404 [^]*\r\nConnection: close\r\n/);
    expect(await server.ended).toEqual({ code: 0, stderr: '' });
  });

  it('ends at once with 1 on a second signal, whatever is in flight', async () => {
    const server = start({ SESSION_KEYS: KEY });
    const socket = await halfRequest(server);
    const again = setInterval(() => server.kill('SIGTERM'), 50);
    const { code } = await server.ended;
    clearInterval(again);
    socket.destroy();
    expect(code).toBe(1);
    expect(server.logged.join('\n')).not.toContain('Ended');
  });

  it('lists what is wrong in the configuration and ends with 1', async () => {
    const { code, stderr } = await start({ PORT: 'http', SESSION_STORE: 'disk', SESSION_KEYS: 'hunter2' })
      .ended;
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'The configuration is wrong. Correct .env or the environment:',
      expect.stringContaining('PORT is "http"'),
      expect.stringContaining('SESSION_KEYS has 7 characters'),
      expect.stringContaining('SESSION_STORE is "disk"'),
    ]);
  });

  it.each([
    ['a byte order mark', `\uFEFFNODE_ENV=production\nSESSION_KEYS=${KEY}\n`],
    ['the line ends of Windows', `NODE_ENV=production\r\nSESSION_KEYS=${KEY}\r\n`],
    [
      'quotes, comments and an export',
      `# a comment\nexport NODE_ENV="production"\n\nSESSION_KEYS='${KEY}' # mine\n`,
    ],
  ])('reads a .env with %s', async (_what, text) => {
    writeFileSync(join(folder, '.env'), text);
    const server = start({});
    await server.url();
    expect(server.logged.join('\n')).toContain('Nobody can log in');
    server.kill('SIGTERM');
    await server.ended;
  });

  it.each([
    ['HOST\nNODE_ENV=production\n', '"HOST"'],
    ['NODE_ENV: production\n', '"NODE_ENV: "'],
    [Buffer.from('NODE_ENV=production\n', 'utf16le'), ''],
  ])('ends with 1 for a .env with a line that would be lost: %j', async (text, shown) => {
    writeFileSync(join(folder, '.env'), text);
    const { code, stderr } = await start({ SESSION_KEYS: KEY }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`.env has a line without NAME=, which begins with ${shown}`);
  });

  it('says that .env cannot be read and ends with 1', async () => {
    mkdirSync(join(folder, '.env'));
    const { code, stderr } = await start({ SESSION_KEYS: KEY }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('.env cannot be read');
  });

  it('says in one line that the port is taken and ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;

    const { code, stderr } = await start({ SESSION_KEYS: KEY, PORT: String(port) }).ended;
    other.close();

    expect(code).toBe(1);
    expect(stderr).toMatch(/^Port \d+ on 127\.0\.0\.1 is taken by another program\..*\n$/);
  });
});
