import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerProcess, startProcess } from '../../../src/testing/server-process.ts';
import { type RedisServer, startRedisServer } from '../../../src/redis/testing/redis-server.ts';
import { MINUTE } from '../../app-server.ts';
import { expect, test as base } from '../../fixtures.ts';
import { accountPage, loginPage } from '../../pages.ts';
import { racePage } from '../race/race-page.ts';
import { viewsPage } from '../views/views-page.ts';
import { type RoundRobin, startRoundRobin } from './round-robin.ts';
import { copyOf, SESSION_COOKIE } from '../../session-cookies.ts';

/** Three processes of the app behind a round robin, and the Redis that they share. */
interface Farm {
  balancer: RoundRobin;
  processes: Map<string, ServerProcess>;
  /** Starts one more process and takes it in. */
  start(): Promise<string>;
}

const test = base.extend<object, { farm: Farm }>({
  farm: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from a pattern
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'e2e-processes-'));
      const redis = await startRedisServer();
      const balancer = await startRoundRobin();
      const processes = new Map<string, ServerProcess>();
      const start = async (): Promise<string> => {
        const process = startProcess('server.js', { cwd: folder, env: environment(redis) });
        const url = await process.url();
        processes.set(url, process);
        balancer.add(url);
        return url;
      };
      await Promise.all([start(), start(), start()]);
      await use({ balancer, processes, start });
      for (const process of processes.values()) process.kill('SIGTERM');
      for (const process of processes.values()) await process.ended;
      await balancer.close();
      await redis.dispose();
      await rm(folder, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
  baseURL: ({ farm }, use) => use(farm.balancer.url),
});

function environment({ url }: RedisServer): Record<string, string> {
  const key = 'a key of the end-to-end tests of several processes';
  return { SESSION_STORE: 'redis', REDIS_URL: url, SESSION_KEYS: key };
}

// They share the processes, of which some kill a few.
test.describe.configure({ mode: 'serial' });

test.describe('three processes on one Redis', () => {
  test('count exactly, whichever answers', async ({ page, farm }) => {
    const views = viewsPage(page, 'redis');
    await views.open();
    for (let count = 2; count <= 9; count += 1) {
      await page.reload();
      await expect(views.count).toHaveText(String(count));
    }
    const served = [...farm.balancer.served.values()];
    expect(served).toHaveLength(3);
    expect(Math.min(...served)).toBeGreaterThan(1);
  });

  test('lose nothing of sixty requests at once', async ({ page }) => {
    const race = racePage(page, 'redis');
    await race.open();
    await race.run();
    await expect(race.result).toHaveText('30 of 30 increments and 30 of 30 keys arrived: nothing was lost.');
  });

  test('log out of all when somebody logs out of one', async ({ page, context, request, farm }) => {
    await loginPage(page).open();
    await loginPage(page).logIn();
    await expect(accountPage(page).user).toBeVisible();
    const [cookie] = await copyOf(context, SESSION_COOKIE);
    const headers = { cookie: `${cookie?.name}=${cookie?.value}`, accept: 'application/json' };
    const statuses = async (): Promise<number[]> =>
      Promise.all(
        [...farm.processes.keys()].map(async (url) =>
          (await request.get(`${url}/account`, { headers, maxRedirects: 0 })).status(),
        ),
      );
    expect(await statuses()).toEqual([200, 200, 200]);
    expect((await accountPage(page).logOut()).status()).toBe(303);
    expect(await statuses()).toEqual([401, 401, 401]);
  });

  test('lose no write that was acknowledged when one of them is killed', async ({ farm }) => {
    const counter = await startCounter(farm.balancer.url);
    const counting = counter.keepCounting(20);
    await expect.poll(() => counter.acknowledged).toBeGreaterThan(200);
    const [url, victim] = [...farm.processes][1] ?? [];
    victim?.kill('SIGKILL');
    await victim?.ended;
    farm.balancer.remove(url ?? '');
    farm.processes.delete(url ?? '');
    const before = counter.acknowledged;
    await expect.poll(() => counter.acknowledged, { timeout: MINUTE }).toBeGreaterThan(before + 200);
    counter.stop();
    await counting;
    await farm.start();

    const count = await counter.read();
    // Those that got no answer may have been made, or not.
    expect(count).toBeGreaterThanOrEqual(counter.acknowledged);
    expect(count).toBeLessThanOrEqual(counter.acknowledged + counter.failed.length);
    expect(counter.failed.length).toBeGreaterThan(0);
  });

  test('drop no request when they are replaced one after the other', async ({ farm }) => {
    const counter = await startCounter(farm.balancer.url);
    const counting = counter.keepCounting(20);
    for (const [url, old] of new Map(farm.processes)) {
      await farm.start();
      farm.balancer.remove(url);
      old.kill('SIGTERM');
      expect(await old.ended).toEqual({ code: 0, stderr: '' });
      farm.processes.delete(url);
    }
    counter.stop();
    await counting;
    expect(counter.failed).toEqual([]);
    expect(await counter.read()).toBe(counter.acknowledged);
    expect(counter.acknowledged).toBeGreaterThan(100);
  });
});

/** Somebody who counts in one session with many requests at once. */
async function startCounter(url: string) {
  const at = `${url}/redis/race`;
  const begun = await fetch(at, { headers: { accept: 'application/json' } });
  const [cookie = ''] = (begun.headers.getSetCookie()[0] ?? '').split(';');
  const headers = { cookie, accept: 'application/json' };
  const over = new AbortController();
  const counter = {
    acknowledged: 0,
    /** The statuses of those that were not. */
    failed: [] as number[],
    async keepCounting(parallel: number): Promise<void> {
      await Promise.all(Array.from({ length: parallel }, countOn));
    },
    stop: () => over.abort(),
    read: async (): Promise<number> => {
      const { increments } = (await (await fetch(at, { headers })).json()) as { increments: number };
      return increments;
    },
  };
  async function countOn(): Promise<void> {
    while (!over.signal.aborted) {
      const { status } = await fetch(`${at}/increments`, { method: 'POST', headers });
      if (status === 200) counter.acknowledged += 1;
      else counter.failed.push(status);
    }
  }
  return counter;
}
