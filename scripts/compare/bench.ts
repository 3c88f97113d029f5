import { type Adapter, NotApplicable } from './adapter.ts';
import { App, asError, type StartOptions } from './app.ts';
import type { Browser, Browsers } from './browsers.ts';
import type { Clock } from './clock.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** What a case works with. All that it starts is ended after it. */
export class Bench {
  readonly adapter: Adapter;
  readonly clock: Clock;
  readonly #browsers: Browsers;
  readonly #apps: App[] = [];
  readonly #closing: (() => Promise<unknown>)[] = [];

  constructor(adapter: Adapter, { clock, browsers }: { clock: Clock; browsers: Browsers }) {
    this.adapter = adapter;
    this.clock = clock;
    this.#browsers = browsers;
  }

  /** A new app with the middleware. It throws as `App.start` does. */
  async start(options: StartOptions = {}): Promise<App> {
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

  async browser(): Promise<Browser> {
    return this.#closeLater(await this.#browsers.open());
  }

  /** Starts a browser with one profile: close what it gives, call it again, and the browser was restarted. */
  async profile(): Promise<() => Promise<Browser>> {
    const profile = await this.#browsers.profile();
    this.#closing.push(() => profile.dispose());
    return async () => this.#closeLater(await profile.start());
  }

  /**
   * What nobody caught counts as reported by the case's apps. Some libraries leave an error behind when they have refused
   * to start, too; that they have is seen without it.
   */
  readonly uncaught = (error: unknown): void => {
    for (const { errors } of this.#apps) errors.push(asError(error));
  };

  /** Why the case cannot be put to the middleware, if a handler has found that out behind a browser's back. */
  get notApplicable(): NotApplicable | undefined {
    return this.#apps.find((app) => app.notApplicable)?.notApplicable;
  }

  /** After each case: ends what it started, the last first. */
  async tidy(): Promise<void> {
    for (const close of this.#closing.splice(0).toReversed()) await close();
    this.#apps.splice(0);
    this.clock.reset();
  }

  #closeLater(browser: Browser): Browser {
    this.#closing.push(() => browser.close());
    return browser;
  }
}
