import { expect, it } from 'vitest';
import Koa from 'koa';
import request from 'supertest';
import { session } from './index.ts';
declare module './index.ts' {
  interface SessionData {
    views: number;
  }
}
it('counts', async () => {
  const app = new Koa();
  app.keys = ['a'.repeat(32)];
  app.use(session({ sameSite: null }, app));
  app.use((ctx) => {
    ctx.session.views = (ctx.session.views ?? 0) + 1;
    ctx.body = String(ctx.session.views);
  });
  const agent = request.agent(app.callback());
  expect((await agent.get('/')).text).toBe('1');
  const r = await agent.get('/');
  console.log(r.headers);
  expect(r.text).toBe('2');
});
