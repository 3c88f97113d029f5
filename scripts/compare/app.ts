import { randomUUID } from 'node:crypto';
import type { Adapter, Running, Settings, Visit } from './adapter.ts';
import { NotApplicable } from './adapter.ts';
import { exchange, Jar, type Protocol, type Reply } from './client.ts';
import { listen, type Server } from './server.ts';
import { type WatchedStore, watch } from './watched-store.ts';

export type Handler = (visit: Visit) => unknown;

export interface StartOptions {
  /** What is to be another than in `ORDINARY`. */
  settings?: Partial<Settings>;
  /** @default 'http' */
  protocol?: Protocol;
  /** Another app, which this one takes over from: it gets its store. */
  keep?: App;
  /** Another app, whose server was ended: this one gets what was kept outside of its process. */
  restarted?: App;
  /** A store that is not the adapter's. */
  store?: object;
  /** Serve the middleware alone, without its framework. */
  plain?: boolean;
}

/** Keys of 32 characters; the first one is the one in use. */
export const KEYS = ['the key that all apps begin with', 'the key that comes with rotation'] as const;

const ORDINARY: Settings = {
  name: 'sid',
  keys: [KEYS[0]],
  maxAge: 3_600_000,
  secure: false,
  sameSite: 'lax',
  pass: (options) => options,
};

/** Thrown when a middleware refuses to be set up. The message is its own. */
export class Refusal extends Error {
  override name = 'Refusal';
}

/** A server with the middleware, whose pages a case writes as it goes. */
export class App {
  readonly settings: Settings;
  readonly store: WatchedStore | undefined;
  /** What the framework reported, and what nobody caught. */
  readonly errors: Error[] = [];
  readonly #storeName: string;
  readonly #protocol: Protocol;
  readonly #handlers: Handler[] = [];
  #server: Server | undefined;
  /** What a handler threw because the middleware cannot do what it asked for. */
  notApplicable: NotApplicable | undefined;

  private constructor(
    adapter: Adapter,
    { settings, protocol = 'http', keep, restarted, store: given }: StartOptions,
  ) {
    this.settings = { ...ORDINARY, ...settings };
    this.#protocol = protocol;
    this.#storeName = restarted ? restarted.#storeName : randomUUID();
    const store = keep ? undefined : (given ?? adapter.createStore?.(this.#storeName));
    this.store = keep ? keep.store : store && watch(store);
  }

  /**
   * @throws {NotApplicable} when there is no option for a setting
   * @throws {Refusal} when the middleware does not take what it is told
   */
  static async start(adapter: Adapter, options: StartOptions): Promise<App> {
    const asked = namesOf(options.settings ?? {});
    for (const name of asked) {
      const reason = adapter.lacks[name];
      if (reason !== undefined) throw new NotApplicable(reason);
    }
    if ((options.keep ?? options.restarted) && adapter.keeps === 'store' && !adapter.createStore) {
      throw new NotApplicable('it has a store of its own, which no other app can be given');
    }
    const app = new App(adapter, options);
    const unread = new Set(asked);
    const running = await app.#serve(options.plain ? adapter.servePlain : adapter.serve, unread);
    if (unread.size > 0) {
      await running.close?.();
      throw new NotApplicable(`its adapter makes no use of \`${[...unread].join('`, `')}\``);
    }
    app.#server = await listen(running, app.#protocol);
    return app;
  }

  /** Makes a page of the handler. What it gives back is the page. @returns its URL */
  page(handler: Handler): string {
    const known = this.#handlers.indexOf(handler);
    const at = known === -1 ? this.#handlers.push(handler) - 1 : known;
    return `${this.#server?.url}/${at}`;
  }

  /** What its store is asked. @throws {NotApplicable} when it has none that could be watched */
  get watched(): WatchedStore {
    if (!this.store) throw new NotApplicable('it has a store of its own, which cannot be watched');
    return this.store;
  }

  /** Somebody who keeps cookies. */
  visitor(): Visitor {
    return new Visitor(this);
  }

  /** Requests the page of `handler`. @throws {NotApplicable} as the handler does */
  async get(handler: Handler, headers: Record<string, string> = {}): Promise<Reply> {
    const reply = await exchange(this.page(handler), this.#protocol, headers);
    if (this.notApplicable) throw this.notApplicable;
    return reply;
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  /** @param unread loses the names of the settings that are read */
  async #serve(serve: Adapter['serve'] | undefined, unread: Set<string>): Promise<Running> {
    if (!serve) throw new NotApplicable('it needs its framework');
    const settings = new Proxy(this.settings, {
      get: (target, name) => {
        unread.delete(String(name));
        return Reflect.get(target, name) as unknown;
      },
    });
    try {
      return await serve({
        settings,
        store: this.store?.store,
        http2: this.#protocol === 'http2',
        handle: (visit) => this.#handle(visit),
        report: (error) => void this.errors.push(asError(error)),
      });
    } catch (error) {
      if (error instanceof NotApplicable) throw error;
      throw new Refusal(asError(error).message, { cause: error });
    }
  }

  async #handle(visit: Visit): Promise<unknown> {
    try {
      return (await this.#handlers[Number(visit.path.slice(1))]?.(visit)) ?? null;
    } catch (error) {
      // Any other is for the framework, whose answer is what a case looks at.
      if (error instanceof NotApplicable) this.notApplicable = error;
      throw error;
    }
  }
}

/** One person with one browser, over raw HTTP. */
export class Visitor {
  readonly jar: Jar;
  readonly #app: App;

  constructor(app: App, jar = new Jar()) {
    this.#app = app;
    this.jar = jar;
  }

  /** Visits the page of `handler`. With a header `cookie` that one is sent instead of what was kept. */
  async get(handler: Handler, headers: Record<string, string> = {}): Promise<Reply> {
    const cookie = this.jar.header();
    const reply = await this.#app.get(handler, { ...(cookie && { cookie }), ...headers });
    this.jar.take(reply.setCookies);
    return reply;
  }

  /** The same person at another app: after a restart of the server, or with other settings. */
  at(app: App): Visitor {
    return new Visitor(app, this.jar);
  }
}

function namesOf(settings: Partial<Settings>): (keyof Settings)[] {
  return Object.keys(settings) as (keyof Settings)[];
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
