import inject from 'light-my-request';
import Koa, { type Context } from 'koa';
import session, { type SessionBase, type SessionOptions } from '../index.ts';
import { CookieJar, effective, parseSetCookie, type SetCookie } from './client.ts';
import type { SessionLibrary } from './parity/side.ts';

/** A session whose data may have any keys. */
export interface LooseSession extends SessionBase {
  [key: string]: unknown;
}

/** `ctx.session`, or the session of another `property`, for any keys. */
export function bag(ctx: Context, property = 'session'): LooseSession {
  return Reflect.get(ctx, property) as LooseSession;
}

/** The response, as a browser sees it, and the result of the handler. */
export interface Reply {
  status: number;
  body: string;
  headers: Record<string, string | string[] | number | undefined>;
  /** The last `Set-Cookie` of each name. */
  setCookie: SetCookie[];
  /** The cookie of that name, not that of its signature. */
  cookie: (name?: string) => SetCookie | undefined;
  result: unknown;
}

export type Handler = (ctx: Context) => unknown;

/** The cookies of one visitor, by the clock of the test. */
export class Browser {
  readonly jar = new CookieJar();
  readonly #app: Koa;
  readonly #now: () => number;

  constructor(app: Koa, now: () => number = Date.now) {
    this.#app = app;
    this.#now = now;
  }

  async get(url = '/', headers: Record<string, string> = {}): Promise<Reply> {
    const cookie = this.jar.header(this.#now());
    const response = await inject((req, res) => void this.#app.callback()(req, res), {
      url,
      headers: { ...(cookie && { cookie }), ...headers },
    });
    // Events are emitted by setImmediate.
    await new Promise((done) => setImmediate(done));
    const setCookie = effective([response.headers['set-cookie'] ?? []].flat().map(parseSetCookie));
    this.jar.take(setCookie, this.#now());
    return {
      status: response.statusCode,
      body: response.body,
      headers: response.headers,
      setCookie,
      cookie: (name = 'koa.sess') => setCookie.find((one) => one.name === name),
      result: undefined,
    };
  }
}

export interface SetUp {
  app: Koa;
  browser: Browser;
  /** The errors that the app emitted as 'error'. */
  errors: Error[];
  /** Makes a request whose handler is `handler`. */
  request: (handler?: Handler, headers?: Record<string, string>, from?: Browser) => Promise<Reply>;
}

/** An app with one session, and a browser on it. */
export function setUp(options: SessionOptions = {}, library: SessionLibrary = session): SetUp {
  const app = new Koa();
  app.keys = ['a key of thirty-two characters...'];
  const errors: Error[] = [];
  app.on('error', (error: Error) => errors.push(error));
  app.use(library(options, app));
  const { browser, request } = serve(app, options.now ?? undefined);
  return { app, browser, errors, request };
}

/** Adds to `app`, as the last middleware, the handler that a test gives with each request. */
export function serve(app: Koa, now?: () => number): Pick<SetUp, 'browser' | 'request'> {
  const browser = new Browser(app, now);
  let handle: Handler | undefined;
  let result: unknown;
  app.use(async (ctx) => {
    result = await handle?.(ctx);
    if (ctx.body === undefined && ctx.respond !== false) ctx.body = 'ok';
  });
  const request: SetUp['request'] = async (handler, headers = {}, from = browser) => {
    handle = handler;
    result = undefined;
    const reply = await from.get('/', headers);
    return { ...reply, result };
  };
  return { browser, request };
}

/** base64 of the JSON of `record`, as an unsigned cookie holds it. */
export function base64(record: unknown): string {
  return Buffer.from(JSON.stringify(record)).toString('base64');
}
