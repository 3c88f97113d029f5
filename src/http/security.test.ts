import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { csrf, securityHeaders } from './security.ts';

const METHODS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'] as const;
type Headers = Record<string, string>;
type Case = { production?: boolean; proxy?: boolean; method?: (typeof METHODS)[number] };

function send(headers: Headers, { production = false, proxy = false, method = 'post' }: Case = {}) {
  const app = new Koa({ proxy });
  // Shows the reason of a refusal.
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
    [true, 'https', 'max-age=31536000'],
    [true, 'http', undefined],
    [false, 'https', undefined],
    [false, 'http', undefined],
  ])('pins HTTPS only in production: %s, over %s', async (production, protocol, expected) => {
    const { headers } = await send({ 'X-Forwarded-Proto': protocol }, { production, proxy: true });
    expect(headers['strict-transport-security']).toBe(expected);
  });
});

describe('csrf', () => {
  const OWN = 'http://shop.test';
  const forwarded = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'shop.test' };
  const behindProxy = { Host: '10.0.0.7:3000', Origin: 'https://shop.test', ...forwarded };

  it.each<[Headers, Case?]>([
    [{}],
    [{ 'Sec-Fetch-Site': 'same-origin' }],
    [{ 'Sec-Fetch-Site': 'none' }],
    [{ Origin: OWN }],
    [{ Host: 'SHOP.test:80', Origin: OWN }],
    [{ Host: 'shop.test:3000', Origin: 'http://shop.test:3000' }],
    [behindProxy, { proxy: true }],
  ])('lets our own pages and programs pass: %j', async (headers, options) => {
    expect(await send(headers, options)).toMatchObject({ status: 200, text: 'done' });
  });

  const sites = ['same-site', 'cross-site', 'SAME-ORIGIN', '', 'same-origin, same-origin'];
  const origins = `http://evil.test http://shop.test.evil.test http://shop.test@evil.test http://shop.test:81
    https://shop.test null undefined`;
  type Row = [Headers, string];
  it.each<Row>([
    ...sites.map((site): Row => [{ 'Sec-Fetch-Site': site, Origin: OWN }, `(Sec-Fetch-Site: ${site})`]),
    ...['', ...origins.split(/\s+/)].map((Origin): Row => [{ Origin }, `this site is ${OWN}`]),
    ...['null', 'undefined'].map((Origin): Row => [{ Host: ':::', Origin }, 'this site is unknown']),
    [behindProxy, 'TRUST_PROXY'],
  ])('refuses requests from other sites, and says why: %j', async (headers, reason) => {
    const refused = { status: 403, text: expect.stringContaining(reason) as string };
    expect(await send(headers)).toMatchObject(refused);
  });

  it.each(METHODS)('checks %s only if it may change something', async (method) => {
    const { status } = await send({ 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.test' }, { method });
    expect(status).toBe(['get', 'head', 'options'].includes(method) ? 200 : 403);
  });
});
