import Koa from 'koa';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { clearSiteData } from './clear-site-data.ts';

function answer(headers: Record<string, string>) {
  const app = new Koa({ proxy: true });
  app.use((ctx) => {
    clearSiteData(ctx);
    ctx.body = 'ok';
  });
  return request(app.callback()).get('/').set(headers);
}

describe('what the browser is to drop at logout', () => {
  it.each<Record<string, string>>([{ 'X-Forwarded-Proto': 'https' }, { Host: 'localhost:3000' }])(
    'is said to %o',
    async (headers) => {
      const { headers: sent } = await answer(headers);
      expect(sent['clear-site-data']).toBe('"cache", "storage"');
    },
  );

  it('is not said over plain http, where browsers do not heed it', async () => {
    const { headers } = await answer({ Host: 'example.com' });
    expect(headers).not.toHaveProperty('clear-site-data');
  });
});
