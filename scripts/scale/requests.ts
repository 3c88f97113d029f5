import Koa, { type Context } from 'koa';
import inject from 'light-my-request';
import session, { userSessions } from '../../src/session/index.ts';
import { generateSessionId } from '../../src/session/core/session-id.ts';
import { range, sleep, until } from '../../src/session/testing/redis-fixtures.ts';
import { startRedisServer } from '../../src/session/testing/redis-server.ts';
import { bag, type LooseSession } from '../../src/session/testing/set-up.ts';
import { inLanes } from '../lanes.ts';
import type { Cost } from './tables.ts';
import { type Client, connectTo, readInfo, storeOn, withServer } from './tools.ts';

const KEY = generateSessionId();
const DAY = 86_400_000;
const CONNECTIONS = 50;
const ROUNDS = 10;

/** What a request does, how many sessions its user has before, and whether they are logged in. */
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
  set: ['/set', 0, false],
};

const userOf = (data: object): string | undefined => (data as { user?: string }).user;

const increment = (data: Record<string, unknown>): unknown => (data['views'] = Number(data['views']) + 1);

const HANDLERS: Record<string, (data: LooseSession, ctx: Context, client: Client) => unknown> = {
  '/read': (data) => data['views'],
  '/write': increment,
  '/update': (_data, ctx) => ctx.session.update(increment),
  '/touch': (data) => (data.maxAge = DAY),
  '/create': (data) => Object.assign(data, { views: 0, filler: 'x'.repeat(160) }),
  '/login': (data, ctx) => {
    data['user'] = ctx.querystring || generateSessionId();
    return data.regenerate();
  },
  '/logout': (_data, ctx) => (ctx.session = null),
  '/list': (_data, ctx) => userSessions(ctx).list(),
  '/everywhere': async (_data, ctx) => {
    await userSessions(ctx).endOthers();
    ctx.session = null;
  },
  '/set': (_data, _ctx, client) => client.set('plain', 'x'.repeat(270), { PX: DAY }),
};

/** Sends a request with a cookie; returns the cookie that the response sets. */
type App = (url: string, cookie?: string) => Promise<string | undefined>;

/** A Koa app with the starter's settings, called in this process. All share one key, as the processes of an app do. */
export function serve(client: Client): App {
  const app = new Koa();
  app.keys = [KEY];
  app.silent = true;
  const store = storeOn(client);
  app.use(session({ store, encrypt: true, sameSite: 'lax', absoluteMaxAge: 30 * DAY, userOf }, app));
  app.use(async (ctx) => {
    await HANDLERS[ctx.path]?.(bag(ctx), ctx, client);
    ctx.body = 'ok';
  });
  const callback = app.callback();
  return async (url, cookie) => {
    const options = { url, headers: cookie ? { cookie } : {} };
    const { statusCode, headers } = await inject((req, res) => void callback(req, res), options);
    if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}`);
    return [headers['set-cookie'] ?? []].flat()[0]?.split(';')[0];
  };
}

/** The last cookie of a visitor who begins that many sessions. */
async function visit(app: App, sessions: number, isUser: boolean): Promise<string | undefined> {
  const user = generateSessionId();
  let cookie: string | undefined;
  for (const _ of range(sessions)) {
    cookie = await app('/create');
    if (isUser) cookie = await app(`/login?${user}`, cookie);
  }
  return cookie;
}

/** The least that one request of each kind costs, on a Redis master with an append-only file and a replica. */
export async function measureRequests(): Promise<Record<string, Cost>> {
  // With a delay the master would wait for more replicas before it sends its data to the first.
  const settings = ['--appendonly', 'yes', '--repl-diskless-sync-delay', '0'];
  return withServer(settings, async (admin, { port, url }) => {
    const replica = await startRedisServer('--replicaof', '127.0.0.1', String(port));
    const clients = await Promise.all(range(CONNECTIONS).map(() => connectTo(url)));
    try {
      await until('the replica follows', async () => (await admin.info()).includes('state=online'), 15_000);
      const apps = clients.map(serve) as [App];
      const least: Record<string, Cost> = {};
      for (const round of range(ROUNDS)) {
        for (const [kind, [path, sessions, isUser]] of Object.entries(KINDS)) {
          const cookies: (string | undefined)[] = [];
          for (const _ of range(sessions > 1 ? 50 : 300))
            cookies.push(await visit(apps[0], sessions, isUser));
          const work = async (nth: number, lane: number): Promise<unknown> =>
            apps[lane]?.(path, cookies[nth]);
          const cost = await costOf(admin, cookies.length, work);
          // In the first round code is compiled and Redis learns the scripts. Other work of the machine only adds.
          const former = round > 1 ? least[kind] : undefined;
          least[kind] = eachCost((name) => Math.min(cost[name], former?.[name] ?? Infinity));
        }
      }
      return least;
    } finally {
      for (const client of clients) client.destroy();
      await replica.dispose();
    }
  });
}

function eachCost(of: (name: keyof Cost) => number): Cost {
  const names = ['redisMicros', 'appMicros', 'to', 'from', 'replication'] as const;
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Cost;
}

async function costOf(admin: Client, count: number, work: Parameters<typeof inLanes>[2]): Promise<Cost> {
  const idle = await snapshot(admin);
  const before = await snapshot(admin);
  await inLanes(count, CONNECTIONS, work);
  // A logout does not wait for its ZREM.
  await sleep(30);
  const after = await snapshot(admin);
  // What a snapshot costs itself is subtracted.
  const each = (name: keyof Cost): number => (after[name] - 2 * before[name] + idle[name]) / count;
  return eachCost((name) => Number(each(name).toFixed(name === 'redisMicros' ? 1 : 0)));
}

async function snapshot(admin: Client): Promise<Cost> {
  const of = await readInfo(admin);
  const { user, system } = process.cpuUsage();
  const replication = of('total_net_repl_output_bytes');
  return {
    redisMicros: 1e6 * (of('used_cpu_user_main_thread') + of('used_cpu_sys_main_thread')),
    appMicros: user + system,
    to: of('total_net_input_bytes'),
    from: of('total_net_output_bytes') - replication,
    replication,
  };
}
