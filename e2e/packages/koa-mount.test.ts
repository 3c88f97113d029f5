import Keygrip from 'keygrip';
import Koa from 'koa';
import mount from 'koa-mount';
import { describe, expect, it } from 'vitest';
import session, { type SessionOptions } from '../../src/session/index.ts';
import { bag } from '../../src/session/testing/set-up.ts';
import { Browser, PLACES, serve } from './app.ts';

const PARENTS = 'a key of the parent, of some length.....';
const MOUNTED = 'a key of the mounted app, of some length';
const OTHER = 'another key, of the same length as those';

/** An app that is mounted at /shop of another, with its own session and keys. */
async function start(
  options: SessionOptions,
  keysOfShop?: string[],
  keysOfParent?: string[],
): Promise<{ parent: Koa; shop: Koa; browser: Browser }> {
  const parent = new Koa();
  const shop = new Koa();
  parent.silent = true;
  shop.silent = true;
  if (keysOfParent) parent.keys = keysOfParent;
  if (keysOfShop) shop.keys = keysOfShop;
  shop.use(session(options, shop));
  shop.use((ctx) => {
    bag(ctx)['n'] = Number(bag(ctx)['n'] ?? 0) + 1;
    ctx.body = `${Number(bag(ctx)['n'])}`;
  });
  parent.use(mount('/shop', shop));
  return { parent, shop, browser: new Browser((await serve(parent)).url) };
}

describe.each(PLACES)('a mounted app with a session in %s', (_place, options) => {
  it.each([
    ['a parent with other keys', [PARENTS]],
    ['a parent without keys', undefined],
  ])('uses its own keys, under %s', async (_what, keysOfParent) => {
    const { parent, shop, browser } = await start(options(), [MOUNTED], keysOfParent);
    expect(await browser.get('/shop')).toMatchObject({ status: 200, body: '1' });
    parent.keys = [OTHER];
    expect(await browser.get('/shop')).toMatchObject({ status: 200, body: '2' });
    // Without the key that signed or sealed it, the cookie does not count.
    shop.keys = [OTHER];
    expect(await browser.get('/shop')).toMatchObject({ status: 200, body: '1' });
  });

  it('uses the keys of its parent if it has none', async () => {
    const { parent, browser } = await start(options(), undefined, [PARENTS]);
    expect(await browser.get('/shop')).toMatchObject({ status: 200, body: '1' });
    expect(await browser.get('/shop')).toMatchObject({ status: 200, body: '2' });
    parent.keys = [OTHER];
    expect(await browser.get('/shop')).toMatchObject({ status: 200, body: '1' });
  });
});

it('a mounted app signs with its own key', async () => {
  const { browser } = await start({}, [MOUNTED], [PARENTS]);
  const { setCookie } = await browser.get('/shop');
  const [cookie, signature] = setCookie;
  expect(signature?.name).toBe('koa.sess.sig');
  expect(signature?.value).toBe(new Keygrip([MOUNTED]).sign(`koa.sess=${cookie?.value}`));
});
