import { type Adapter, type Settings } from './adapter.ts';
import { App, type StartOptions, type Visitor } from './app.ts';
import type { Browser } from './browser.ts';
import { resetClock } from './clock.ts';
import { asError, check, NotApplicable } from './outcome.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** What a case works with. All that it starts is ended after the case. */
export class Kit {
  readonly adapter: Adapter;
  readonly #openBrowser: () => Promise<Browser>;
  readonly #apps: App[] = [];
  readonly #closing: (() => Promise<unknown>)[] = [];

  constructor(adapter: Adapter, openBrowser: () => Promise<Browser>) {
    this.adapter = { keeps: adapter.createStore ? 'store' : 'cookie', ...adapter };
    this.#openBrowser = openBrowser;
  }

  /** A new app with the middleware. It throws as `App.start` does. */
  async start(settings: Partial<Settings> = {}, options: StartOptions = {}): Promise<App> {
    const app = await App.start(this.adapter, settings, options);
    this.#apps.push(app);
    this.#closing.push(() => app.close());
    return app;
  }

  /** A visitor of a new app. */
  async visitor(settings?: Partial<Settings>, options?: StartOptions): Promise<Visitor> {
    return (await this.start(settings, options)).newVisitor();
  }

  /** Ann, logged in at a new app. @throws {Failure} if the login does not work: later checks would mean nothing */
  async loggedIn(settings?: Partial<Settings>): Promise<Visitor> {
    const ann = await this.visitor(settings);
    await ann.login();
    const copy = await ann.copy();
    check((await copy.user()) === 'ann', 'Ann is not logged in after the login');
    return ann;
  }

  /** A visitor of a new app, in a real browser with a new profile. */
  async inBrowser(settings?: Partial<Settings>, options?: StartOptions): Promise<Visitor<Browser>> {
    const app = await this.start(settings, options);
    const browser = await this.#openBrowser();
    this.#closing.push(() => browser.close());
    return app.visitor(browser);
  }

  /** @throws {NotApplicable} when the middleware keeps its sessions elsewhere */
  needs(place: 'store' | 'cookie'): void {
    if (this.adapter.keeps === place) return;
    throw new NotApplicable(
      place === 'store'
        ? 'its sessions are in the cookie'
        : 'its sessions are in a store, the cookie has an id',
    );
  }

  /** Uncaught errors count as reported by the case's apps. Libraries may leave one when they refuse to start. */
  readonly uncaught = (error: unknown): void => {
    for (const { errors } of this.#apps) errors.push(asError(error));
  };

  /** After each case: ends what it started, the last first. */
  async tidy(): Promise<void> {
    for (const close of this.#closing.splice(0).toReversed()) await close();
    this.#apps.splice(0);
    resetClock();
  }
}
