import Koa, { type Context } from 'koa';
import request from 'supertest';
import { expect, it } from 'vitest';
import { MemoryStore, session, type SessionOptions } from '../session/index.ts';
import type { LoggedEvent } from './event-log.ts';
import { inspect } from './inspection.ts';
import type { InspectorModel } from './inspector/inspector.ts';

const ACTS = {
  look: () => {},
  write: (ctx: Context) => void Object.assign(ctx.session, { at: ctx.path }),
  end: (ctx: Context) => void (ctx.session = null),
};
const SAVED: LoggedEvent = { name: 'saved', reason: 'its data have changed' };

/** What the inspector shows of a second request of the same client. */
async function inspected(
  events: LoggedEvent[],
  act: keyof typeof ACTS,
  options: SessionOptions = { store: new MemoryStore() },
): Promise<InspectorModel> {
  const app = new Koa();
  app.keys = ['a key of more than thirty-two characters'];
  app.use(async (ctx, next) => {
    await next();
    const storage = { name: 'place', title: 'Place', where: 'In its place.', options };
    ctx.body = inspect(ctx, { storage, events, now: 0 });
  });
  app.use(session(options, app));
  app.use((ctx) => ACTS[ctx.path === '/first' ? 'write' : act](ctx));
  const agent = request.agent(app.callback());
  await agent.get('/first');
  return ((await agent.get('/')) as { body: InspectorModel }).body;
}

it.each<[act: keyof typeof ACTS, events: LoggedEvent[], why: string]>([
  ['write', [SAVED], 'The session was saved and its cookie sent again: its data have changed.'],
  ['write', [{ name: 'saved' }], 'The session was saved and its cookie sent again.'],
  // The last event that concerns the cookie gives the reason.
  [
    'write',
    [{ name: 'destroyed', reason: 'two' }, { name: 'created', reason: 'one' }, { name: 'store-error' }],
    'The session is new and its cookie was sent: one.',
  ],
  // An event of the redirect before this request does not count.
  [
    'look',
    [{ name: 'regenerated', reason: 'one', redirect: 'POST /login' }],
    'No cookie was sent: nothing has changed, and the session need not be extended yet.',
  ],
  ['end', [{ name: 'missed' }], 'The session is gone, so the browser was told to delete the cookie.'],
  ['look', [{ name: 'gone', reason: 'why' }], 'The session was not saved and no cookie was sent: why.'],
  ['look', [SAVED], 'No cookie was sent: the one that the browser has is still right.'],
])('says after %s and events %j: %s', async (act, events, why) => {
  expect((await inspected(events, act)).why).toBe(why);
});

it.each<[keptIn: string, options?: SessionOptions]>([['store'], ['cookie', {}]])(
  'says that the session is kept in the %s',
  async (keptIn, options) => {
    expect(await inspected([], 'look', options)).toMatchObject({ keptIn, storage: 'Place', isNew: false });
  },
);
