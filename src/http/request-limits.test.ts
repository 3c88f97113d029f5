import Koa from 'koa';
import { pino } from 'pino';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { errorPages } from './errors.ts';
import { requestLimits } from './request-limits.ts';

function request() {
  const app = new Koa();
  app.use(errorPages({ render: () => '<p>', showsStack: false, log: pino({ level: 'silent' }) }));
  app.use(requestLimits());
  app.use((ctx) => {
    ctx.body = {
      count: Object.keys(ctx.query).length,
      accept: ctx.get('Accept'),
      prefers: ctx.accepts('html', 'json'),
    };
  });
  return supertest(app.callback());
}

function parameters(count: number): string {
  return Array.from({ length: count }, (_, nth) => `p${nth}`).join('&');
}

describe('requestLimits', () => {
  it('lets 256 query parameters pass', async () => {
    const { body } = await request()
      .get(`/?${parameters(256)}`)
      .expect(200);
    expect(body).toMatchObject({ count: 256 });
  });

  it('rejects 257 with 400, naming the count and the limit', async () => {
    const { body } = await request()
      .get(`/?${parameters(257)}`)
      .set('Accept', 'application/json')
      .expect(400);
    expect(body.error.message).toBe('The address has 257 query parameters; this server takes 256 at most.');
  });

  it('counts those behind a second question mark', async () => {
    await request()
      .get(`/?a?${parameters(300)}`)
      .expect(400);
  });

  it.each(['?', '?a=1&a=2&a', '', '?&&', `a${'&'.repeat(1000)}`])('lets %j pass', async (search) => {
    await request().get(`/${search}`).expect(200);
  });

  it('ignores an Accept header of more than 1,024 characters', async () => {
    const longest = `application/json${' '.repeat(1024 - 16 - 4)};q=1`;
    expect((await request().get('/').set('Accept', longest)).body).toMatchObject({ prefers: 'json' });
    const { body } = await request().get('/').set('Accept', `${longest}0`);
    expect(body).toMatchObject({ accept: '', prefers: 'html' });
  });

  it.each(['Host', 'X-Forwarded-Host'])('rejects a %s that no host has', async (name) => {
    await request()
      .get('/')
      .set(name, `${'a'.repeat(255)}:65535`)
      .expect(200);
    const { text } = await request()
      .get('/')
      .set(name, 'a'.repeat(262))
      .set('Accept', 'text/plain')
      .expect(400);
    expect(text).toContain(`The header ${name} has 262 characters; this server takes 261 at most.`);
  });

  it('does not parse a long Accept for the error page either', async () => {
    const { type } = await request()
      .get(`/?${parameters(257)}`)
      .set('Accept', `application/json;a="${','.repeat(2000)}`)
      .expect(400);
    expect(type).toBe('text/html');
  });
});
