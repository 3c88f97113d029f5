import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionEvent, SessionGoneError, type SessionOptions } from '../index.ts';
import { bag, setUp } from '../testing/set-up.ts';

interface Data {
  n: number;
  other?: number;
}

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  ['in a sealed cookie', () => ({ encrypt: true })],
  ['in a store', () => ({ store: new MemoryStore() })],
];

describe.each(MODES)('update() of a session %s', (_mode, options) => {
  it('changes the session at once and returns the result of the function', async () => {
    const { request } = setUp(options());
    const first = await request(async (ctx) => {
      const result = await bag(ctx).update((data) => ((data as Data).n = 1));
      return [result, bag(ctx).n];
    });
    expect(first.result).toEqual([1, 1]);
    expect(first.cookie()).toBeDefined();
    expect((await request((ctx) => bag(ctx).n)).result).toBe(1);
  });

  it('sees and saves what the handler has changed before, and removes what the function removes', async () => {
    const { request } = setUp(options());
    await request((ctx) => Object.assign(bag(ctx), { n: 1, gone: true }));
    const reply = await request(async (ctx) => {
      bag(ctx).other = 2;
      await bag(ctx).update((data) => {
        (data as Data).n += (data as Data).other ?? 0;
        Reflect.deleteProperty(data, 'gone');
      });
      return { ...bag(ctx) };
    });
    expect(reply.result).toEqual({ n: 3, other: 2 });
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ n: 3, other: 2 });
  });

  it('removes a session that the function empties, and begins no empty one', async () => {
    const { app, request, browser } = setUp(options());
    const reasons: (string | undefined)[] = [];
    app.on('session:destroyed', ({ reason }: SessionEvent) => reasons.push(reason));
    const nothing = await request((ctx) => bag(ctx).update(() => 'nothing'));
    expect([nothing.result, nothing.setCookie]).toEqual(['nothing', []]);
    await request((ctx) => (bag(ctx).n = 1));
    const reply = await request((ctx) =>
      bag(ctx).update((data) => {
        const { n } = data as Data;
        Reflect.deleteProperty(data, 'n');
        return n;
      }),
    );
    expect([reply.result, browser.jar.cookies.size]).toEqual([1, 0]);
    expect(reasons).toEqual(['update() has emptied it']);
    expect((await request((ctx) => bag(ctx).isNew)).result).toBe(true);
  });

  it('writes nothing when the function throws, and throws its error', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).n = 1));
    const reply = await request((ctx) =>
      bag(ctx)
        .update((data) => {
          (data as Data).n = 2;
          throw new Error('changed my mind');
        })
        .catch((error: Error) => [error.message, bag(ctx).n]),
    );
    expect([reply.result, reply.setCookie]).toEqual([['changed my mind', 1], []]);
  });

  it('refuses keys that data cannot have, before anything is written', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).n = 1));
    const reply = await request((ctx) =>
      bag(ctx)
        .update((data) => Object.assign(data, { save: 1 }))
        .catch((error: Error) => error.message),
    );
    expect(reply.result).toMatch(/'save' cannot be a key of the data/);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ n: 1 });
  });

  it('takes turns with other updates and saves of the same request', async () => {
    const { request } = setUp(options());
    const reply = await request(async (ctx) => {
      const session = bag(ctx);
      session.n = 0;
      const increment = () =>
        session.update(async (data) => {
          const { n } = data as Data;
          await new Promise((done) => setImmediate(done));
          (data as Data).n = n + 1;
        });
      await Promise.all([increment(), session.save(), increment(), increment()]);
      return session.n;
    });
    expect(reply.result).toBe(3);
  });

  it('of a session that was set to null is an error', async () => {
    const { request } = setUp(options());
    const reply = await request((ctx) => {
      const session = bag(ctx);
      ctx.session = null;
      return session.update(() => 1).catch((error: Error) => error.message);
    });
    expect(reply.result).toMatch(/update\(\) cannot run, since ctx\.session was set to null/);
  });

  it('leaves its name to the data, as koa-session does', async () => {
    const { request } = setUp(options());
    await request((ctx) => Object.assign(bag(ctx), { update: 'mine', createdAt: 'then' }));
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ update: 'mine', createdAt: 'then' });
  });
});

/** A session in a store that other requests change during a request. */
function inStore(options: SessionOptions = {}) {
  const made = setUp({ store: new MemoryStore(), ...options });
  const events: [string, unknown][] = [];
  for (const name of ['merged', 'gone', 'saved', 'renewed', 'destroyed']) {
    made.app.on(`session:${name}`, ({ value }: SessionEvent) => events.push([name, value]));
  }
  return { ...made, events };
}

