import { setImmediate as afterEvents } from 'node:timers/promises';
import Koa from 'koa';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { MemoryStore, session } from '../session/index.ts';
import { detailOf, EventLog, type LoggedEvent } from './event-log.ts';

const CARRIER = 'inspector';
const LOGIN = { name: 'regenerated', reason: 'regenerate() was called', redirect: 'POST /login' };

/** An app that redirects from a login to a page, which answers with the events that it gets. */
function agentOf(key = 'a key of more than thirty-two characters') {
  const app = new Koa();
  app.keys = [key];
  const log = new EventLog(app, CARRIER);
  app.use(async (ctx, next) => {
    await next();
    await afterEvents();
    if (ctx.method === 'POST') log.carry(ctx);
    else ctx.body = log.take(ctx);
  });
  app.use(session({ store: new MemoryStore() }, app));
  app.use(async (ctx) => {
    if (ctx.method === 'POST') await ctx.session.regenerate();
    if (ctx.path === '/page') Object.assign(ctx.session, { views: 1 });
    ctx.status = 200;
  });
  return request.agent(app.callback());
}

describe('the event log', () => {
  it('has the events of a request with their reasons', async () => {
    const { body } = await agentOf().get('/page');
    expect(body).toEqual([{ name: 'created', reason: expect.any(String) }]);
  });

  it('passes events and reasons on to the page after a redirect', async () => {
    const agent = agentOf();
    await agent.post('/login');
    expect((await agent.get('/page')).body).toMatchObject([LOGIN, { name: 'saved' }]);
    expect((await agent.get('/')).body).toEqual([]);
  });

  it('adds the events of a second redirect to those of the first', async () => {
    const agent = agentOf();
    await agent.post('/login');
    await agent.post('/again');
    expect((await agent.get('/')).body).toEqual([LOGIN, { ...LOGIN, redirect: 'POST /again' }]);
  });

  it('ignores a cookie that this app has not signed', async () => {
    const login = await agentOf('the key of another app, which is as long').post('/login');
    const cookies = [login.get('Set-Cookie') ?? []].flat().map((line) => line.split(';')[0] ?? '');
    const [value = '', ...signature] = cookies.filter((cookie) => cookie.startsWith(CARRIER));
    expect(signature).toHaveLength(1);
    for (const cookie of [value, `${value}; ${signature.join()}`]) {
      expect((await agentOf().get('/').set('Cookie', cookie)).body).toEqual([]);
    }
  });
});

it.each<[event: LoggedEvent, words: string]>([
  [{ name: 'missed' }, 'the store has no session with this id'],
  [{ name: 'saved', reason: 'its data have changed' }, 'saved again: its data have changed'],
  [
    { name: 'destroyed', reason: 'it was set to null', redirect: 'POST /logout' },
    'removed from the storage and from the browser: it was set to null (POST /logout)',
  ],
])('explains %j as "%s"', (event, words) => {
  expect(detailOf(event)).toBe(words);
});
