import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { type Adapter, type Host, NO_OPTION, type Running, type Settings, type Visit } from './adapter.ts';
import { type Client, clientWith, JarClient, type Reply } from './client.ts';
import { count, getting, type Handler, login, logout, setting, userPage } from './handlers.ts';
import { asError, NotApplicable, Refusal } from './outcome.ts';
import { listen, type Protocol, type Server } from './server.ts';
import { type WatchedStore, watch } from './watched-store.ts';

export interface StartOptions {
  /** @default 'http' */
  protocol?: Protocol;
  /** An earlier app whose store this one uses. */
  storeOf?: App;
  /** An earlier app whose server has ended: this one finds what was kept outside of its process. */
  restartOf?: App;
  /** A store that is not the adapter's. */
  store?: object;
  /** Serve the middleware alone, without its framework. */
  plain?: boolean;
}

export const KEYS = ['the key that all apps begin with', 'the key that comes with rotation'] as const;

const ORDINARY: Settings = {
  name: 'sid',
  keys: [KEYS[0]],
  maxAge: 3_600_000,
  secure: false,
  sameSite: 'lax',
  pass: (options) => options,
};

/** A server with the middleware. The cases write its pages. */
export class App {
  readonly adapter: Adapter;
  readonly store: WatchedStore | undefined;
  /** Errors that the framework reported, and errors that were not caught. */
  readonly errors: Error[] = [];
  /** Set when a handler needed what the middleware lacks. */
  notApplicable: NotApplicable | undefined;
  readonly #storeName: string;
  readonly #handlers: Handler[] = [];
  #server: Server | undefined;

  private constructor(adapter: Adapter, { storeOf, restartOf, store }: StartOptions) {
    this.adapter = adapter;
    this.#storeName = restartOf ? restartOf.#storeName : randomUUID();
    const own = storeOf ? undefined : (store ?? adapter.createStore?.(this.#storeName));
    this.store = storeOf?.store ?? (own && watch(own));
  }

  /**
   * @param settings what differs from the ordinary settings
   * @throws {NotApplicable} when the middleware has no option for a setting
   * @throws {Refusal} when the middleware refuses its options
   */
  static async start(adapter: Adapter, settings: Partial<Settings>, options: StartOptions): Promise<App> {
    if ((options.storeOf ?? options.restartOf) && adapter.keeps === 'store' && !adapter.createStore) {
      throw new NotApplicable('its store cannot be given to another app');
    }
    const app = new App(adapter, options);
    const unread = new Set(Object.keys(settings));
    const running = await app.#serve(watchReads({ ...ORDINARY, ...settings }, unread), options);
    const [missing] = unread as Set<keyof Settings>;
    if (missing) {
      await running.close?.();
      throw new NotApplicable(
        adapter.lacks?.[missing] ?? NO_OPTION[missing] ?? `its adapter ignores \`${missing}\``,
      );
    }
    app.#server = await listen(running, options.protocol ?? 'http');
    return app;
  }

  get url(): string {
    if (!this.#server) throw new Error('the server is closed');
    return this.#server.url;
  }

  /** @throws {NotApplicable} when there is no store that could be watched */
  get watched(): WatchedStore {
    if (this.store) return this.store;
    throw new NotApplicable(
      this.adapter.keeps === 'store' ? 'its store cannot be watched' : 'its sessions are in the cookie',
    );
  }

  visitor<Kind extends Client = Client>(client: Kind): Visitor<Kind> {
    return new Visitor(this, client);
  }

  /** A visitor without cookies. */
  newVisitor(): Visitor {
    return this.visitor(new JarClient());
  }

  /** Makes a page of the handler. @returns its URL */
  page(handler: Handler): string {
    return `${this.url}/${this.#handlers.push(handler) - 1}`;
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  async #serve(settings: Settings, { plain, protocol }: StartOptions): Promise<Running> {
    const serve = plain ? this.adapter.servePlain : this.adapter.serve;
    if (!serve) throw new NotApplicable('it is made for its framework alone');
    const host: Host = {
      settings,
      store: this.store?.store,
      http2: protocol === 'http2',
      handle: (visit) => this.#handle(visit),
      report: (error) => void this.errors.push(asError(error)),
    };
    try {
      return await serve(host);
    } catch (error) {
      throw error instanceof NotApplicable ? error : new Refusal(asError(error));
    }
  }

  async #handle(visit: Visit): Promise<unknown> {
    try {
      return (await this.#handlers[Number(visit.path.slice(1))]?.(visit)) ?? null;
    } catch (error) {
      // Any other error is for the framework: cases look at its answer.
      if (error instanceof NotApplicable) this.notApplicable = error;
      throw error;
    }
  }
}

/** Deletes the name of each setting that is read from `unread`. */
function watchReads(settings: Settings, unread: Set<string>): Settings {
  const get = (target: Settings, name: keyof Settings): unknown => {
    unread.delete(name);
    return target[name];
  };
  return new Proxy(settings, { get: get as ProxyHandler<Settings>['get'] });
}

/** How long a slow request waits for another one, in ms. Less than a client waits for an answer. */
const HELD = 3000;

/** A person with one client, at one app. */
export class Visitor<Kind extends Client = Client> {
  readonly app: App;
  readonly client: Kind;

  constructor(app: App, client: Kind) {
    this.app = app;
    this.client = client;
  }

  /** The same person and client at another app. */
  at(app: App): Visitor<Kind> {
    return new Visitor(app, this.client);
  }

  /** Requests the page of `handler`. @throws {NotApplicable} as the handler does */
  async get(handler: Handler, headers?: Record<string, string>): Promise<Reply> {
    const reply = await this.client.get(this.app.page(handler), headers);
    if (this.app.notApplicable) throw this.app.notApplicable;
    return reply;
  }

  readonly set = (key: string, value: unknown): Promise<Reply> => this.get(setting(key, value));
  readonly login = (): Promise<Reply> => this.get(login('ann'));
  readonly logout = (): Promise<Reply> => this.get(logout);

  readonly read = async (key: string): Promise<unknown> => (await this.get(getting(key))).result;
  readonly user = async (): Promise<unknown> => (await this.get(userPage)).result;
  readonly count = async (): Promise<unknown> => (await this.get(count)).result;

  readonly cookies = (): ReturnType<Client['cookies']> => this.client.cookies(this.app.url);

  /** Somebody with a copy of the cookies that this visitor has now. */
  async copy(): Promise<Visitor> {
    return this.app.visitor(clientWith(await this.cookies()));
  }

  /** Lets `during` happen while a request is under way: `before` has run, `after` has not. @returns its answer */
  async slowly(before: Handler, during: () => Promise<unknown>, after: Handler): Promise<Reply> {
    const steps = new EventEmitter();
    const [begun, continued] = [once(steps, 'begun'), once(steps, 'continued')];
    const slow = this.get(async (visit) => {
      await before(visit);
      steps.emit('begun');
      await continued;
      return after(visit);
    });
    await Promise.race([begun, slow]);
    const quick = during();
    // Middleware may let the requests of one session wait for each other.
    await Promise.race([quick, setTimeout(HELD, undefined, { ref: false })]);
    steps.emit('continued');
    const [reply] = await Promise.all([slow, quick]);
    return reply;
  }
}
