/* oxlint-disable vitest/expect-expect -- supertest's own .expect() asserts */
import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { csrf } from './csrf.ts';

type Method = 'get' | 'head' | 'options' | 'post' | 'put' | 'patch' | 'delete';

function post(headers: Record<string, string>, options: { proxy?: boolean; method?: Method } = {}) {
  const { proxy = false, method = 'post' } = options;
  const app = new Koa({ proxy });
  // So that the reason of a refusal can be read.
  app.silent = true;
  app.use(csrf());
  app.use((ctx) => {
    ctx.body = 'done';
  });
  const client = supertest(app.callback());
  return client[method]('/').set({ Host: 'shop.test', ...headers });
}

describe('csrf', () => {
  it.each(['same-origin', 'none'])('lets Sec-Fetch-Site: %s pass', async (site) => {
    await post({ 'Sec-Fetch-Site': site }).expect(200);
  });

  it.each(['same-site', 'cross-site', 'SAME-ORIGIN', '', 'same-origin, same-origin'])(
    'refuses Sec-Fetch-Site: %s, even with our own Origin',
    async (site) => {
      const response = await post({ 'Sec-Fetch-Site': site, Origin: 'http://shop.test' }).expect(403);
      expect(response.text).toContain(`(Sec-Fetch-Site: ${site})`);
    },
  );

  it('lets our own Origin pass where Sec-Fetch-Site is missing', async () => {
    await post({ Origin: 'http://shop.test' }).expect(200);
    await post({ Host: 'SHOP.test:80', Origin: 'http://shop.test' }).expect(200);
    await post({ Host: 'shop.test:3000', Origin: 'http://shop.test:3000' }).expect(200);
  });

  it.each([
    'http://evil.test',
    'http://shop.test.evil.test',
    'http://shop.test:81',
    'https://shop.test',
    'http://shop.test@evil.test',
    'null',
    'undefined',
    '',
  ])('refuses Origin: %s', async (origin) => {
    const response = await post({ Origin: origin }).expect(403);
    expect(response.text).toContain('this site is http://shop.test');
  });

  it('refuses Origin: null when our own origin is unknown too', async () => {
    await post({ Host: ':::', Origin: 'null' }).expect(403);
  });

  it('compares with the origin that people see when a proxy is trusted, and only then', async () => {
    const forwarded = {
      Host: '10.0.0.7:3000',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'shop.test',
      Origin: 'https://shop.test',
    };
    await post(forwarded, { proxy: true }).expect(200);
    await post(forwarded, { proxy: false }).expect(403, /TRUST_PROXY/);
  });

  it('lets pass what is no browser', async () => {
    await post({}).expect(200, 'done');
  });

  it.each(['put', 'patch', 'delete'] as const)('guards %s too', async (method) => {
    await post({ 'Sec-Fetch-Site': 'cross-site' }, { method }).expect(403);
  });

  it.each(['get', 'head', 'options'] as const)('lets %s pass from anywhere', async (method) => {
    await post({ 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.test' }, { method }).expect(200);
  });
});
