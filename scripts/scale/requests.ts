import Koa from 'koa';
import inject from 'light-my-request';
import session, { MemoryStore, userSessions, type VersionedStore } from '../../src/session/index.ts';
import { bag } from '../../src/session/testing/set-up.ts';
import { generateSessionId } from '../../src/session/core/session-id.ts';
import { sleep } from '../../src/session/testing/redis-fixtures.ts';
import { ask, counting, inLanes, median, round, storeOn, withServer } from './tools.ts';

const KEY = generateSessionId();

/** What a request does, how many sessions its user has before, and whether somebody has logged in to them. */
const KINDS: Record<string, [path: string, sessions: number, isUser: boolean]> = {
  none: ['/none', 0, false],
  read: ['/read', 1, true],
  writeAnonymous: ['/write', 1, false],
  writeUser: ['/write', 1, true],
  touchAnonymous: ['/touch', 1, false],
  touchUser: ['/touch', 1, true],
  create: ['/create', 0, false],
  login: ['/login', 1, false],
  logout: ['/logout', 1, true],
  list10: ['/list', 10, true],
  everywhere10: ['/everywhere', 10, true],
};

const userOf = (data: object): string | undefined => (data as { user?: string }).user;
const count = (data: Record<string, unknown>): unknown => (data['views'] = Number(data['views']) + 1);

/** Sends a request with a cookie; answers the cookie afterwards. */
export type App = (url: string, cookie?: string) => Promise<string | undefined>;

/** A Koa app with what the starter sets, driven in process. All share one key, as the processes of an app do. */
export function serve(store: VersionedStore): App {
  const app = new Koa();
  app.keys = [KEY];
  // Errors are for who asks.
  app.silent = true;
  app.use(session({ store, encrypt: true, sameSite: 'lax', absoluteMaxAge: 2_592_000_000, userOf }, app));
  app.use(async (ctx) => {
    ctx.body = 'ok';
    if (ctx.path === '/none') return;
    const data = bag(ctx);
    if (ctx.path === '/read') ctx.body = String(data['views']);
    if (ctx.path === '/write') count(data);
    if (ctx.path === '/assign') data['last'] = generateSessionId();
    if (ctx.path === '/increment') await ctx.session.update(count);
    if (ctx.path === '/touch') ctx.session.maxAge = 86_400_000;
    if (ctx.path === '/create') Object.assign(data, { views: 0, filler: 'x'.repeat(160) });
    if (ctx.path === '/login') {
      data['user'] = ctx.querystring || generateSessionId();
      await ctx.session.regenerate();
    }
    if (ctx.path === '/list') ctx.body = await userSessions(ctx).list();
    if (ctx.path === '/everywhere') await userSessions(ctx).endOthers();
    if (ctx.path === '/everywhere' || ctx.path === '/logout') ctx.session = null;
  });
  const callback = app.callback();
  return async (url, cookie) => {
    const options = { url, headers: cookie ? { cookie } : {} };
    const { statusCode, headers } = await inject((req, res) => void callback(req, res), options);
    if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}`);
    return [headers['set-cookie'] ?? []].flat()[0]?.split(';')[0];
  };
}

/** The cookies that so many requests of a kind need. */
async function prepare(app: App, kind: string, count: number): Promise<(string | undefined)[]> {
  const [, sessions = 0, isUser] = KINDS[kind] ?? [];
  const cookies: (string | undefined)[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const user = generateSessionId();
    let cookie: string | undefined;
    for (let one = 0; one < sessions; one += 1) {
      cookie = await app('/create');
      if (isUser) cookie = await app(`/login?${user}`, cookie);
    }
    cookies.push(cookie);
  }
  return cookies;
}

/** Commands of one request of each kind, and its bytes as the server counts them. */
export async function measureRequests(): Promise<object> {
  return withServer([], async (client) => {
    const { counted, counts } = counting(client);
    const app = serve(storeOn(counted));
    const traffic = async (path: string, cookies: (string | undefined)[]) => {
      const to = await ask(client, 'total_net_input_bytes');
      const from = await ask(client, 'total_net_output_bytes');
      for (const cookie of cookies) await app(path, cookie);
      // Nobody waits for ZREM.
      await sleep(30);
      return {
        to: (await ask(client, 'total_net_input_bytes')) - to,
        from: (await ask(client, 'total_net_output_bytes')) - from,
      };
    };
    const results: Record<string, object> = {};
    for (const [kind, [path]] of Object.entries(KINDS)) {
      const cookies = await prepare(app, kind, 30);
      // The questions themselves.
      const idle = await traffic(path, []);
      counts.clear();
      const { to, from } = await traffic(path, cookies);
      const each = (total: number): number => round(total / cookies.length, 0);
      const commands = Object.fromEntries([...counts].map(([name, total]) => [name, total / cookies.length]));
      results[kind] = { commands, to: each(to - idle.to), from: each(from - idle.from) };
    }
    return results;
  });
}

/** µs of CPU of the app's process for a request, by store, and requests a second of one process, 10 under way. */
export async function measureApp() {
  return withServer([], async (client) => {
    const apps = { memory: serve(new MemoryStore()), redis: serve(storeOn(client)) };
    const values: Record<string, number[]> = {};
    for (let turn = -1; turn < 9; turn += 1) {
      for (const [kind, [path]] of Object.entries(KINDS)) {
        const both = Object.entries(apps);
        for (const [store, app] of turn % 2 ? both : both.toReversed()) {
          const cookies = await prepare(app, kind, kind.endsWith('10') ? 30 : 300);
          const start = performance.now();
          const before = process.cpuUsage();
          await inLanes(cookies.length, 10, (nth) => app(path, cookies[nth]));
          const { user, system } = process.cpuUsage(before);
          const seconds = (performance.now() - start) / 1000;
          if (turn < 0) continue;
          (values[`${kind} ${store}`] ??= []).push((user + system) / cookies.length);
          (values[`${kind} ${store} rate`] ??= []).push(cookies.length / seconds);
        }
      }
    }
    const of = (key: string): number => round(median(values[key] ?? []), 0);
    const tell = (kind: string) => {
      const [memory, redis] = [of(`${kind} memory`), of(`${kind} redis`)];
      return { memory, redis, ratio: round(redis / memory, 1), redisPerSecond: of(`${kind} redis rate`) };
    };
    return Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, tell(kind)]));
  });
}