describe('a session that others change while a request is under way', () => {
  it('is merged: the changes of both are stored, and the handler sees them', async () => {
    const { request, events } = inStore();
    await request((ctx) => Object.assign(bag(ctx), { mine: 0, theirs: 0, deleted: 0 }));
    events.length = 0;
    const reply = await request(async (ctx) => {
      bag(ctx).mine = 1;
      await request((other) => {
        bag(other).theirs = 1;
        bag(other).added = 1;
        delete bag(other).deleted;
      });
      await bag(ctx).save();
      return { ...bag(ctx) };
    });
    const merged = { mine: 1, theirs: 1, added: 1 };
    expect(reply.result).toEqual(merged);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual(merged);
    expect(events.map(([name]) => name)).toEqual(['saved', 'merged', 'saved']);
  });

  it('makes update() run again on their data', async () => {
    const { request } = inStore();
    await request((ctx) => (bag(ctx).n = 1));
    let runs = 0;
    const reply = await request(async (ctx) => {
      await request((other) => bag(other).update((data) => ((data as Data).n += 10)));
      return bag(ctx).update((data) => {
        runs += 1;
        return ((data as Data).n += 1);
      });
    });
    expect([reply.result, runs]).toEqual([12, 2]);
  });

  it('is not removed when it is emptied, if they have put data into it', async () => {
    const { request } = inStore();
    await request((ctx) => (bag(ctx).a = 1));
    await request(async (ctx) => {
      delete bag(ctx).a;
      await request((other) => (bag(other).b = 2));
    });
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ b: 2 });
  });

  it('is extended by rolling without undoing their change', async () => {
    const { request, events } = inStore({ rolling: true });
    await request((ctx) => (bag(ctx).a = 1));
    events.length = 0;
    await request(async () => {
      await request((other) => (bag(other).a = 2));
    });
    expect((await request((ctx) => bag(ctx).a)).result).toBe(2);
  });

  it('gets the maxAge that this request has set', async () => {
    const { request } = inStore({ maxAge: 1000 });
    await request((ctx) => (bag(ctx).a = 1));
    await request(async (ctx) => {
      bag(ctx).maxAge = 5000;
      await request((other) => (bag(other).b = 2));
    });
    const reply = await request((ctx) => [bag(ctx).maxAge, { ...bag(ctx) }]);
    expect(reply.result).toEqual([5000, { a: 1, b: 2 }]);
  });

  it('keeps the maxAge that they have set', async () => {
    const { request } = inStore({ maxAge: 1000 });
    await request((ctx) => (bag(ctx).a = 1));
    await request(async (ctx) => {
      bag(ctx).b = 1;
      await request((other) => (bag(other).maxAge = 5000));
    });
    expect((await request((ctx) => bag(ctx).maxAge)).result).toBe(5000);
  });
});

describe('a session that others end while a request is under way', () => {
  it('stays ended: nothing is stored or sent, and the lost data are reported', async () => {
    const { request, events, errors } = inStore();
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request(async (ctx) => {
      bag(ctx).b = 1;
      await request((other) => void (other.session = null));
    });
    expect([reply.status, reply.setCookie, errors]).toEqual([200, [], []]);
    expect(events.at(-1)).toEqual(['gone', { a: 1, b: 1 }]);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({});
  });

  it.each<[string, (session: ReturnType<typeof bag>) => Promise<unknown>]>([
    ['save()', (session) => session.save()],
    ['update()', (session) => session.update((data) => ((data as Data).n = 1))],
  ])('makes %s reject, since nothing was saved, and answers 409', async (_name, how) => {
    const { request } = inStore();
    await request((ctx) => (bag(ctx).a = 1));
    let failure: unknown;
    const reply = await request(async (ctx) => {
      bag(ctx).b = 1;
      await request((other) => void (other.session = null));
      await how(bag(ctx)).catch((error: unknown) => {
        failure = error;
        throw error;
      });
    });
    expect(failure).toBeInstanceOf(SessionGoneError);
    expect([reply.status, reply.body, reply.setCookie]).toEqual([409, (failure as Error).message, []]);
    // The layer does not know what else the handler has done.
    expect(reply.body).toMatch(/^Your session has ended .*, so it was not changed\./);
  });

  it('is reported once, although the handler has saved and the request commits again at its end', async () => {
    const { request, events } = inStore();
    await request((ctx) => (bag(ctx).a = 1));
    await request(async (ctx) => {
      await request((other) => void (other.session = null));
      bag(ctx).b = 1;
      await bag(ctx)
        .save()
        .catch(() => undefined);
    });
    expect(events.filter(([name]) => name === 'gone')).toHaveLength(1);
  });

  it.each<[string, (session: ReturnType<typeof bag>) => unknown]>([
    ['a key', (session) => delete session.a],
    ['something nested', (session) => delete (session.passport as { user?: string }).user],
    ['nothing', () => undefined],
  ])('lets save() by, if it only takes %s away: nothing is lost with that', async (_what, take) => {
    const store = new MemoryStore();
    const { request } = inStore({ store });
    await request((ctx) => Object.assign(bag(ctx), { a: 1, passport: { user: 'ann' } }));
    const reply = await request(async (ctx) => {
      await request((other) => void (other.session = null));
      take(bag(ctx));
      await bag(ctx).save();
    });
    expect([reply.status, reply.setCookie, store.size]).toEqual([200, [], 0]);
  });

  it('cannot be brought back by regenerate() after save() has failed', async () => {
    const store = new MemoryStore();
    const { request } = inStore({ store });
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request(async (ctx) => {
      await request((other) => void (other.session = null));
      await bag(ctx)
        .save()
        .catch(() => undefined);
      await bag(ctx).regenerate();
    });
    expect([reply.status, reply.setCookie, store.size]).toEqual([200, [], 0]);
  });
});

