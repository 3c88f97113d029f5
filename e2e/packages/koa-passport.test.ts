import type { Middleware } from 'koa';
import bodyParser from 'koa-bodyparser';
import koaPassport from 'koa-passport';
import { Strategy } from 'passport-local';
import { describe, expect, it } from 'vitest';
import type { SessionOptions } from '../../src/session/index.ts';
import { bag } from '../../src/session/testing/set-up.ts';
import { appWith, Browser, MapStore, PLACES, type Reply, serve, STORES } from './app.ts';

const RIGHT = { username: 'ann', password: 'right' };
const WRONG = { username: 'ann', password: 'wrong' };
const TO_START = { status: 302, location: '/' };

interface User {
  name: string;
}
type Done = (error: unknown, value?: unknown) => void;

/** @param before runs between the session and passport */
async function start(options: SessionOptions, before: Middleware[] = []): Promise<Browser> {
  const passport = new koaPassport.KoaPassport();
  passport.use(
    new Strategy((name: string, password: string, done: Done) =>
      done(null, password === 'right' && { name }),
    ),
  );
  passport.serializeUser((user: User, done: Done) => done(null, user.name));
  passport.deserializeUser((name: string, done: Done) => done(null, { name }));

  const { app } = appWith(options);
  for (const middleware of [...before, bodyParser(), passport.initialize(), passport.session()]) {
    app.use(middleware);
  }
  const logIn = passport.authenticate('local', { successRedirect: '/', failureRedirect: '/wrong' });
  app.use(async (ctx, next) => {
    if (ctx.path === '/login') return logIn(ctx, next);
    if (ctx.path === '/cart') bag(ctx)['cart'] = ['book'];
    if (ctx.path === '/logout') {
      await ctx['logout']();
      return ctx.redirect('/');
    }
    ctx.body = ctx.state['user']?.name ?? 'nobody';
  });
  return new Browser((await serve(app)).url);
}

async function userOf(browser: Browser): Promise<string> {
  return (await browser.get('/')).body;
}

function callBack(callback: () => void): void {
  callback();
}

/** What recipes for passport 0.6 add to sessions without these methods. */
const shim: Middleware = (ctx, next) => {
  Object.assign(ctx.session, { regenerate: callBack, save: callBack });
  return next();
};

describe.each(PLACES)('with the session in %s', (_place, options) => {
  it('logs in and out', async () => {
    const browser = await start(options());
    expect(await browser.post('/login', WRONG)).toMatchObject({ status: 302, location: '/wrong' });
    expect(await userOf(browser)).toBe('nobody');
    expect(await browser.post('/login', RIGHT)).toMatchObject(TO_START);
    expect(await userOf(browser)).toBe('ann');
    expect(await browser.post('/logout')).toMatchObject(TO_START);
    expect(await userOf(browser)).toBe('nobody');
  });

  it('logs in and out with the regenerate and save of an old recipe', async () => {
    const browser = await start(options(), [shim]);
    expect(await browser.post('/login', RIGHT)).toMatchObject(TO_START);
    expect(await userOf(browser)).toBe('ann');
    expect(await browser.post('/logout')).toMatchObject(TO_START);
    expect(await userOf(browser)).toBe('nobody');
  });
});

/** Holds two requests, after each has loaded its session, until both have come. */
function holdTwo(second: 'at once' | 'later'): Middleware {
  const held = new Map<string, () => void>();
  return async (ctx, next) => {
    const click = ctx.get('click');
    if (click === '') return next();
    void ctx.session;
    if (click === 'first') ctx.res.once('finish', () => second === 'later' && held.get('second')?.());
    await new Promise<void>((go) => {
      held.set(click, go);
      if (held.size < 2) return;
      held.get('first')?.();
      if (second === 'at once') held.get('second')?.();
    });
    return next();
  };
}

/** Both responses, in the order of the requests. Their cookies are not stored. */
function twice(browser: Browser, path: string): Promise<Reply[]> {
  const send = (click: string): Promise<Reply> => browser.send(path, { form: RIGHT, headers: { click } });
  return Promise.all([send('first'), send('second')]);
}

describe.each(PLACES)('a double click, with the session in %s', (_place, options) => {
  describe.each([
    ['both requests run at once', 'at once'],
    ['the second runs when the first is answered', 'later'],
  ] as const)('%s', (_when, second) => {
    it.each([
      ['in their order', false],
      ['in the other order', true],
    ])('on "log in" logs in, when the answers come %s', async (_order, isReversed) => {
      const browser = await start(options(), [holdTwo(second)]);
      await browser.get('/cart');
      const replies = await twice(browser, '/login');
      expect(replies).toMatchObject([TO_START, TO_START]);
      for (const reply of isReversed ? replies.toReversed() : replies) browser.take(reply);
      expect(await userOf(browser)).toBe('ann');
    });

    it.each([
      ['in their order', false],
      ['in the other order', true],
    ])('on "log out" logs out, when the answers come %s', async (_order, isReversed) => {
      const browser = await start(options(), [holdTwo(second)]);
      await browser.post('/login', RIGHT);
      const replies = await twice(browser, '/logout');
      expect(replies).toMatchObject([TO_START, TO_START]);
      for (const reply of isReversed ? replies.toReversed() : replies) browser.take(reply);
      expect(await userOf(browser)).toBe('nobody');
    });
  });
});

it.each(STORES)(
  'a double click on "log out" ends the session of the old cookie in %s',
  async (_place, options) => {
    const browser = await start(options(), [holdTwo('at once')]);
    await browser.post('/login', RIGHT);
    await twice(browser, '/logout');
    // The client has stored the cookies of neither response.
    expect(await userOf(browser)).toBe('nobody');
  },
);

/** Reads come from a replica, which has the writes only after it catches up. */
class LaggingStore extends MapStore {
  readonly #replica = new MapStore();

  override get(id: string): Promise<unknown> {
    return this.#replica.get(id);
  }

  catchUp(): void {
    this.#replica.records.clear();
    for (const [id, text] of this.records) this.#replica.records.set(id, text);
  }
}

it('a logout holds in a store with a lagging replica for reads', async () => {
  const store = new LaggingStore();
  const browser = await start({ store });
  expect(await browser.post('/login', RIGHT)).toMatchObject(TO_START);
  store.catchUp();
  expect(await userOf(browser)).toBe('ann');
  expect(await browser.post('/logout')).toMatchObject(TO_START);
  store.catchUp();
  expect(await userOf(browser)).toBe('nobody');
  expect(Array.from(store.records.values()).join()).not.toContain('ann');
});
