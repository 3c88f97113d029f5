import type Koa from 'koa';
import { expect, it } from 'vitest';
import { quickPasswords } from '../auth/testing/quick-passwords.ts';
import { DEMO_ACCOUNT, demoUsers } from '../auth/users.ts';
import { testApp } from '../testing/test-app.ts';
import { userOf } from './current-user.ts';

const MINUTE = 60_000;
const { name, password } = DEMO_ACCOUNT;

const state: Koa.Middleware = (ctx) => {
  if (ctx.path === '/state') ctx.body = { user: userOf(ctx)?.name, seenAt: ctx.session.seenAt };
};

it('finds the logged-in user, and saves every five minutes when they were last seen', async () => {
  const start = Date.now();
  let time = start;
  const { browser } = testApp({}, { now: () => time }, state);
  await browser.post('/login').type('form').send({ name, password });
  for (const [wait, seenAt] of [
    [0, start],
    [5 * MINUTE - 1, start],
    [1, start + 5 * MINUTE],
  ] as const) {
    time += wait;
    await browser.get('/state').expect(200, { user: name, seenAt });
  }
});

it('when the account no longer exists, nobody is logged in and the session ends', async () => {
  const users = demoUsers(quickPasswords);
  const { browser } = testApp({}, { users }, state);
  await browser.post('/login').type('form').send({ name, password }).expect(303);
  users.findById = async () => undefined;
  const { headers } = await browser.get('/state').expect(200, {});
  expect(String(headers['set-cookie'])).toMatch(/^session_[^=]+=; path=\/; expires=Thu, 01 Jan 1970/);
});
