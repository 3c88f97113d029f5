import inject from 'light-my-request';
import Koa, { type Context } from 'koa';
import type { SessionEvent, SessionStore } from '../../index.ts';
import { checkSignature, CookieJar, effective, parseSetCookie } from '../client.ts';
import { RecordingStore, type StoreCall } from '../recording-store.ts';
import type { Op, Options, Step } from './scenario.ts';
import { bag } from '../set-up.ts';

/** The value of a cookie that neither library has made. */
export const FOREIGN = 'bm90IHlvdXJz';

/** What can be seen of one request from outside. */
export interface Observation {
  status: number;
  /** The results of the handler's steps; after an error, the body of the response. */
  body: unknown;
  setCookie: { name: string; value: string; attributes: Record<string, string> }[];
  externalKey: string;
  calls: StoreCall[];
  events: { name: string; key: unknown; value: unknown }[];
  /** The events that only ours emits: what was done, and why. */
  told: Told[];
}

export interface Told {
  name: (typeof DEEDS)[number];
  key: string | undefined;
  reason: string | undefined;
}

/** Either library, as far as the test needs its types. */
export type SessionLibrary = (options: object, app: Koa) => Koa.Middleware;

const EVENTS = ['missed', 'expired', 'invalid'];
const DEEDS = ['created', 'saved', 'renewed', 'reissued', 'regenerated', 'destroyed'] as const;

/** One middleware with its app, its store and the browser that uses it. */
export class Side {
  jar = new CookieJar();
  store: RecordingStore;
  externalKey = '';
  readonly #app = new Koa();
  readonly #cookieName: string;
  #keys = ['key-1'];
  #ops: Op[] = [];
  #seen: unknown[] = [];
  #events: Observation['events'] = [];
  #told: Told[] = [];

  /** @throws what the library throws at set-up */
  constructor(library: SessionLibrary, options: Options) {
    this.store = new RecordingStore(options.isAsync);
    this.#cookieName = options.key ?? 'koa.sess';
    this.#app.silent = true;
    this.#app.keys = this.#keys;
    // Koa prints errors that have no listener.
    this.#app.on('error', () => {});
    for (const name of EVENTS) {
      this.#app.on(`session:${name}`, ({ key, value }: { key: unknown; value: unknown }) => {
        this.#events.push({ name, key, value: structuredClone(value) });
      });
    }
    for (const name of DEEDS) {
      this.#app.on(`session:${name}`, ({ key, reason }: SessionEvent) => {
        this.#told.push({ name, key, reason });
      });
    }
    this.#app.use(library(this.#libraryOptions(options), this.#app));
    this.#app.use((ctx) => this.#handle(ctx));
  }

  rotateKeys(): void {
    this.#keys = [`key-${this.#keys.length + 1}`, ...this.#keys];
    this.#app.keys = this.#keys;
  }

  async request(step: Step & { kind: 'request' }): Promise<Observation> {
    this.#ops = step.ops;
    this.#seen = [];
    this.#events = [];
    this.#told = [];
    this.store.calls = [];
    const now = Date.now();
    const sent = this.jar.sent(now);
    const own = this.jar.header(now);
    const foreign = `${this.#cookieName}=${FOREIGN}`;
    const cookie = {
      'as they are': own,
      'foreign first': `${foreign}; ${own}`,
      'foreign last': `${own}; ${foreign}`,
    };

    const response = await inject((req, res) => void this.#app.callback()(req, res), {
      url: '/',
      headers: { cookie: cookie[step.cookies], 'x-session': this.externalKey },
    });
    // Both libraries emit events by setImmediate.
    await new Promise((done) => setImmediate(done));

    const lines = [response.headers['set-cookie'] ?? []].flat().map(parseSetCookie);
    const cookies = effective(lines);
    this.jar.take(cookies, now);
    const handed = response.headers['x-session'];
    if (typeof handed === 'string') this.externalKey = handed;
    return {
      status: response.statusCode,
      body: response.statusCode === 200 ? [...this.#seen] : response.body,
      setCookie: cookies.map((one) => ({
        ...one,
        value: checkSignature(one, cookies, this.#keys[0] ?? '', sent),
      })),
      externalKey: typeof handed === 'string' ? handed : '',
      calls: this.store.calls,
      events: this.#events,
      told: this.#told,
    };
  }

  async #handle(ctx: Context): Promise<void> {
    for (const op of this.#ops) this.#seen.push(await perform(op, ctx));
    ctx.body = 'ok';
  }

  #libraryOptions({ mode, isAsync: _, valid, beforeSave, codec, ...plain }: Options): object {
    const store = (): RecordingStore => this.store;
    return {
      ...Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)),
      ...((mode === 'store' || mode === 'externalKey') && { store: forwardTo(store) }),
      ...(mode === 'ContextStore' && {
        ContextStore: class {
          get(...rest: Parameters<SessionStore['get']>): unknown {
            return store().get(...rest);
          }
          set(...rest: Parameters<SessionStore['set']>): unknown {
            return store().set(...rest);
          }
          destroy(id: string): unknown {
            return store().destroy(id);
          }
        },
      }),
      ...(mode === 'externalKey' && {
        externalKey: {
          get: (ctx: Context): string => ctx.get('x-session'),
          set: (ctx: Context, id: string): void => ctx.set('x-session', id),
        },
      }),
      ...(valid !== 'no' && {
        valid: (_ctx: Context, data: { a?: unknown }) =>
          valid === 'sync' ? data.a !== 1 : Promise.resolve(data.a !== 1),
      }),
      ...(beforeSave && {
        beforeSave: (_ctx: Context, session: { saves?: number }) => {
          session.saves = (session.saves ?? 0) + 1;
        },
      }),
      ...(codec !== 'default' && {
        encode: (record: object) => Buffer.from(JSON.stringify(record)).toString('hex'),
        decode: (text: string): unknown => {
          if (codec === 'throwing' && !/^[0-9a-f]+$/.test(text)) throw new RangeError('no hex');
          return JSON.parse(Buffer.from(text, 'hex').toString());
        },
      }),
    };
  }
}

