import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const KEY = 'a-key-of-this-test-of-32-or-more-characters';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The server as a process of its own, in an empty folder and with no environment but this. */
function start(env: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', TSX, SERVER], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...env },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'close').then(([code]: unknown[]) => ({ code, stderr }));

  async function url(): Promise<string> {
    for await (const line of lines) {
      const found = /Listening on http:\/\/localhost:(\d+)/.exec(line);
      if (found !== null) return `http://127.0.0.1:${found[1]}`;
    }
    throw new Error(`The server ended before it listened:\n${stderr}`);
  }
  return { url, ended, kill: (signal: NodeJS.Signals) => child.kill(signal) };
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
