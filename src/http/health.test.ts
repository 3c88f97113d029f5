/* oxlint-disable vitest/expect-expect -- supertest's own .expect() asserts */
import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { DRAINING, health } from './health.ts';

function healthApp() {
  const app = new Koa();
  app.use(health(app));
  app.use((ctx) => {
    ctx.body = `below: ${ctx.method} ${ctx.path}`;
  });
  return { app, request: supertest(app.callback()) };
}

describe('health', () => {
  it.each(['/healthz', '/readyz'])(
    'answers ok at %s, as text or JSON, and never from a cache',
    async (path) => {
      const { request } = healthApp();
      const response = await request.get(path).expect(200, 'ok\n');
      expect(response.headers['cache-control']).toBe('no-store');
      await request.get(path).set('Accept', 'application/json').expect(200, { status: 'ok' });
      await request.head(path).expect(200);
    },
  );

  it('is alive but not ready once the app drains', async () => {
    const { app, request } = healthApp();
    app.emit(DRAINING);
    await request.get('/healthz').expect(200, 'ok\n');
    await request.get('/readyz').expect(503, 'draining\n');
    await request.get('/readyz').set('Accept', 'application/json').expect(503, { status: 'draining' });
  });

  it('passes everything else on', async () => {
    const { request } = healthApp();
    await request.get('/healthz/more').expect('below: GET /healthz/more');
    await request.post('/healthz').expect('below: POST /healthz');
  });
});
