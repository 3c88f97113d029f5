import { EventEmitter } from 'node:events';
import { z } from 'zod';
import type { BrowserContext, ConsoleMessage, Response } from './api.ts';
import type { BrowserCookie } from './browser-protocol.ts';
import { inPageScript } from './in-page-script.ts';
import type { OpenOptions, WebKitGtk, WebKitGtkBrowser } from './launch.ts';
import { WebKitGtkPage } from './page.ts';
import { createQueue } from './queue.ts';
import { createTraffic } from './traffic.ts';

interface ContextEvents {
  console: [ConsoleMessage];
  page: [WebKitGtkPage];
  response: [Response];
  weberror: [{ error(): unknown }];
}

/** What in-page.js reports. */
const told = z.discriminatedUnion('type', [
  z.object({ type: z.literal('console'), text: z.string(), url: z.string() }),
  z.object({ type: z.literal('weberror'), text: z.string() }),
]);

export interface ContextOptions {
  /** The base of relative addresses. */
  baseURL?: string;
  /** A folder for what must survive a restart. */
  profile?: string;
  beforeClose?: (context: WebKitGtkContext) => Promise<void>;
}

/** WebKitGTK with its own cookies. It starts at the first use, so that scripts can be added before. */
export class WebKitGtkContext extends EventEmitter<ContextEvents> implements BrowserContext {
  readonly #engine: WebKitGtk;
  readonly #options: ContextOptions;
  readonly #pages: WebKitGtkPage[] = [];
  readonly #traffic = createTraffic();
  readonly #queue = createQueue();
  readonly #scripts: string[] = [];
  /** The window to which commands go. */
  #window: string | undefined;
  #browser: Promise<WebKitGtkBrowser> | undefined;
  #closing: Promise<void> | undefined;

  constructor(engine: WebKitGtk, options: ContextOptions) {
    super();
    this.#engine = engine;
    this.#options = options;
    this.#traffic.onResponse((response) => this.emit('response', response));
  }

  async addInitScript({ content }: { content: string }): Promise<void> {
    if (this.#browser !== undefined) throw new Error('Add scripts before the browser is used.');
    this.#scripts.push(content);
  }

  async newPage(): Promise<WebKitGtkPage> {
    const { session } = await this.#started();
    const page = await this.#queue(async () => {
      const [first = ''] = await session.windows();
      // The first window is there from the start.
      const handle = this.#pages.length === 0 ? first : await session.newWindow();
      const page = new WebKitGtkPage({
        context: this,
        traffic: this.#traffic,
        baseURL: this.#options.baseURL,
        inWindow: (task) =>
          this.#queue(async () => {
            if (this.#window !== handle) await session.switchTo(handle);
            this.#window = handle;
            return task(session);
          }),
      });
      this.#pages.push(page);
      return page;
    });
    this.emit('page', page);
    return page;
  }

  openPages(): WebKitGtkPage[] {
    return this.#pages.filter((page) => !page.isClosed());
  }

  /** @param url only the cookies that are sent to its host */
  async cookies(url?: string): Promise<BrowserCookie[]> {
    const cookies = await (await this.#started()).cookies();
    if (url === undefined) return cookies;
    const { hostname } = new URL(url);
    return cookies.filter(
      ({ domain }) => hostname === domain || (domain.startsWith('.') && `.${hostname}`.endsWith(domain)),
    );
  }

  async addCookies(cookies: readonly BrowserCookie[]): Promise<void> {
    const browser = await this.#started();
    for (const cookie of cookies) await browser.addCookie(cookie);
  }

  async clearCookies(): Promise<void> {
    await (await this.#started()).clearCookies();
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    if (this.#browser === undefined) return;
    const browser = await this.#browser;
    try {
      await this.#options.beforeClose?.(this);
    } finally {
      await this.#queue(() => browser.close());
    }
  }

  #started(): Promise<WebKitGtkBrowser> {
    const options: OpenOptions = {
      profile: this.#options.profile,
      script: [inPageScript(), ...this.#scripts].join('\n'),
      onProblem: (text) => this.#tell(text),
      onCrash: (window) => this.#pages[window]?.crash(),
      onResponse: (response) => this.#traffic.add(response),
    };
    return (this.#browser ??= this.#engine.open(options));
  }

  #tell(text: string): void {
    const problem = told.parse(JSON.parse(text));
    if (problem.type === 'weberror') this.emit('weberror', { error: () => problem.text });
    else {
      const { text, url } = problem;
      this.emit('console', { type: () => 'error', text: () => text, location: () => ({ url }) });
    }
  }
}
