import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  LaunchOptions,
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  TestType,
} from 'playwright/test';
import { hasRedisServer } from '../src/session/testing/redis-server.ts';
import { type AppServer, startApp } from './app-server.ts';
import { type AppOnRedis, startAppOnRedis } from './app-on-redis.ts';
import { type BrowserContext as AnyContext, expect, type Page, test as base } from './browser.ts';
import type { Clock } from './clock.ts';
import { type ForeignSite, startForeignSite } from './foreign-site.ts';
import { createProblems, type Problems } from './problems.ts';

export { expect };

export type Storage = 'memory' | 'cookie' | 'redis';

/** Where sessions can live without anything else. */
export const storages = ['memory', 'cookie'] as const;

/** For all flows: Redis, too, where there is one. */
export const allStorages: readonly Storage[] = hasRedisServer() ? [...storages, 'redis'] : storages;

/** Tags a test that runs in all engines on one storage: where the sessions are has no part in what it shows. */
export function firstOnly(storage: Storage): string[] {
  return storage === storages[0] ? ['@engines'] : [];
}

/** What the paths of a storage begin with. */
export function baseOf(storage: Storage): string {
  return `/${storage}`;
}

interface TestFixtures {
  /** The clock of the app. The browser's own is the real one. */
  clock: Clock;
  /** Fails the test for errors in the browser or in the app that it did not announce. */
  problems: Problems;
  /** Another browser, as another person or another machine would use it: it shares no cookies. */
  anotherBrowser: (options?: BrowserContextOptions) => Promise<BrowserContext>;
  /** A browser that keeps pages alive for Back and Forward, as people's do; under test they are told not to. */
  browserThatKeepsPages: BrowserContext;
  /** Starts a browser with one profile on the disk. Close it and start it again, and it has been restarted. */
  startProfile: (options?: { baseURL?: string }) => Promise<BrowserContext>;
  /** An app that no other test has used, for what cannot be undone. */
  freshApp: AppServer;
  /** An app whose Redis the test may stop and start. It forgets nothing that it has acknowledged. */
  appOnRedis: AppOnRedis;
  foreignSite: ForeignSite;
}

interface WorkerFixtures {
  app: AppServer;
  /** That of `browserThatKeepsPages`. */
  keepingBrowser: Browser;
}

/** What a project says of its engine, beside Playwright's own options. */
export interface EngineOptions {
  /** How to start a browser that keeps pages alive for Back and Forward. */
  keepingPages: LaunchOptions;
}

export const test = base.extend<TestFixtures, WorkerFixtures & EngineOptions>({
  keepingPages: [{}, { option: true, scope: 'worker' }],

  app: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from a pattern
    async ({}, use) => {
      const { app, close } = await startAppOnAll();
      await use(app);
      await close();
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ app }, use) => use(app.url),

  clock: [
    async ({ app }, use) => {
      app.clock.reset();
      await use(app.clock);
    },
    { auto: true },
  ],

  problems: [
    async ({ app }, use) => {
      const problems = createProblems();
      await use(problems);
      for (const line of app.errors.splice(0)) problems.add(`logged by the app: ${line}`);
      expect(problems.unexpected()).toEqual([]);
    },
    { auto: true },
  ],

  context: async ({ context, problems }, use) => {
    await problems.watch(context);
    await use(context);
  },

  anotherBrowser: async ({ browser, problems }, use) => {
    const opened: BrowserContext[] = [];
    await use((options) => openContext(browser, problems, opened, options));
    for (const context of opened) await context.close();
  },

  keepingBrowser: [
    async ({ playwright, browserName, keepingPages }, use) => {
      const browser = await playwright[browserName].launch(keepingPages);
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],

  browserThatKeepsPages: async ({ keepingBrowser, problems }, use) => {
    const context = await openContext(keepingBrowser, problems, []);
    await use(context);
    await context.close();
  },

  startProfile: async ({ playwright, browserName, launchOptions, problems }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'e2e-profile-'));
    const opened: BrowserContext[] = [];
    await use(async (options) => {
      const context = await playwright[browserName].launchPersistentContext(folder, {
        ...launchOptions,
        ...options,
      });
      opened.push(context);
      await problems.watch(context);
      return context;
    });
    for (const context of opened) await context.close();
    await rm(folder, { recursive: true, force: true });
  },

  // oxlint-disable-next-line no-empty-pattern -- as above
  freshApp: async ({}, use) => {
    const { app, close } = await startAppOnAll();
    await use(app);
    expect(app.errors).toEqual([]);
    await close();
  },

  // oxlint-disable-next-line no-empty-pattern -- as above
  appOnRedis: async ({}, use) => {
    const appOnRedis = await startAppOnRedis('--appendonly', 'yes', '--appendfsync', 'always');
    await use(appOnRedis);
    await appOnRedis.close();
  },

  // oxlint-disable-next-line no-empty-pattern -- as above
  foreignSite: async ({}, use) => {
    const site = await startForeignSite();
    await use(site);
    await site.close();
  },
});

type All = PlaywrightTestArgs & PlaywrightTestOptions & TestFixtures;

/** Browsers as far as each engine has them. */
interface AnyEngine {
  page: Page;
  context: AnyContext;
  browserThatKeepsPages: AnyContext;
  anotherBrowser: () => Promise<AnyContext>;
  startProfile: (options?: { baseURL?: string }) => Promise<AnyContext>;
}

/** `test` of the flows, which run in every engine: it knows no more of a browser than all of them can do. */
export const flow: TestType<
  Omit<All, keyof AnyEngine> & AnyEngine,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & WorkerFixtures
> = test;

async function startAppOnAll(): Promise<{ app: AppServer; close: () => Promise<void> }> {
  if (allStorages.includes('redis')) return startAppOnRedis();
  const app = await startApp();
  return { app, close: () => app.close() };
}

async function openContext(
  browser: Browser,
  problems: Problems,
  opened: BrowserContext[],
  options?: BrowserContextOptions,
): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  opened.push(context);
  await problems.watch(context);
  return context;
}
