import inject from 'light-my-request';
import Koa from 'koa';
import { describe, expect, it } from 'vitest';
import { session, type SessionOptions } from './session/index.ts';
import { checkSetCookie } from './set-cookie/index.ts';

/** What a response over http says, and the errors of its request. */
async function responseWith(options: SessionOptions): Promise<{ status: number; errors: string[] }> {
  const app = new Koa();
  app.keys = ['a key of thirty-two characters...'];
  const errors: string[] = [];
  app.on('error', ({ message }: Error) => errors.push(message));
  app.use(session({ ...options, verdict: checkSetCookie }, app));
  app.use(async (ctx) => {
    await ctx.session.save();
    ctx.session = null;
    ctx.body = 'ok';
  });
  const request = { url: '/', headers: { host: 'shop.example' } };
  const { statusCode } = await inject((req, res) => void app.callback()(req, res), request);
  return { status: statusCode, errors };
}

describe('checkSetCookie as the verdict of a session', () => {
  it('lets a cookie and its deletion pass', async () => {
    expect(await responseWith({ sameSite: 'lax' })).toEqual({ status: 200, errors: [] });
  });

  it.each<[SessionOptions, message: string]>([
    [{ sameSite: 'none' }, "'koa.sess': SameSite=None needs Secure"],
    [{ domain: 'other.example' }, "'koa.sess': shop.example is not below Domain=other.example"],
  ])('refuses a cookie that browsers drop: %j', async (options, message) => {
    expect(await responseWith(options)).toEqual({
      status: 500,
      errors: [expect.stringContaining(`session: browsers drop the cookie ${message}`)],
    });
  });
});
