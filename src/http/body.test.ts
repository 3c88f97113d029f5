import { gzipSync } from 'node:zlib';
import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { formField, parseBody } from './body.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const LONG = 'x'.repeat(32_768);
const GZIPPED = { 'Content-Encoding': 'gzip' };

const app = new Koa();
app.silent = true;
app.use(parseBody());
app.use((ctx) => void (ctx.body = { name: formField(ctx, 'name') }));
const request = supertest(app.callback());

function post(type: string, body: string | Buffer, headers = {}) {
  const sent = request.post('/').set({ 'Content-Type': type, ...headers });
  return sent.serialize(() => body as string).send({});
}

describe('parseBody', () => {
  it.each<[string, number, RegExp, string, string | Buffer, object?]>([
    ['a form', 200, /"Ada Lüders"/, FORM, 'name=Ada+L%C3%BCders'],
    ['JSON', 200, /"Ada"/, JSON_TYPE, '{"name":"Ada"}'],
    ['a form of exactly 32 KiB', 200, /"xxx/, FORM, `name=${LONG.slice(5)}`],
    ['a form over 32 KiB', 413, /larger than the 32kb/, FORM, `name=${LONG}`],
    ['JSON over 32 KiB', 413, /larger than the 32kb/, JSON_TYPE, `{"name":"${LONG}"}`],
    ['a form over 32 KiB once decompressed', 413, /32kb/, FORM, gzipSync(`name=${LONG}`), GZIPPED],
    ['plain text', 415, /The body is text\/plain; this server reads/, 'text/plain', 'name=ada'],
    ['a form with files', 415, /is multipart\/form-data;/, 'multipart/form-data; boundary=x', 'name=ada'],
    ['a body of no type', 415, /is of no named type;/, ';', 'name=ada'],
    ['XML', 415, /is application\/xml;/, 'application/xml', 'name=ada'],
    ['an unknown encoding', 415, /encoded as rot13/, FORM, 'anzr=nqn', { 'Content-Encoding': 'rot13' }],
    ['broken JSON', 400, /could not be read/, JSON_TYPE, '{"name":'],
    ['a bare JSON value', 400, /could not be read/, JSON_TYPE, '"ada"'],
    ['a prototype in JSON', 400, /could not be read/, JSON_TYPE, '{"__proto__":{"name":"ada"}}'],
    ['a plain form with the header of a compressed one', 400, /could not be read/, FORM, 'name=ada', GZIPPED],
  ])('answers %s with %i and never shows a refused body', async (_, status, text, type, body, headers) => {
    const response = await post(type, body, headers);
    expect(response.status).toBe(status);
    expect(response.text).toMatch(text);
    expect(response.text).not.toContain('ada');
  });

  it.each(['get', 'post'] as const)('accepts a %s without a body', async (method) => {
    const { status, body } = await request[method]('/');
    expect([status, body]).toEqual([200, { name: '' }]);
  });
});

describe('formField is empty', () => {
  it.each([
    ...['name=a&name=b', 'name[]=a', 'name[x]=a', 'name.x=a', 'other=a', ''].map((body) => [FORM, body]),
    ...['7', 'null', '["a"]', '{"toString":"a"}'].map((value) => [JSON_TYPE, `{"name":${value}}`]),
    [JSON_TYPE, '[]'],
  ])('for the %s %s, which has no single value', async (type = '', body = '') => {
    expect((await post(type, body)).body).toEqual({ name: '' });
  });

  it('for members that every object inherits', () => {
    const body: unknown = Object.create({ name: 'inherited' });
    expect(formField({ request: { body } }, 'name')).toBe('');
  });
});
