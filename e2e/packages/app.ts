// Shared by the tests of real packages: apps with a session, places where sessions live, and a browser.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa, { type Middleware } from 'koa';
import { onTestFinished } from 'vitest';
import session, {
  MemoryStore,
  type SessionOptions,
  type SessionRecord,
  type SessionStore,
} from '../../src/session/index.ts';
import { CookieJar, parseSetCookie, type SetCookie } from '../../src/session/testing/client.ts';

/** An asynchronous store as koa-session has it. */
export class MapStore implements SessionStore {
  readonly records = new Map<string, string>();

  async get(id: string): Promise<unknown> {
    return JSON.parse(this.records.get(id) ?? 'null');
  }

  async set(id: string, record: SessionRecord): Promise<void> {
    this.records.set(id, JSON.stringify(record));
  }

  async destroy(id: string): Promise<void> {
    this.records.delete(id);
  }
}

type Place = [name: string, options: () => SessionOptions];

export const COOKIES: Place[] = [
  ['a signed cookie', () => ({})],
  ['a sealed cookie', () => ({ encrypt: true })],
];

export const STORES: Place[] = [
  ['MemoryStore', () => ({ store: new MemoryStore() })],
  ["a store of koa-session's kind", () => ({ store: new MapStore() })],
];

/** Where sessions can live. */
export const PLACES = [...COOKIES, ...STORES];

/** An app with a session, and the middleware that gives it. */
export function appWith(options: SessionOptions): { app: Koa; sessions: Middleware } {
  const app = new Koa();
  app.keys = ['a key of thirty-two characters...'];
  app.silent = true;
  const sessions = session(options, app);
  app.use(sessions);
  return { app, sessions };
}

/** Makes the app listen until the test ends. */
export async function serve(app: Koa): Promise<{ server: Server; url: string }> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export interface Reply {
  status: number;
  body: string;
  location: string | null;
  setCookie: SetCookie[];
}

/** The form to post, and headers. */
interface Sent {
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

/** A client with a cookie jar. It does not follow redirects. */
export class Browser {
  readonly #url: string;
  readonly #jar = new CookieJar();

  constructor(url: string) {
    this.#url = url;
  }

  /** The header `Cookie`. */
  get cookie(): string {
    return this.#jar.header(Date.now());
  }

  async get(path: string): Promise<Reply> {
    return this.take(await this.send(path));
  }

  async post(path: string, form: Record<string, string> = {}): Promise<Reply> {
    return this.take(await this.send(path, { form }));
  }

  /** Makes a request, and does not store the cookies of the response. */
  async send(path: string, { form, headers = {} }: Sent = {}): Promise<Reply> {
    const response = await fetch(new URL(path, this.#url), {
      redirect: 'manual',
      headers: { ...(this.cookie && { cookie: this.cookie }), ...headers },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    return {
      status: response.status,
      body: await response.text(),
      location: response.headers.get('location'),
      setCookie: response.headers.getSetCookie().map(parseSetCookie),
    };
  }

  take(reply: Reply): Reply {
    this.#jar.take(reply.setCookie, Date.now());
    return reply;
  }
}
