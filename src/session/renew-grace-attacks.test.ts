import { describe, expect, it } from 'vitest';
import type { Context } from 'koa';
import { MemoryStore, RedisStore, type SessionOptions, userSessions } from './index.ts';
import { delayed } from './testing/delayed.ts';
import { useRedis } from './testing/redis-fixtures.ts';
import { hasRedisServer } from './testing/redis-server.ts';
import { bag, Browser, setUp } from './testing/set-up.ts';

const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

async function renew(ctx: Context): Promise<void> {
  await bag(ctx).regenerate();
}

async function logInByUpdate(ctx: Context): Promise<void> {
  await bag(ctx).update((data) => Object.assign(data, { user: 'victim' }));
}

function describeAttacks(makeStore: () => SessionOptions['store']): void {
  describe('an attacker who has made a victim log in with an id that he has then renewed', () => {
    const LOGINS: [string, (ctx: Context) => unknown][] = [
      [
        'regenerate() before the user is set',
        async (ctx) => {
          await bag(ctx).regenerate();
          bag(ctx).user = 'victim';
        },
      ],
      [
        'regenerate() after the user was set',
        async (ctx) => {
          bag(ctx).user = 'victim';
          await bag(ctx).regenerate();
        },
      ],
      [
        'save() after both',
        async (ctx) => {
          await bag(ctx).regenerate();
          bag(ctx).user = 'victim';
          await bag(ctx).save();
        },
      ],
    ];

    it.each(LOGINS)('does not get into her session: %s', async (_how, login) => {
      const { app, request } = setUp({ store: makeStore(), userOf });
      const [attacker, victim] = [new Browser(app), new Browser(app)];
      await request((ctx) => (bag(ctx).seen = 1), {}, attacker);
      const planted = attacker.jar.header(Date.now());
      await request(renew, {}, attacker);
      const reply = await request(login, { cookie: planted }, victim);
      expect(reply.cookie()?.value).toMatch(/^sid-/);
      expect((await request((ctx) => bag(ctx).user, {}, victim)).result).toBe('victim');
      expect((await request((ctx) => bag(ctx).user, {}, attacker)).result).toBeUndefined();
      expect((await request((ctx) => bag(ctx).user, { cookie: planted }, attacker)).result).toBeUndefined();
    });

    it('does not get into it when she gains rights without a login, after renewGrace = 0', async () => {
      const { app, request } = setUp({ store: makeStore(), userOf });
      const [thief, owner] = [new Browser(app), new Browser(app)];
      await request((ctx) => (bag(ctx).user = 'ann'), {}, owner);
      const stolen = owner.jar.header(Date.now());
      await request(renew, { cookie: stolen }, thief);
      const second = await request(
        async (ctx) => {
          ctx.sessionOptions.renewGrace = 0;
          await bag(ctx).regenerate();
          bag(ctx).secondFactor = true;
        },
        {},
        owner,
      );
      expect(second.cookie()?.value).toMatch(/^sid-/);
      expect((await request((ctx) => bag(ctx).secondFactor, {}, owner)).result).toBe(true);
      expect((await request((ctx) => bag(ctx).secondFactor, {}, thief)).result).toBeUndefined();
      expect((await request((ctx) => bag(ctx).user, { cookie: stolen }, thief)).result).toBeUndefined();
    });

    it('does not get into it when he renews it while she logs in', async () => {
      const { app, request } = setUp({ store: makeStore(), userOf });
      const [attacker, victim] = [new Browser(app), new Browser(app)];
      await request((ctx) => (bag(ctx).seen = 1), {}, attacker);
      const planted = attacker.jar.header(Date.now());
      const login = async (ctx: Context): Promise<void> => {
        await request(renew, {}, attacker);
        await bag(ctx).regenerate();
        bag(ctx).user = 'victim';
      };
      await request(login, { cookie: planted }, victim);
      expect((await request((ctx) => bag(ctx).user, {}, victim)).result).toBe('victim');
      expect((await request((ctx) => bag(ctx).user, {}, attacker)).result).toBeUndefined();
    });

    it('does not get into it by update(), which refuses the login', async () => {
      const { app, request } = setUp({ store: makeStore(), userOf });
      const [attacker, victim] = [new Browser(app), new Browser(app)];
      await request((ctx) => (bag(ctx).seen = 1), {}, attacker);
      const planted = attacker.jar.header(Date.now());
      await request(renew, {}, attacker);
      expect((await request(logInByUpdate, { cookie: planted }, victim)).status).toBe(409);
      expect((await request((ctx) => bag(ctx).user, {}, attacker)).result).toBeUndefined();
    });
  });

  it.each(['before', 'after'])(
    'a stolen id leads nowhere once the other sessions were ended, also if the id was renewed %s that',
    async (order) => {
      const { app, request, browser } = setUp({ store: makeStore(), userOf });
      await request((ctx) => (bag(ctx).user = `ann ${Math.random()}`));
      const stolen = browser.jar.header(Date.now());
      await request(async (ctx) => {
        if (order === 'before') await renew(ctx);
        await userSessions(ctx).endOthers();
        if (order === 'after') await renew(ctx);
      });
      const thief = await request((ctx) => bag(ctx).user, { cookie: stolen }, new Browser(app));
      expect(thief.result).toBeUndefined();
      expect((await request((ctx) => bag(ctx).user)).result).toMatch('ann');
    },
  );

  it('with sessionOptions.renewGrace = 0 a request renews the id without grace', async () => {
    const { app, request, browser } = setUp({ store: makeStore(), userOf });
    await request((ctx) => (bag(ctx).user = 'ann'));
    const stolen = browser.jar.header(Date.now());
    await request(async (ctx) => {
      ctx.sessionOptions.renewGrace = 0;
      await renew(ctx);
      bag(ctx).hasSecondFactor = true;
    });
    const thief = await request((ctx) => bag(ctx).user, { cookie: stolen }, new Browser(app));
    expect(thief.result).toBeUndefined();
  });
}

describe('renewGrace under attack, with MemoryStore', () => {
  describeAttacks(() => new MemoryStore());
});

describe('renewGrace under attack, with a store that answers later', () => {
  describeAttacks(() => delayed(new MemoryStore(), () => new Promise((done) => setImmediate(done))));
});

describe.runIf(hasRedisServer)('renewGrace under attack, with RedisStore', () => {
  const redis = useRedis();
  describeAttacks(() => new RedisStore({ client: redis.client }));
});
