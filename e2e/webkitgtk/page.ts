import { EventEmitter } from 'node:events';
import { z } from 'zod';
import type { BrowserContext, Page, Response } from './api.ts';
import { eventually } from './eventually.ts';
import { SelectorFinder } from './finder.ts';
import { type InWindow, WebKitGtkLocator } from './locator.ts';
import type { Traffic } from './traffic.ts';

/** What a page gets from its browser. */
export interface PageSurroundings {
  context: BrowserContext;
  traffic: Traffic;
  /** The base of relative addresses. */
  baseURL: string | undefined;
  inWindow: InWindow;
}

/** A tab of WebKitGTK. */
export class WebKitGtkPage extends SelectorFinder implements Page {
  override readonly selector = '';
  readonly #surroundings: PageSurroundings;
  readonly #crashes = new EventEmitter<{ crash: [] }>();
  #isClosed = false;

  constructor(surroundings: PageSurroundings) {
    super();
    this.#surroundings = surroundings;
  }

  protected override find(selector: string): WebKitGtkLocator {
    return new WebKitGtkLocator(this.#surroundings.inWindow, selector);
  }

  context(): BrowserContext {
    return this.#surroundings.context;
  }

  async goto(path: string): Promise<Response | null> {
    const { inWindow, traffic } = this.#surroundings;
    const before = traffic.responses.length;
    const url = await inWindow(async (session) => {
      await session.goTo(this.resolve(path));
      return session.url();
    });
    const [address] = url.split('#');
    return traffic.responses.slice(before).findLast((response) => response.url() === address) ?? null;
  }

  reload(): Promise<void> {
    return this.#surroundings.inWindow((session) => session.refresh());
  }

  goBack(): Promise<void> {
    return this.#surroundings.inWindow((session) => session.back());
  }

  goForward(): Promise<void> {
    return this.#surroundings.inWindow((session) => session.forward());
  }

  evaluate(expression: string): Promise<unknown> {
    return this.#surroundings.inWindow((session) => session.execute(`return (${expression})`));
  }

  async content(): Promise<string> {
    return z.string().parse(await this.evaluate('document.documentElement.outerHTML'));
  }

  title(): Promise<string> {
    return this.#surroundings.inWindow((session) => session.title());
  }

  /** The address that is shown now. */
  address(): Promise<string> {
    return this.#surroundings.inWindow((session) => session.url());
  }

  /** The address that a path stands for. */
  resolve(path: string): string {
    return new URL(path, this.#surroundings.baseURL).href;
  }

  waitForResponse(predicate: (response: Response) => boolean): Promise<Response> {
    return this.#surroundings.traffic.next(predicate);
  }

  async waitForURL(predicate: (url: URL) => boolean): Promise<void> {
    await eventually(async () => {
      const shown = await this.address();
      if (!predicate(new URL(shown))) throw new Error(`The page is still at ${shown}.`);
    });
  }

  on(event: 'crash', listener: () => void): void {
    this.#crashes.on(event, listener);
  }

  /** Reports to listeners that the page has crashed. */
  crash(): void {
    this.#crashes.emit('crash');
  }

  async close(): Promise<void> {
    await this.#surroundings.inWindow((session) => session.closeWindow());
    this.#isClosed = true;
  }

  isClosed(): boolean {
    return this.#isClosed;
  }

  /** What the window shows, as PNG. */
  screenshot(): Promise<Buffer> {
    return this.#surroundings.inWindow((session) => session.screenshot());
  }
}
