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

/** Two of them, for what is the same on all but for words. */
export const storages = allStorages.slice(0, 2);

/** Starts the app with its sessions there. */
function startAppOn(storage: Storage): Promise<AppServer> {
  if (storage === 'redis') return startAppOnRedis();
  return startApp({ sessionStore: storage });
}

/** Tags a test that runs in all engines on one storage: where the sessions are has no part in what it shows. */
export function firstOnly(storage: Storage): string[] {
  return storage === allStorages[0] ? ['@engines'] : [];
}

interface TestFixtures {
  /** Where the sessions of the app live. @default the first that is tested */
  storage: Storage;
  /** An app that no other test uses. */
  app: AppServer;
  /** The clock of the app. The browser's own is the real one. */
  clock: Clock;
  /** Fails the test for errors in the browser or in the app that it did not announce. */
  problems: Problems;
  /** Another browser, as another person or another machine would use it: it shares no cookies. */
  anotherBrowser: (options?: BrowserContextOptions) => Promise<BrowserContext>;
}

/** What a project says of its engine, beside Playwright's own options. */
export interface EngineOptions {
  /** How to start a browser that keeps pages alive for Back and Forward, as people's do; under test they are told not to. */
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

/** `test` of the flows, which run in every engine: they keep to what all of them can do (`e2e/browser.ts`). */
export const flow = test;
