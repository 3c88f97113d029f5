import { expect, it } from 'vitest';
import { MemoryStore, type SessionOptions } from '../index.ts';
import { bag, setUp } from '../testing/set-up.ts';

const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

/** An app whose store can fail method by method, and a session of ann, whose id can be renewed. */
async function start() {
  const failing = new Set<string>();
  const store = new Proxy(new MemoryStore(), {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...rest: unknown[]): unknown => {
        if (failing.has(String(name))) throw new Error('unavailable');
        return Reflect.apply(member, target, rest);
      };
    },
  });
  const made = setUp({ store, userOf, onStoreError: 'cookie' });
  await made.request((ctx) => (bag(ctx).user = 'ann'));
  const cookieOf = (): string => made.browser.jar.header(Date.now()) ?? '';
  return { ...made, failing, cookieOf };
}

it('a change that a request with a renewed id cannot store is refused, since no cookie can hold it', async () => {
  const { request, failing, cookieOf } = await start();
  const old = cookieOf();
  await request((ctx) => bag(ctx).regenerate());
  failing.add('update');
  for (const asked of [true, false]) {
    const late = await request(
      async (ctx) => {
        bag(ctx).late = 1;
        if (asked) await bag(ctx).save();
      },
      { cookie: old },
    );
    expect([late.status, late.setCookie]).toEqual([503, []]);
  }
});

it('changes of an outage under an id that was then renewed are applied, and that id gets no cookie', async () => {
  const { request, failing, cookieOf } = await start();
  const old = cookieOf();
  for (const name of ['read', 'update', 'touch', 'create']) failing.add(name);
  await request((ctx) => (bag(ctx).x = 1));
  const pending = cookieOf();
  failing.clear();
  await request((ctx) => bag(ctx).regenerate(), { cookie: old });
  const late = await request((ctx) => (bag(ctx).y = 2), { cookie: pending });
  expect([late.status, late.setCookie]).toEqual([200, []]);
  expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ user: 'ann', x: 1, y: 2 });
});
