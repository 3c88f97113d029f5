import { describe, expect, it, vi } from 'vitest';
import inject from 'light-my-request';
import Koa, { type Context } from 'koa';
import session, { MemoryStore, type SessionOptions } from '../index.ts';
import { bag, setUp } from '../testing/set-up.ts';

const METHODS = ['read', 'create', 'update', 'touch', 'destroy'] as const;
type Method = (typeof METHODS)[number];

/** Waits, so that parallel requests interleave, in another order each time. */
async function turns(nth: number): Promise<void> {
  for (let turn = (nth * 7) % 5; turn >= 0; turn -= 1) await new Promise((done) => setImmediate(done));
}

let calls = 0;

class Late extends MemoryStore {
  // @ts-expect-error -- VersionedStore allows a promise, MemoryStore itself does not
  override async read(id: string): Promise<ReturnType<MemoryStore['read']>> {
    await turns((calls += 1));
    return super.read(id);
  }
}

function spiedOn(methods: readonly Method[]): MemoryStore {
  const store = new MemoryStore();
  for (const method of methods) {
    const original = store[method].bind(store) as (...args: unknown[]) => unknown;
    vi.spyOn(store, method).mockImplementation((async (...args: unknown[]) => {
      await turns((calls += 1));
      return original(...args);
    }) as never);
  }
  return store;
}

const STORES: [string, () => MemoryStore][] = [
  ['subclassed with an asynchronous read()', () => new Late() as unknown as MemoryStore],
  ...METHODS.map((method): [string, () => MemoryStore] => [
    `whose ${method}() is mocked and asynchronous`,
    () => spiedOn([method]),
  ]),
  ['whose methods are all mocked and asynchronous', () => spiedOn(METHODS)],
];

describe.each(STORES)('a MemoryStore %s', (_name, make) => {
  const OPTIONS: [string, SessionOptions][] = [
    ['with default options', {}],
    ['with rolling', { rolling: true }],
    ['with an asynchronous valid', { valid: async () => true }],
  ];

  it.each(OPTIONS)('gives each of many parallel visitors their own session, %s', async (_how, options) => {
    const app = new Koa();
    const errors: Error[] = [];
    app.on('error', (error: Error) => errors.push(error));
    const store = make();
    app.use(session({ ...options, store, signed: false }, app));
    app.use((ctx) => {
      const data = bag(ctx);
      const name = ctx.get('x-name');
      // One visitor's error must not reach another.
      if (ctx.path === '/fails') ctx.throw(400, name);
      data.name ??= name;
      data.n = Number(data.n ?? 0) + 1;
      if (ctx.path === '/ends') ctx.session = null;
      ctx.body = [name, data.name, data.n];
    });
    const visit = async (name: string, cookie: string | undefined, url = '/') => {
      const response = await inject((req, res) => void app.callback()(req, res), {
        url,
        headers: { 'x-name': name, ...(cookie && { cookie }) },
      });
      const set = [response.headers['set-cookie'] ?? []].flat()[0]?.split(';')[0];
      return { status: response.statusCode, body: response.body, cookie: set ?? cookie };
    };
    const person = async (name: string): Promise<unknown[]> => {
      const seen: unknown[] = [];
      let cookie: string | undefined;
      for (let n = 1; n <= 4; n += 1) {
        const reply = await visit(name, cookie);
        ({ cookie } = reply);
        seen.push(JSON.parse(reply.body), (await visit(name, cookie, '/fails')).status);
      }
      seen.push((await visit(name, cookie, '/ends')).status);
      return seen;
    };
    const names = Array.from({ length: 20 }, (_none, nth) => `person ${nth}`);
    const seen = await Promise.all(names.map(person));
    for (const [at, name] of names.entries()) {
      const visits = [1, 2, 3, 4].flatMap((n) => [[name, name, n], 400]);
      expect(seen[at]).toEqual([...visits, 200]);
    }
    expect([errors.filter((error) => !('status' in error)), store.size]).toEqual([[], 0]);
  });

  it('fails only the request whose session cannot be read', async () => {
    const store = make();
    const { request } = setUp({ store });
    const own = await request((ctx: Context) => (bag(ctx).n = 1));
    const id = String(own.cookie()?.value);
    const read = store.read.bind(store);
    vi.spyOn(store, 'read').mockImplementation(((one: string) => {
      const answer = read(one) as unknown;
      return one === id ? Promise.reject(new Error('not this one')) : answer;
    }) as never);
    const mine = request((ctx) => bag(ctx).n);
    const [failed, other] = await Promise.all([mine, request((ctx) => bag(ctx).n, { cookie: '' })]);
    expect([failed.status, other.status]).toEqual([500, 200]);
  });
});
