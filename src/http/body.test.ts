/* oxlint-disable vitest/expect-expect -- supertest's own .expect() asserts */
import { gzipSync } from 'node:zlib';
import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { formField, parseBody } from './body.ts';

const FORM = 'application/x-www-form-urlencoded';

function echoApp() {
  const app = new Koa();
  app.silent = true;
  app.use(parseBody());
  app.use((ctx) => {
    ctx.body = { name: formField(ctx, 'name') };
  });
  return supertest(app.callback());
}

describe('parseBody', () => {
  it('reads forms and JSON', async () => {
    await echoApp().post('/').type(FORM).send('name=Ada+L%C3%BCders').expect(200, { name: 'Ada Lüders' });
    await echoApp().post('/').send({ name: 'Ada' }).expect(200, { name: 'Ada' });
  });

  it('needs no body', async () => {
    await echoApp().post('/').expect(200, { name: '' });
    await echoApp().get('/').expect(200, { name: '' });
  });

  it.each([
    ['form', FORM, `name=${'x'.repeat(32_768)}`],
    ['JSON', 'application/json', JSON.stringify({ name: 'x'.repeat(32_768) })],
  ])('refuses a %s body over 32 KiB', async (_, type, body) => {
    await echoApp()
      .post('/')
      .type(type)
      .send(body)
      .expect(413, /larger than the 32kb/);
  });

  it('takes a body of exactly 32 KiB', async () => {
    await echoApp()
      .post('/')
      .type(FORM)
      .send(`name=${'x'.repeat(32_768 - 5)}`)
      .expect(200);
  });

  it('counts a compressed body by its real size', async () => {
    const bomb = gzipSync(`name=${'x'.repeat(1_000_000)}`);
    expect(bomb.length).toBeLessThan(2000);
    const request = echoApp().post('/').type(FORM).set('Content-Encoding', 'gzip');
    await request
      .serialize(() => bomb as unknown as string)
      .send({})
      .expect(413);
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x', 'application/xml'])(
    'refuses %s',
    async (type) => {
      await echoApp()
        .post('/')
        .set('Content-Type', type)
        .send('name=ada')
        .expect(415, /The body is [a-z]+\/[a-z-]+; this server reads/);
    },
  );

  it('refuses an encoding that it does not know', async () => {
    const request = echoApp().post('/').type(FORM).set('Content-Encoding', 'rot13');
    await request.send('anzr=nqn').expect(415, /encoded as rot13/);
  });

  it.each([
    ['JSON that is none', 'application/json', '{"name":', {}],
    ['a bare JSON value', 'application/json', '"ada"', {}],
    ['a prototype in JSON', 'application/json', '{"__proto__":{"name":"ada"}}', {}],
    ['a form that is said to be compressed', FORM, 'name=ada', { 'Content-Encoding': 'gzip' }],
  ])('answers 400 to %s, without showing it', async (_, type, body, headers) => {
    const response = await echoApp().post('/').set('Content-Type', type).set(headers).send(body).expect(400);
    expect(response.text).toMatch(/could not be read/);
    expect(response.text).not.toContain('ada');
  });
});

describe('formField', () => {
  it.each(['name=a&name=b', 'name[]=a', 'name[x]=a', 'name.x=a', 'other=a', ''])(
    'is empty for %o, which holds no single value',
    async (body) => {
      await echoApp().post('/').type(FORM).send(body).expect(200, { name: '' });
    },
  );

  it.each([{ name: 7 }, { name: null }, { name: ['a'] }, { name: { toString: 'a' } }, []])(
    'is empty for the JSON %o',
    async (body) => {
      await echoApp().post('/').send(body).expect(200, { name: '' });
    },
  );

  it('does not find what every object inherits', () => {
    const ctx = { request: { body: Object.create({ name: 'inherited' }) as unknown } };
    expect(formField(ctx, 'name')).toBe('');
  });
});