const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

async function logIn(ctx: Context): Promise<void> {
  bag(ctx).user = 'ann';
  await bag(ctx).regenerate();
}

describe('a session that got another id while a request is under way', () => {
  it('keeps what was changed under the old id before', async () => {
    const { request, browser } = inStore();
    await request((ctx) => (bag(ctx).a = 1));
    await request(async (ctx) => {
      await request((other) => (bag(other).b = 2));
      bag(ctx).user = 'ann';
      await bag(ctx).regenerate();
    });
    expect(browser.jar.cookies.size).toBe(2);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1, b: 2, user: 'ann' });
  });

  it('is not replaced by the new session of a request with the old id', async () => {
    const { request, browser, events } = inStore();
    await request((ctx) => (bag(ctx).a = 1));
    const cookie = browser.jar.header(Date.now());
    await request((ctx) => bag(ctx).regenerate());
    const late = await request((ctx) => (bag(ctx).b = 1), { cookie });
    expect([late.status, late.setCookie]).toEqual([200, []]);
    expect(events.at(-1)).toEqual(['gone', { b: 1 }]);
    const logout = await request((ctx) => void (ctx.session = null), { cookie });
    expect([logout.status, logout.setCookie]).toEqual([409, []]);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1 });
  });

  it('allows a second login by the same form, with an id of its own', async () => {
    const { request } = inStore({ userOf });
    await request((ctx) => (bag(ctx).a = 1));
    const second = await request(async (ctx) => {
      await request(logIn);
      await logIn(ctx);
    });
    expect([second.status, second.setCookie.length]).toEqual([200, 2]);
    expect((await request((ctx) => bag(ctx).user)).result).toBe('ann');
  });

  it('is not replaced by regenerate() of a request with the old id that logs nobody in', async () => {
    const { request, browser } = inStore({ userOf });
    await request((ctx) => (bag(ctx).a = 1));
    const cookie = browser.jar.header(Date.now());
    await request((ctx) => bag(ctx).regenerate());
    const late = await request((ctx) => bag(ctx).regenerate(), { cookie });
    expect([late.status, late.setCookie]).toEqual([200, []]);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('allows a login by a request whose id was just replaced', async () => {
    const { request, browser } = inStore({ userOf, renewGrace: 0 });
    await request((ctx) => (bag(ctx).a = 1));
    const cookie = browser.jar.header(Date.now());
    await request((ctx) => bag(ctx).regenerate());
    const login = await request(logIn, { cookie });
    expect(login.status).toBe(200);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ user: 'ann' });
  });
});

it('an id that is already taken is refused: genid must make a different one each time', async () => {
  const { request, errors } = setUp({ store: new MemoryStore(), genid: () => 'always the same' });
  await request((ctx) => (bag(ctx).user = 'ann'));
  const reply = await request((ctx) => (bag(ctx).user = 'bob'), { cookie: '' });
  expect([reply.status, reply.setCookie]).toEqual([500, []]);
  expect(errors[0]?.message).toMatch(
    /session id is already taken, .* The option genid must make a different id/,
  );
});