// The store is looked up at each call, since the two sides may swap theirs.
function forwardTo(store: () => RecordingStore): SessionStore {
  return {
    get: (...rest) => store().get(...rest),
    set: (...rest) => store().set(...rest),
    destroy: (id) => store().destroy(id),
  };
}

async function perform(op: Op, ctx: Context): Promise<unknown> {
  if (op.op === 'end') return void (ctx.session = null);
  if (op.op === 'assign') return void (ctx.session = structuredClone(op.data));
  if (op.op === 'throw') return fail(op.what, ctx);
  if (ctx.session === null) return 'no session';
  const session = bag(ctx);
  switch (op.op) {
    case 'read':
      return typeof session[op.key] === 'object' ? structuredClone(session[op.key]) : session[op.key];
    case 'write':
      session[op.key] = structuredClone(op.value);
      return undefined;
    case 'delete':
      return delete session[op.key];
    case 'mutate': {
      const held = session[op.key];
      if (typeof held === 'object' && held !== null) (held as { n?: unknown }).n = 'mutated';
      return undefined;
    }
    case 'regenerate':
    case 'save':
      if (op.how === 'await') return session[op.op]();
      return new Promise((done) => session[op.op]((error) => done(error ? 'failed' : undefined)));
    case 'manuallyCommit':
      return session.manuallyCommit();
    case 'setMaxAge':
      session.maxAge = op.value;
      return undefined;
    case 'look':
      return [session.isNew, session.length, session.populated, session.maxAge, JSON.stringify(session)];
    case 'externalKey':
      return { id: session.externalKey };
  }
}

function fail(what: 'http' | 'error' | 'string', ctx: Context): never {
  if (what === 'http') ctx.throw(418, 'teapot', { headers: { 'x-why': 'tea' } });
  // oxlint-disable-next-line no-throw-literal -- Koa answers that, too
  if (what === 'string') throw 'a string';
  throw new Error('broken');
}
