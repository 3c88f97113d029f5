import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { csrf, securityHeaders } from './security.ts';

const METHODS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'] as const;
type Case = { production?: boolean; proxy?: boolean; method?: (typeof METHODS)[number] };

function send(
  headers: Record<string, string>,
  { production = false, proxy = false, method = 'post' }: Case = {},
) {
  const app = new Koa({ proxy });
  // So that the reason of a refusal can be read.
  app.silent = true;
  app.use(securityHeaders({ production }));
  app.use(csrf());
  app.use((ctx) => void (ctx.body = 'done'));
  const request = supertest(app.callback());
  return request[method]('/').set({ Host: 'shop.test', ...headers });
}

describe('securityHeaders', () => {
  it('allows nothing inline and nothing from elsewhere, and isolates the page from other origins', async () => {
    const { headers } = await send({});
    const policy = String(headers['content-security-policy']).split(';');
    const none = ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"];
    expect(policy).toEqual(expect.arrayContaining(none));
    expect(policy.filter((directive) => !/^[a-z-]+ '(self|none)'$/.test(directive))).toEqual([]);
    expect(headers).toMatchObject({
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'permissions-policy': expect.stringContaining('camera=()'),
    });
  });

  it.each([
    ['pins HTTPS in production over HTTPS', true, 'https', 'max-age=31536000'],
    ['does not pin HTTPS in production over HTTP', true, 'http', undefined],
    ['does not pin HTTPS elsewhere over HTTPS', false, 'https', undefined],
    ['does not pin HTTPS elsewhere over HTTP', false, 'http', undefined],
  ])('%s', async (_name, production, protocol, expected) => {
    const { headers } = await send({ 'X-Forwarded-Proto': protocol }, { production, proxy: true });
    expect(headers['strict-transport-security']).toBe(expected);
  });
});

describe('csrf', () => {
  it.each<Record<string, string>>([
    {},
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: 'http://shop.test' },
    { Host: 'SHOP.test:80', Origin: 'http://shop.test' },
    { Host: 'shop.test:3000', Origin: 'http://shop.test:3000' },
  ])('lets our own pages and what is no browser pass: %j', async (headers) => {
    expect(await send(headers)).toMatchObject({ status: 200, text: 'done' });
  });

  it.each(['same-site', 'cross-site', 'SAME-ORIGIN', '', 'same-origin, same-origin'])(
    'refuses Sec-Fetch-Site: %s',
    async (site) => {
      const { status, text } = await send({ 'Sec-Fetch-Site': site, Origin: 'http://shop.test' });
      expect(status).toBe(403);
      expect(text).toContain(`(Sec-Fetch-Site: ${site})`);
    },
  );

  const others = `http://evil.test http://shop.test.evil.test http://shop.test@evil.test http://shop.test:81
    https://shop.test null undefined`;
  it.each(['', ...others.split(/\s+/)])('refuses Origin: %s', async (Origin) => {
    const { status, text } = await send({ Origin });
    expect(status).toBe(403);
    expect(text).toContain('this site is http://shop.test');
  });

  it.each(['null', 'undefined'])('refuses Origin: %s when our own origin is unknown too', async (Origin) => {
    expect(await send({ Host: ':::', Origin })).toMatchObject({ status: 403 });
  });

  it('compares with the origin that people see when a proxy is trusted, and only then', async () => {
    const forwarded = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'shop.test' };
    const headers = { Host: '10.0.0.7:3000', Origin: 'https://shop.test', ...forwarded };
    expect(await send(headers, { proxy: true })).toMatchObject({ status: 200 });
    const refused = { status: 403, text: expect.stringContaining('TRUST_PROXY') };
    expect(await send(headers, { proxy: false })).toMatchObject(refused);
  });

  it.each(METHODS)('guards %s only if it may change something', async (method) => {
    const { status } = await send({ 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.test' }, { method });
    expect(status).toBe(['get', 'head', 'options'].includes(method) ? 200 : 403);
  });
});
