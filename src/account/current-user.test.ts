import Koa from 'koa';
import request from 'supertest';
import { expect, it } from 'vitest';
import type { User } from '../auth/users.ts';
import { session } from '../session/index.ts';
import { currentUser, userOf } from './current-user.ts';

const MINUTE = 60_000;

/** An app with one user, ada, on a clock that the test moves. */
function appOfAda() {
  let ada: User | undefined = { id: '1', name: 'ada', displayName: 'Ada', passwordHash: '' };
  let time = 1_000_000;
  const now = (): number => time;
  const app = new Koa();
  app.keys = ['a key of more than thirty-two characters'];
  app.use(session({}, app));
  const users = {
    findByName: async () => ada,
    findById: async (id: string) => (id === ada?.id ? ada : undefined),
    changePassword: async () => {},
  };
  app.use(currentUser({ users, now }));
  app.use((ctx) => {
    if (ctx.path === '/login') ctx.session.userId = '1';
    ctx.body = { user: userOf(ctx)?.name, seenAt: ctx.session.seenAt };
  });
  return {
    agent: request.agent(app.callback()),
    wait: (ms: number) => void (time += ms),
    removeAda: () => void (ada = undefined),
  };
}

it('knows who is logged in, and notes every five minutes that they are there', async () => {
  const { agent, wait } = appOfAda();
  await agent.get('/login');
  expect((await agent.get('/')).body).toEqual({ user: 'ada', seenAt: 1_000_000 });
  wait(5 * MINUTE - 1);
  expect((await agent.get('/')).body).toEqual({ user: 'ada', seenAt: 1_000_000 });
  wait(1);
  expect((await agent.get('/')).body).toEqual({ user: 'ada', seenAt: 1_300_000 });
});

it('a user who is gone since then is nobody, and the session ends', async () => {
  const { agent, removeAda } = appOfAda();
  await agent.get('/login');
  removeAda();
  const { body, headers } = await agent.get('/');
  expect(body).toEqual({});
  expect(String(headers['set-cookie'])).toContain('koa.sess=; path=/; expires=Thu, 01 Jan 1970');
});
