import Koa, { type Context } from 'koa';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { MemoryStore, session } from '../session/index.ts';
import type { LoggedEvent } from './event-log.ts';
import { inspect } from './inspection.ts';
import { views } from './views/route.ts';

/** The `why` of a second request with the same browser. */
async function whyOf(events: LoggedEvent[], handler: (ctx: Context) => void = () => {}): Promise<string> {
  const options = { store: new MemoryStore() };
  const app = new Koa();
  app.keys = ['a key of more than thirty-two characters'];
  app.use(async (ctx, next) => {
    await next();
    const storage = { name: 'memory', title: 'Memory', where: 'In memory.', options };
    ctx.body = inspect(ctx, { storage, example: views, events, now: 0, showsSource: false });
  });
  app.use(session(options, app));
  app.use((ctx) => {
    if (ctx.path === '/first') ctx.session.views = 1;
    else handler(ctx);
  });
  const agent = request.agent(app.callback());
  await agent.get('/first');
  const { body } = (await agent.get('/')) as { body: { why: string } };
  return body.why;
}

function end(ctx: Context): void {
  ctx.session = null;
}

function change(ctx: Context): void {
  ctx.session.views = 2;
}

describe('why a cookie was sent', () => {
  it('is what happened to the session, and the reason of the event', async () => {
    expect(await whyOf([{ name: 'saved', reason: 'its data have changed' }], change)).toBe(
      'The session was saved and its cookie sent again: its data have changed.',
    );
  });

  it('is told without a reason, too', async () => {
    expect(await whyOf([{ name: 'saved' }], change)).toBe('The session was saved and its cookie sent again.');
  });

  it('is told by the last event that has to do with it', async () => {
    const created: LoggedEvent = { name: 'created', reason: 'one' };
    expect(
      await whyOf([{ name: 'destroyed', reason: 'two' }, created, { name: 'store-error' }], change),
    ).toBe('The session is new and its cookie was sent: one.');
  });

  it('is told by this request, not by the redirect before it', async () => {
    const login: LoggedEvent = { name: 'regenerated', reason: 'one', redirect: 'POST /login' };
    expect(await whyOf([login])).toBe(
      'No cookie was sent: nothing has changed, and the session has life enough left.',
    );
  });

  it('is that no session is left, if no event tells it', async () => {
    expect(await whyOf([{ name: 'missed' }], end)).toBe(
      'There is no session any more, so the browser was told to drop the cookie.',
    );
  });
});

describe('why no cookie was sent', () => {
  it('is that another request has ended the session', async () => {
    expect(await whyOf([{ name: 'gone', reason: 'another request has ended it' }])).toBe(
      'The session was not saved and no cookie was sent: another request has ended it.',
    );
  });

  it('is that the browser has it, when the session was saved', async () => {
    expect(await whyOf([{ name: 'saved', reason: 'its data have changed' }])).toBe(
      'No cookie was sent: the browser keeps the one that it has.',
    );
  });
});
