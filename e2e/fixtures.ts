import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { BrowserContext, BrowserContextOptions, LaunchOptions } from 'playwright/test';
import { type AppServer, type Clock, startApp } from './app-server.ts';
import { expect, test as base } from './browser.ts';
import { Problems } from './problems.ts';
import { startAppOnRedis } from './redis/app-on-redis.ts';
import { type StorageName, storageNames } from '../src/storages/storages.ts';

export { expect };

export type Storage = StorageName;

const configured =
  process.env['E2E_STORAGES'] ?? parseEnv(readFileSync('.env.example', 'utf8'))['SESSION_STORE'] ?? '';

/**
 * The storages to test on: what SESSION_STORE says in .env.example. The environment can name others, e.g.
 * E2E_STORAGES=memory,cookie.
 */
export const allStorages = storageNames.filter((name) => configured.split(',').includes(name));

/** Two of them, for tests in which storages differ only in words. */
export const storages = allStorages.slice(0, 2);

/** Starts the app with its sessions there. */
function startAppOn(storage: Storage): Promise<AppServer> {
  if (storage === 'redis') return startAppOnRedis();
  return startApp({ sessionStore: storage });
}

/** Tags a test that runs in all engines, but there on one storage, since the storage does not matter for it. */
export function firstOnly(storage: Storage): string[] {
  return storage === allStorages[0] ? ['@engines'] : [];
}

interface TestFixtures {
  /** Where the sessions of the app live. @default the first that is tested */
  storage: Storage;
  /** A new app for each test. */
  app: AppServer;
  /** The clock of the app. The browser's own is the real one. */
  clock: Clock;
  /** Fails the test if the browser or the app reports an error that the test did not announce. */
  problems: Problems;
  /** Another browser, as of another person or machine: it shares no cookies. */
  anotherBrowser: (options?: BrowserContextOptions) => Promise<BrowserContext>;
}

/** Options of a project for its engine, in addition to Playwright's own. */
export interface EngineOptions {
  /** Starts a browser that keeps pages for Back and Forward, as ordinary browsers do; in other tests this is off. */
  keepingPages: LaunchOptions;
}

export const test = base.extend<TestFixtures, EngineOptions>({
  keepingPages: [{}, { option: true, scope: 'worker' }],

  storage: [allStorages[0] ?? storageNames[0], { option: true }],

  app: async ({ storage }, use) => {
    const app = await startAppOn(storage);
    await use(app);
    await app.close();
  },

  baseURL: ({ app }, use) => use(app.url),

  clock: ({ app }, use) => use(app.clock),

  problems: [
    async ({ app }, use) => {
      const problems = new Problems();
      await use(problems);
      for (const line of app.errors) problems.add(`logged by the app: ${line}`);
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
    await use(async (options) => {
      const context = await browser.newContext(options);
      opened.push(context);
      await problems.watch(context);
      return context;
    });
    for (const context of opened) await context.close();
  },
});

/** `test` for the flows, which run in every engine: they use only what all engines can do (`e2e/browser.ts`). */
export const flow = test;
