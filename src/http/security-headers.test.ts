import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { securityHeaders } from './security-headers.ts';

async function headersOf({ production, protocol }: { production: boolean; protocol: string }) {
  const app = new Koa({ proxy: true });
  app.use(securityHeaders({ production }));
  app.use((ctx) => {
    ctx.body = 'ok';
  });
  const response = await supertest(app.callback())
    .get('/')
    .set('X-Forwarded-Proto', protocol)
    .expect(200, 'ok');
  return response.headers as Record<string, string | undefined>;
}

describe('securityHeaders', () => {
  it('allows nothing inline and nothing from elsewhere', async () => {
    const headers = await headersOf({ production: true, protocol: 'https' });
    const policy = new Map(
      headers['content-security-policy']?.split(';').map((directive): [string, string] => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources.join(' ')];
      }),
    );
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('base-uri')).toBe("'none'");
    expect(policy.get('frame-ancestors')).toBe("'none'");
    expect(policy.get('form-action')).toBe("'self'");
    expect([...new Set(policy.values())].toSorted()).toEqual(["'none'", "'self'"]);
  });

  it('isolates the page from other origins', async () => {
    expect(await headersOf({ production: true, protocol: 'https' })).toMatchObject({
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'permissions-policy': expect.stringContaining('camera=()'),
    });
  });

  it('pins HTTPS in production over HTTPS', async () => {
    const headers = await headersOf({ production: true, protocol: 'https' });
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
  });

  it.each([
    { production: true, protocol: 'http' },
    { production: false, protocol: 'https' },
    { production: false, protocol: 'http' },
  ])('neither pins nor upgrades to HTTPS for %o', async (where) => {
    const headers = await headersOf(where);
    expect(headers).not.toHaveProperty('strict-transport-security');
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
  });
});
