import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright';
import { downloadOf, findChromium } from '../browsers.js';
import { type Adapter, type AppSession, NotApplicable, type Settings } from './adapter.ts';
import { App, asError, type StartOptions } from './app.ts';
import type { Clock } from './clock.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** What a case works with. All that it starts is ended after it. */
export class Bench {
  readonly adapter: Adapter;
  readonly clock: Clock;
  readonly #apps: App[] = [];
  readonly #launched: Browser[] = [];
  readonly #closing: (() => Promise<unknown>)[] = [];

  constructor(adapter: Adapter, clock: Clock) {
    this.adapter = adapter;
    this.clock = clock;
  }

  /** A new app with the middleware. @throws {NotApplicable} when the middleware has no option for a setting */
  async start(options: StartOptions = {}): Promise<App> {
    for (const name of Object.keys(options.settings ?? {})) {
      const reason = this.adapter.lacks[name as keyof Settings];
      if (reason !== undefined) throw new NotApplicable(reason);
    }
    const app = await App.start(this.adapter, options);
    this.#apps.push(app);
    this.#closing.push(() => app.close());
    return app;
  }

  /** @throws {NotApplicable} when the middleware keeps its sessions elsewhere */
  needs(keeps: Adapter['keeps']): void {
    if (this.adapter.keeps === keeps) return;
    throw new NotApplicable(
      keeps === 'store'
        ? 'its sessions are in the cookie'
        : 'its sessions are in a store, the cookie has an id',
    );
  }

  /** A real browser with no cookies. */
  async browser(): Promise<BrowserContext> {
    const browser = this.#launched[0] ?? (await chromium.launch(launchOptions()));
    if (this.#launched.length === 0) this.#launched.push(browser);
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    this.#closing.push(() => context.close());
    return context;
  }

  /** A browser whose cookies are on the disk: close what the function gives, call it again, and it was restarted. */
  async profile(): Promise<() => Promise<BrowserContext>> {
    const folder = await mkdtemp(join(tmpdir(), 'compare-profile-'));
    this.#closing.push(() => rm(folder, { recursive: true, force: true }));
    return async () => {
      const context = await chromium.launchPersistentContext(folder, launchOptions());
      this.#closing.push(() => context.close());
      return context;
    };
  }

  /**
   * What nobody caught counts as reported by the case's apps. Some libraries leave an error behind when they have refused
   * to start, too; that they have is seen without it.
   */
  readonly uncaught = (error: unknown): void => {
    for (const { errors } of this.#apps) errors.push(asError(error));
  };

  /** After each case: ends what it started, the last first. */
  async tidy(): Promise<void> {
    for (const close of this.#closing.splice(0).toReversed()) await close();
    this.#apps.splice(0);
    this.clock.reset();
  }

  /** After the last case. */
  async close(): Promise<void> {
    for (const browser of this.#launched.splice(0)) await browser.close();
  }
}

function launchOptions(): { executablePath: string } {
  const executablePath = findChromium(downloadOf(chromium));
  if (executablePath === undefined) throw new Error('there is no Chromium: node scripts/setup.js test');
  return { executablePath };
}

/** Opens the page in a tab of its own and gives what its handler gave. */
export async function look(context: BrowserContext, url: string): Promise<unknown> {
  const page = await context.newPage();
  const response = await page.goto(url);
  const body = await response?.text();
  await page.close();
  return body?.startsWith('{"result"') ? (JSON.parse(body) as { result: unknown }).result : undefined;
}

/** Counts this visit. */
export function count({ session }: { session: AppSession }): number {
  const views = Number(session.get('views') ?? 0) + 1;
  session.set('views', views);
  return views;
}
