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
import type { AppServer } from './app-server.ts';
import { allStorages, startAppOn, type StorageName } from './apps.ts';
import { type BrowserContext as AnyContext, expect, type Page, test as base } from './browser.ts';
import type { Clock } from './clock.ts';
import { type ForeignSite, startForeignSite } from './foreign-site.ts';
import { createProblems, type Problems } from './problems.ts';

export { expect };
export { allStorages, storages, type StorageName as Storage } from './apps.ts';

/** Tags a test that runs in all engines on one storage: where the sessions are has no part in what it shows. */
export function firstOnly(storage: StorageName): string[] {
  return storage === allStorages[0] ? ['@engines'] : [];
}

interface TestOptions {
  /** Where the sessions of the app live. @default the first that is tested */
  storage: StorageName;
}

interface TestFixtures extends TestOptions {
  app: AppServer;
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
  foreignSite: ForeignSite;
}

interface WorkerFixtures {
  /** The app on each storage, started when it is first needed. */
  apps: (storage: StorageName) => Promise<AppServer>;
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

  apps: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from a pattern
    async ({}, use) => {
      const started = new Map<StorageName, Promise<AppServer>>();
      await use((storage) => {
        const app = started.get(storage) ?? startAppOn(storage);
        started.set(storage, app);
        return app;
      });
      for (const app of started.values()) await (await app).close();
    },
    { scope: 'worker' },
  ],

  storage: [allStorages[0] ?? 'memory', { option: true }],

  app: async ({ apps, storage }, use) => use(await apps(storage)),

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

  freshApp: async ({ storage }, use) => {
    const app = await startAppOn(storage);
    await use(app);
    expect(app.errors).toEqual([]);
    await app.close();
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
