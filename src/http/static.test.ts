/* oxlint-disable vitest/expect-expect -- supertest's own .expect() asserts */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { once } from 'node:events';
import Koa from 'koa';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { staticFiles } from './static.ts';

const CSS = 'body { color: black }';
let root: string;
let folder: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'static-'));
  folder = join(root, 'public');
  mkdirSync(join(folder, 'img'), { recursive: true });
  mkdirSync(join(root, 'public-not'));
  writeFileSync(join(folder, 'style.css'), CSS);
  writeFileSync(join(folder, 'img', 'a b.svg'), '<svg/>');
  writeFileSync(join(folder, '.env'), 'SECRET=1');
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, '.git', 'config'), 'SECRET=1');
  writeFileSync(join(root, 'secret.txt'), 'SECRET=1');
  writeFileSync(join(root, 'public-not', 'x.txt'), 'SECRET=1');
});
afterAll(() => rmSync(root, { recursive: true }));

function fileApp(production: boolean) {
  const app = new Koa();
  app.use(async (ctx, next) => {
    ctx.set('X-Above', 'kept');
    ctx.set('Cache-Control', 'private');
    await next();
  });
  app.use(staticFiles(folder, { production }));
  app.use((ctx) => {
    if (ctx.path === '/below') ctx.body = 'below';
  });
  return app;
}

describe.each([
  ['in production', true, 'public, max-age=3600, must-revalidate'],
  ['outside production', false, 'public, max-age=0, must-revalidate'],
])('staticFiles %s', (_, production, cacheControl) => {
  const get = (path: string) => supertest(fileApp(production).callback()).get(path);

  it('serves a file with type, length, validators and caching', async () => {
    const response = await get('/style.css').expect(200, CSS);
    expect(response.headers).toMatchObject({
      'content-type': 'text/css',
      'content-length': String(CSS.length),
      'cache-control': cacheControl,
      'x-above': 'kept',
      etag: expect.stringMatching(/^W\//),
      'last-modified': expect.any(String),
    });
    await get('/img/a%20b.svg?v=1').expect(200).expect('Content-Type', 'image/svg+xml');
  });

  it('answers HEAD with the same headers and no body', async () => {
    const response = await supertest(fileApp(production).callback()).head('/style.css').expect(200);
    expect(response.headers['content-length']).toBe(String(CSS.length));
    expect(response.text).toBeFalsy();
  });

  it('answers 304 to who has the file, with the headers of the 200', async () => {
    const { headers } = await get('/style.css');
    const response = await get('/style.css')
      .set('If-None-Match', headers['etag'] ?? '')
      .expect(304, '');
    expect(response.headers).toMatchObject({
      etag: headers['etag'],
      'cache-control': cacheControl,
      'x-above': 'kept',
    });
  });

  it('sends the file with its own ETag to who has another version', async () => {
    const response = await get('/style.css').set('If-None-Match', 'W/"old"').expect(200, CSS);
    expect(response.headers['etag']).not.toBe('W/"old"');
  });

  it.each([
    ['bytes=5-', 5, CSS.length - 1],
    ['bytes=2-4', 2, 4],
    ['bytes=2-999', 2, CSS.length - 1],
  ])('sends the part that Range: %s asks for', async (range, from, to) => {
    const response = await get('/style.css')
      .set('Range', range)
      .expect(206, CSS.slice(from, to + 1));
    expect(response.headers['content-range']).toBe(`bytes ${from}-${to}/${CSS.length}`);
  });

  it.each(['bytes=-5', 'bytes=9-3', 'bytes=0-0', 'bytes=0-1,3-4', 'bytes=999-', 'lines=1-2', 'bytes=x', '-'])(
    'sends the whole file for Range: %s',
    async (range) => {
      await get('/style.css')
        .set('Range', range)
        .expect(200, CSS)
        .expect('Content-Length', String(CSS.length));
    },
  );

  it('sends the whole file if If-Range cannot be known to match', async () => {
    await get('/style.css').set({ Range: 'bytes=2-4', 'If-Range': '"old"' }).expect(200, CSS);
  });

  it.each(['/nowhere.css', '/img', '/img/', '/', '/style.css/x', '/%', '/%00', '/style.css%00.txt'])(
    'leaves %s to Koa, with its 404 and its headers',
    async (path) => {
      const response = await get(path).set('If-None-Match', '"x"').expect(404, 'Not Found');
      expect(response.headers).toMatchObject({ 'cache-control': 'private', 'x-above': 'kept' });
      expect(response.headers).not.toHaveProperty('etag');
    },
  );

  it('passes on what is no file, and every other method', async () => {
    await get('/below').expect(200, 'below').expect('Cache-Control', 'private');
    await supertest(fileApp(production).callback()).post('/style.css').expect(404);
  });

  it.each([
    '/.env',
    '/%2eenv',
    '/img/../.env',
    '/.git/config',
    '/%2Egit/config',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/img/..%5c..%5csecret.txt',
    '/../public-not/x.txt',
    '//secret.txt',
    '/..',
  ])('does not serve %s', async (path) => {
    // A raw request: HTTP clients would tidy the path up.
    const server = fileApp(production).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const socket = connect({
      host: '127.0.0.1',
      port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const answer = (await socket.toArray()).join('');
    server.close();
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).not.toContain('SECRET');
  });
});

describe('staticFiles', () => {
  it('shows a new file at once outside production', async () => {
    const request = supertest(fileApp(false).callback());
    await request.get('/new.txt').expect(404);
    writeFileSync(join(folder, 'new.txt'), 'new');
    await request.get('/new.txt').expect(200, 'new');
  });

  it('survives a file that vanished after the start', async () => {
    symlinkSync(join(root, 'secret.txt'), join(folder, 'gone.txt'));
    const app = fileApp(true);
    const errors: Error[] = [];
    app.on('error', (error: Error) => errors.push(error));
    const request = supertest(app.callback());
    rmSync(join(folder, 'gone.txt'));
    await expect(request.get('/gone.txt')).rejects.toThrow(/aborted|socket hang up/);
    expect(errors[0]?.message).toContain('gone.txt');
    await request.get('/style.css').expect(200);
  });

  it('says at the start that the folder is missing', () => {
    expect(() => staticFiles(join(root, 'missing'), { production: true })).toThrow(/ENOENT/);
  });
});
