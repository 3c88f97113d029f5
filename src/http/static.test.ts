import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { afterAll, describe, expect, it } from 'vitest';
import { listen } from './lifecycle.ts';
import { staticFiles } from './static.ts';

const CSS = 'body { color: black }';
const root = mkdtempSync(join(tmpdir(), 'static-'));
const folder = join(root, 'public');
for (const path of ['public/.git', 'public/img', 'public-not'])
  mkdirSync(join(root, path), { recursive: true });
for (const path of ['public/.env', 'public/.git/config', 'public/a..b', 'secret.txt', 'public-not/x.txt']) {
  writeFileSync(join(root, path), 'SECRET=1');
}
writeFileSync(join(folder, 'style.css'), CSS);

const app = new Koa();
app.silent = true;
const [inProduction, elsewhere] = [true, false].map((production) => staticFiles(folder, { production }));
app.use((ctx, next) => {
  ctx.set({ 'X-Above': 'kept', 'Cache-Control': 'private' });
  return (ctx.get('X-Mode') === '' ? inProduction : elsewhere)?.(ctx, next);
});
app.use((ctx) => void (ctx.path === '/below' && (ctx.body = 'below')));
const { server, url } = await listen(app, { host: '127.0.0.1', port: 0 });
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true });
});

/** Sends the path unchanged; most HTTP clients would normalize it. */
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { port } = new URL(url);
  const sent = request({ host: '127.0.0.1', port, path, headers, method, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const text = (await response.setEncoding('utf8').toArray()).join('');
  return { status: response.statusCode, headers: response.headers, text };
}

describe('staticFiles', () => {
  const cached = { 'cache-control': 'public, max-age=3600, must-revalidate', 'x-above': 'kept' };
  const etag = expect.stringMatching(/^W\//) as string;
  const validated = { ...cached, etag, 'last-modified': expect.any(String) as string };
  const whole = { ...validated, 'content-type': 'text/css; charset=utf-8', 'content-length': '21' };
  const fresh = { 'cache-control': 'public, max-age=0, must-revalidate' };

  it.each<[string, Record<string, string>, number, string, object]>([
    ['a file', {}, 200, CSS, whole],
    ['one outside production', { 'X-Mode': 'development' }, 200, CSS, fresh],
    ['one that the client has', { 'If-None-Match': '*' }, 304, '', validated],
    ['one that has changed', { 'If-Match': '"old"' }, 412, 'Precondition Failed', {}],
    ['a part', { Range: 'bytes=2-4' }, 206, 'dy ', { 'content-range': 'bytes 2-4/21' }],
    ['no such part', { Range: 'bytes=99-' }, 416, 'Range Not Satisfiable', { 'content-range': 'bytes */21' }],
  ])('serves %s: to %j it answers %i', async (_what, sent, status, text, headers) => {
    expect(await ask('/style.css', sent)).toMatchObject({ status, text, headers });
  });

  it('answers HEAD with headers alone, and serves names with spaces and files added later', async () => {
    expect(await ask('/style.css', {}, 'HEAD')).toMatchObject({ status: 200, text: '', headers: whole });
    expect(await ask('/img/a%20b.svg?v=1')).toMatchObject({ status: 404 });
    writeFileSync(join(folder, 'img/a b.svg'), '<svg/>');
    const headers = { 'content-type': 'image/svg+xml' };
    expect(await ask('/img/a%20b.svg?v=1')).toMatchObject({ status: 200, text: '<svg/>', headers });
  });

  it.each(
    `/nowhere.css /img /img/ / /style.css/x /% /%00 /style.css%00.txt /.env /%2eenv /img/../.env /.git/config
    /%2Egit/config /../secret.txt /%2e%2e/secret.txt /..%2fsecret.txt /img/..%5c..%5csecret.txt /../public-not/x.txt
    //secret.txt /.. /a..b /a%2E.b`.split(/\s+/),
  )('passes on %s, which names no file, and changes neither status nor headers', async (path) => {
    const headers = { 'cache-control': 'private', 'x-above': 'kept' };
    const answer = await ask(path, { 'If-None-Match': '"x"' });
    expect(answer).toMatchObject({ status: 404, text: 'Not Found', headers });
    expect(answer.headers).not.toHaveProperty('etag');
  });

  it('passes on paths that are not files, and every other method', async () => {
    expect(await ask('/below')).toMatchObject({ text: 'below', headers: { 'cache-control': 'private' } });
    expect(await ask('/style.css', {}, 'POST')).toMatchObject({ status: 404 });
  });

  it('cuts off the response if a file cannot be read, and keeps running', async () => {
    const socket = createServer().listen(join(folder, 'socket'));
    await once(socket, 'listening');
    await expect(ask('/socket')).rejects.toThrow('socket hang up');
    socket.close();
    expect(await ask('/style.css')).toMatchObject({ status: 200 });
  });

  it('throws at the start if the folder is missing', () => {
    expect(() => staticFiles(join(root, 'missing'), { production: true })).toThrow(/ENOENT/);
  });
});
