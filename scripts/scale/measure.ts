// Measures what sessions in a RedisStore cost (bytes, commands, CPU time), and what happens where it hurts:
//   npx tsx scripts/scale/measure.ts [section…]
// Starts Redis servers of its own, prints the results and writes them to measured.json beside this file; with names of
// sections it measures only these, and writes nothing. Times depend on the machine and on what else it does: each is a median of
// rounds, and ratios within one run say more than they do.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Koa from 'koa';
import inject from 'light-my-request';
import { createClient, createCluster } from 'redis';
import session, {
  MemoryStore,
  type RedisClient,
  RedisStore,
  userSessions,
  type VersionedStore,
} from '../../src/session/index.ts';
import { generateSessionId, handleOf } from '../../src/session/session-id.ts';
import * as scripts from '../../src/session/stores/redis-scripts.ts';
import { type RedisServer, startRedisServer } from '../../src/session/stores/redis-server.ts';
import { lifeToText, NOBODY, tagOf, toText, versionOf } from '../../src/session/stores/redis-text.ts';
import type { SessionWrite } from '../../src/session/stores/store.ts';

const DAY = 86_400_000;
const PREFIX = 'sess:';
const OUTPUT = new URL('measured.json', import.meta.url);

type Client = Awaited<ReturnType<typeof connectTo>>;
type Numbers = Record<string, number>;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const SECTIONS = {
  memory: measureMemory,
  requests: measureRequests,
  serverCpu: measureServerCpu,
  stream: measureStream,
  appCpu: measureAppCpu,
  hotKey: measureHotKey,
  bigUser: measureBigUser,
  failover: measureFailover,
  eviction: measureEviction,
  connections: measureConnections,
  tls: measureTls,
  cluster: measureCluster,
};

async function describeMachine(): Promise<object> {
  return withServer(async (_server, client) => ({
    date: new Date().toISOString().slice(0, 10),
    command: 'npx tsx scripts/scale/measure.ts',
    redis: (await info(client, 'server'))['redis_version'],
    node: process.version,
    cpu: `${cpus()[0]?.model} x ${cpus().length}`,
  }));
}

// --- What Redis keeps ---------------------------------------------------------------------------------------------

/** Bytes that each session adds to used_memory, and what MEMORY USAGE says of one. */
async function measureMemory(): Promise<object> {
  return withServer(async (_server, client) => {
    const store = new RedisStore({ client });
    const kinds = {
      anonymous200: { count: 50_000, bytes: 200, perUser: 0 },
      user200: { count: 50_000, bytes: 200, perUser: 1 },
      user200of5: { count: 50_000, bytes: 200, perUser: 5 },
      anonymous1000: { count: 50_000, bytes: 1000, perUser: 0 },
      user1000: { count: 50_000, bytes: 1000, perUser: 1 },
    };
    const results: Record<string, object> = {};
    for (const [name, { count, bytes, perUser }] of Object.entries(kinds)) {
      await client.flushAll();
      const before = await info(client, 'memory');
      let id = '';
      await inBatches(count, 1000, async (nth) => {
        id = generateSessionId();
        await store.create(id, write(bytes, perUser === 0 ? undefined : `user-${Math.floor(nth / perUser)}`));
      });
      const after = await info(client, 'memory');
      const index = `${PREFIX}user:${tagOf('user-1')}`;
      results[name] = {
        sessions: count,
        usedMemory: round((number(after, 'used_memory') - number(before, 'used_memory')) / count),
        memoryUsageOfSession: await client.memoryUsage(`${PREFIX}${handleOf(id)}`),
        ...(perUser > 0 && { memoryUsageOfIndex: await client.memoryUsage(index) }),
      };
    }
    return { ...results, churn: await churn(client, store) };
  });
}

/** How much more than its data the server holds, after half of the sessions went and others of another size came. */
async function churn(client: Client, store: RedisStore): Promise<object> {
  await client.flushAll();
  const ids: string[] = [];
  await inBatches(60_000, 1000, async () => {
    const id = generateSessionId();
    ids.push(id);
    await store.create(id, write(200));
  });
  const fresh = await info(client, 'memory');
  await inBatches(30_000, 1000, async (nth) => store.destroy(ids[nth * 2] ?? ''));
  const halved = await info(client, 'memory');
  await inBatches(15_000, 1000, async () => store.create(generateSessionId(), write(350)));
  const refilled = await info(client, 'memory');
  return {
    fragmentationFresh: number(fresh, 'allocator_frag_ratio'),
    fragmentationHalfDestroyed: number(halved, 'allocator_frag_ratio'),
    fragmentationRefilledWithLarger: number(refilled, 'allocator_frag_ratio'),
  };
}

/** A master else waits for more replicas before it sends its data to one. */
const SYNC_AT_ONCE = ['--repl-diskless-sync-delay', '0'];

/** Bytes that a command adds to the append-only file and to the stream for replicas. */
async function measureStream(): Promise<object> {
  const names = ['create', 'update', 'updateBack', 'touch', 'index', 'destroy', 'zRem'];
  const master = await startRedisServer('--appendonly', 'yes', '--appendfsync', 'no', ...SYNC_AT_ONCE);
  const replica = await startRedisServer('--replicaof', '127.0.0.1', String(master.port));
  const client = await connectTo(master);
  try {
    await until(async () => (await info(client, 'replication'))['slave0']?.includes('state=online') ?? false);
    await loadScripts(client);
    const set = makeSet(500);
    const results: Record<string, Numbers> = {};
    const sizes = async (): Promise<[aof: number, stream: number]> => [
      number(await info(client, 'persistence'), 'aof_current_size'),
      number(await info(client, 'replication'), 'master_repl_offset'),
    ];
    for (const name of names) {
      const before = await sizes();
      await flood(master.port, set, name, 10, 50);
      const after = await sizes();
      if (name === 'updateBack') continue;
      results[name] = {
        aof: round((after[0] - before[0]) / set.length),
        replication: round((after[1] - before[1]) / set.length),
      };
    }
    return { bytes: results, updatesPerSecond: await measureFsync(client, master) };
  } finally {
    client.destroy();
    await replica.dispose();
    await master.dispose();
  }
}

/** Updates a second of 50 connections, each of which waits for its answer. */
async function measureFsync(client: Client, { port }: RedisServer): Promise<Numbers> {
  const results: Numbers = {};
  const modes = { always: 'appendfsyncAlways', everysec: 'appendfsyncEverysec', no: 'appendfsyncNo' };
  for (const [mode, name] of Object.entries(modes)) {
    await client.configSet('appendfsync', mode);
    const rates = await rounds(3, async () => {
      await client.flushAll();
      const set = makeSet(3000);
      await flood(port, set, 'create', 10, 50);
      return set.length / (await flood(port, set, 'update', 50, 1));
    });
    results[name] = Math.round(median(rates));
  }
  return results;
}

// --- What a request costs -----------------------------------------------------------------------------------------

interface Ask {
  url: string;
  cookie?: string;
}

/** What a request does to its session; each gets the requests of that kind ready. */
const KINDS: Record<string, (app: App, count: number) => Promise<Ask[]> | Ask[]> = {
  none: (_app, count) => many(count, () => ({ url: '/none' })),
  read: (app, count) => withSessions(app, count, '/read', true),
  writeAnonymous: (app, count) => withSessions(app, count, '/write', false),
  writeUser: (app, count) => withSessions(app, count, '/write', true),
  touchAnonymous: (app, count) => withSessions(app, count, '/touch', false),
  touchUser: (app, count) => withSessions(app, count, '/touch', true),
  create: (_app, count) => many(count, () => ({ url: '/create' })),
  login: (app, count) => withSessions(app, count, `/login?${randomBytes(9).toString('base64url')}`, false),
  logout: (app, count) => withSessions(app, count, '/logout', true),
  list10: (app, count) => withTenEach(app, count, '/list'),
  everywhere10: (app, count) => withTenEach(app, count, '/everywhere'),
};

/** Kinds after which the session is another one, or none. */
const ONCE = new Set(['login', 'logout', 'everywhere10']);

type App = (ask: Ask) => Promise<string | undefined>;

/** A Koa app as the starter has it, driven in process; answers the cookie that a response sets. */
function serve(store: VersionedStore): App {
  const app = new Koa();
  app.keys = [randomBytes(32).toString('base64url')];
  // Errors are counted by who asks.
  app.silent = true;
  app.use(
    session(
      {
        store,
        encrypt: true,
        sameSite: 'lax',
        absoluteMaxAge: 30 * DAY,
        userOf: (data) => (data as { user?: string }).user,
      },
      app,
    ),
  );
  app.use(async (ctx) => {
    ctx.body = 'ok';
    if (ctx.path === '/none') return;
    const data = ctx.session as unknown as Record<string, unknown>;
    if (ctx.path === '/read') ctx.body = String(data['views']);
    if (ctx.path === '/write') data['views'] = Number(data['views']) + 1;
    if (ctx.path === '/assign') data['last'] = randomBytes(6).toString('base64url');
    if (ctx.path === '/touch') ctx.session.maxAge = DAY;
    if (ctx.path === '/create') Object.assign(data, { views: 0, filler: 'x'.repeat(160) });
    if (ctx.path === '/login') {
      data['user'] = ctx.querystring;
      await ctx.session.regenerate();
    }
    if (ctx.path === '/logout') ctx.session = null;
    if (ctx.path === '/list') ctx.body = await userSessions(ctx).list();
    if (ctx.path === '/everywhere') {
      await userSessions(ctx).endOthers();
      ctx.session = null;
    }
    if (ctx.path === '/increment') {
      await ctx.session.update((fresh: Record<string, unknown>) => {
        fresh['views'] = Number(fresh['views']) + 1;
      });
    }
  });
  const callback = app.callback();
  return async ({ url, cookie }) => {
    const { statusCode, headers } = await inject((req, res) => void callback(req, res), {
      url,
      headers: cookie ? { cookie } : {},
    });
    if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}`);
    return [headers['set-cookie'] ?? []].flat()[0]?.split(';')[0];
  };
}

async function withSessions(app: App, count: number, url: string, isUser: boolean): Promise<Ask[]> {
  const asks: Ask[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    let cookie = await app({ url: '/create' });
    if (isUser) cookie = await app({ url: `/login?${randomBytes(9).toString('base64url')}`, cookie });
    asks.push({ url, cookie });
  }
  return asks;
}

async function withTenEach(app: App, count: number, url: string): Promise<Ask[]> {
  const asks: Ask[] = [];
  for (let nth = 0; nth < Math.ceil(count / 10); nth += 1) {
    const user = randomBytes(9).toString('base64url');
    let cookie: string | undefined;
    for (let one = 0; one < 10; one += 1) {
      cookie = await app({ url: `/login?${user}`, cookie: await app({ url: '/create' }) });
    }
    asks.push({ url, cookie });
  }
  return asks;
}

/** Commands and bytes of one request of each kind, counted between the app and the server. */
async function measureRequests(): Promise<object> {
  return withServer(async (server) => {
    const proxy = await startProxy(server.port);
    const client = await createClient({ url: `redis://127.0.0.1:${proxy.port}` }).connect();
    const { counted, counts } = counting(client);
    const app = serve(new RedisStore({ client: counted }));
    // The server knows the scripts afterwards.
    for (const prepare of Object.values(KINDS)) for (const ask of await prepare(app, 1)) await app(ask);
    const results: Record<string, object> = {};
    for (const [kind, prepare] of Object.entries(KINDS)) {
      const asks = await prepare(app, 30);
      await sleep(30);
      counts.clear();
      proxy.reset();
      for (const ask of asks) await app(ask);
      // Nobody waits for ZREM.
      await sleep(30);
      const perRequest = (count: number): number => round(count / asks.length);
      results[kind] = {
        commands: Object.fromEntries([...counts].map(([name, count]) => [name, perRequest(count)])),
        bytesToRedis: perRequest(proxy.sent),
        bytesFromRedis: perRequest(proxy.received),
      };
    }
    client.destroy();
    proxy.close();
    return results;
  });
}

/** CPU time of the app's process for one request, µs, with a MemoryStore and with a RedisStore. */
async function measureAppCpu(): Promise<object> {
  return withServer(async (_server, client) => {
    const apps = { memoryStore: serve(new MemoryStore()), redisStore: serve(new RedisStore({ client })) };
    const ready = new Map<string, Ask[]>();
    const times: Record<string, Record<string, number[]>> = {};
    for (let round = -1; round < 5; round += 1) {
      for (const [kind, prepare] of Object.entries(KINDS)) {
        for (const [store, app] of Object.entries(apps)) {
          const isOnce = ONCE.has(kind);
          const asks = (!isOnce && ready.get(store + kind)) || (await prepare(app, 100));
          ready.set(store + kind, asks);
          const count = isOnce ? asks.length : 200;
          await sleep(5);
          collectGarbage();
          const before = process.cpuUsage();
          await inBatches(count, 10, async (nth) => app(asks[nth % asks.length] ?? { url: '/none' }));
          const { user, system } = process.cpuUsage(before);
          if (round < 0) continue;
          ((times[kind] ??= {})[store] ??= []).push((user + system) / count);
        }
      }
    }
    return Object.fromEntries(
      Object.entries(times).map(([kind, stores]) => {
        const memoryStore = Math.round(median(stores['memoryStore'] ?? []));
        const redisStore = Math.round(median(stores['redisStore'] ?? []));
        return [kind, { memoryStore, redisStore, ratio: round(redisStore / memoryStore) }];
      }),
    );
  });
}

// --- What a command costs the server ------------------------------------------------------------------------------

/** Sessions as raw commands, so that what sends them costs little beside the server. */
interface Raw {
  handle: string;
  user: string;
}

/** The commands that RedisStore sends, by the name that `counting` gives them. */
const COMMANDS: Record<string, (raw: Raw) => string[]> = {
  create: ({ handle, user }) => {
    const text = toText({ ...write(200), userId: undefined }, 'A'.repeat(16)).replace(
      ` ${NOBODY} `,
      ` ${user} `,
    );
    return ['SET', PREFIX + handle, text, 'PX', String(DAY), 'NX'];
  },
  read: ({ handle }) => ['GET', PREFIX + handle],
  update: ({ handle, user }) => updating(handle, user, 'A'),
  updateBack: ({ handle, user }) => updating(handle, user, 'B'),
  touch: ({ handle, user }) =>
    evaluating(scripts.TOUCH, PREFIX + handle, [
      versionOf('A'.repeat(16), user),
      String(DAY),
      lifeToText(write(0).life),
    ]),
  index: ({ handle, user }) => evaluating(scripts.INDEX, `${PREFIX}user:${user}`, [handle, String(DAY)]),
  zRange: ({ user }) => ['ZRANGE', `${PREFIX}user:${user}`, '0', '-1'],
  destroy: ({ handle }) => evaluating(scripts.DESTROY, PREFIX + handle, ['*', '0', '*']),
  zRem: ({ handle, user }) => ['ZREM', `${PREFIX}user:${user}`, handle],
};

function updating(handle: string, user: string, from: 'A' | 'B'): string[] {
  const { life, data } = write(200);
  const args = [versionOf(from.repeat(16), user), String(DAY), (from === 'A' ? 'B' : 'A').repeat(16), user];
  return evaluating(scripts.UPDATE, PREFIX + handle, [...args, lifeToText(life), data]);
}

function evaluating({ sha1 }: scripts.RedisScript, key: string, args: string[]): string[] {
  return ['EVALSHA', sha1, '1', key, ...args];
}

function makeSet(count: number): Raw[] {
  return many(count, () => ({ handle: handleOf(generateSessionId()), user: tagOf(generateSessionId()) }));
}

/** What is measured, in an order in which each finds what it needs. */
const CYCLE = ['create', 'read', 'update', 'updateBack', 'touch', 'index', 'zRange', 'destroy', 'zRem'];

/**
 * CPU time of the server's main thread for one command, µs, and commands a second: `single` with 50 connections, each of
 * which waits for its answer, and `pipelined` with 10 that send 50 commands at once.
 */
async function measureServerCpu(): Promise<object> {
  return withServer(async (server, client) => {
    await loadScripts(client);
    const modes = { single: [10_000, 50, 1], pipelined: [20_000, 10, 50] } as const;
    const all: Record<string, Record<string, number[]>> = {};
    for (let nth = 0; nth < 3; nth += 1) {
      for (const [mode, [count, connections, depth]] of Object.entries(modes)) {
        await client.flushAll();
        const set = makeSet(count);
        for (const name of CYCLE) {
          const before = await mainThread(client);
          const seconds = await flood(server.port, set, name, connections, depth);
          const micros = ((await mainThread(client)) - before) / count;
          if (name === 'updateBack') continue;
          const result = (all[name] ??= {});
          (result[mode] ??= []).push(micros);
          (result[`${mode}PerSecond`] ??= []).push(count / seconds);
        }
      }
    }
    return Object.fromEntries(
      Object.entries(all).map(([name, results]) => [
        name,
        Object.fromEntries(
          Object.entries(results).map(([key, values]) => [
            key,
            key.endsWith('PerSecond') ? Math.round(median(values)) : round(median(values)),
          ]),
        ),
      ]),
    );
  });
}

/** CPU time of the main thread so far, µs. */
async function mainThread(client: Client): Promise<number> {
  const cpu = await info(client, 'cpu');
  return (number(cpu, 'used_cpu_user_main_thread') + number(cpu, 'used_cpu_sys_main_thread')) * 1e6;
}

/**
 * Sends one command for each of `set`.
 * @returns the seconds it took, connecting not included
 */
async function flood(
  port: number,
  set: Raw[],
  name: string,
  connections: number,
  depth: number,
  open: (port: number) => Socket = (port) => connect({ port, host: '127.0.0.1', noDelay: true }),
): Promise<number> {
  const command = COMMANDS[name];
  if (!command) throw new Error(`no such command: ${name}`);
  const share = Math.ceil(set.length / connections);
  const lanes = await Promise.all(
    many(connections, async (nth) => {
      const own = set.slice(nth * share, (nth + 1) * share);
      const batches: { bytes: Buffer; count: number }[] = [];
      for (let at = 0; at < own.length; at += depth) {
        const batch = own.slice(at, at + depth);
        batches.push({
          bytes: Buffer.from(batch.map((raw) => encode(command(raw))).join('')),
          count: batch.length,
        });
      }
      const socket = open(port);
      await new Promise<void>((done, fail) => {
        socket.once('error', fail);
        socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', done);
      });
      return { socket, batches };
    }),
  );
  const start = performance.now();
  await Promise.all(lanes.map(async ({ socket, batches }) => drain(socket, batches)));
  const seconds = (performance.now() - start) / 1000;
  for (const { socket } of lanes) socket.destroy();
  return seconds;
}

/** All answers to one command have one length, that of the first. */
function drain(socket: Socket, batches: { bytes: Buffer; count: number }[]): Promise<void> {
  return new Promise((done, fail) => {
    let size = 0;
    let got = 0;
    let due = 0;
    let next = 0;
    const send = (): void => {
      const batch = batches[next];
      if (!batch) return done();
      next += 1;
      due = batch.count;
      got = 0;
      socket.write(batch.bytes);
    };
    socket.on('error', fail);
    socket.on('data', (chunk: Buffer) => {
      if (chunk[0] === 45 && got === 0) fail(new Error(chunk.toString()));
      size ||= replyLength(chunk);
      got += chunk.length;
      if (got === size * due) send();
    });
    send();
  });
}

/** Bytes of the first of the answers in `chunk`. */
function replyLength(chunk: Buffer): number {
  const end = chunk.indexOf('\r\n') + 2;
  const count = Number(chunk.toString('latin1', 1, end - 2));
  if (chunk[0] === 36) return end + count + 2;
  if (chunk[0] !== 42) return end;
  let length = end;
  for (let nth = 0; nth < count; nth += 1) length += replyLength(chunk.subarray(length));
  return length;
}

function encode(command: string[]): string {
  return `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

async function loadScripts(client: Client): Promise<void> {
  for (const { source } of [scripts.UPDATE, scripts.TOUCH, scripts.DESTROY, scripts.INDEX]) {
    await client.scriptLoad(source);
  }
}

// --- Where it bends -----------------------------------------------------------------------------------------------

/** Writers that all change one session, by `ctx.session.update()` or by assignment, in one process. */
async function measureHotKey(): Promise<object> {
  return withServer(async (_server, client) => {
    const { counted, counts } = counting(client);
    const app = serve(new RedisStore({ client: counted }));
    const attempt = async (writers: number, each: number, url = '/increment'): Promise<object> => {
      const cookie = await app({ url: '/create' });
      counts.clear();
      let failed = 0;
      const start = performance.now();
      await Promise.all(
        many(writers, async () => {
          for (let nth = 0; nth < each; nth += 1) {
            await app({ url, cookie }).catch(() => (failed += 1));
          }
        }),
      );
      const seconds = (performance.now() - start) / 1000;
      const done = writers * each - failed;
      return {
        writers,
        requests: writers * each,
        failed,
        conflictsPerSuccess: round(((counts.get('update') ?? 0) - done) / done),
        successesPerSecond: Math.round(done / seconds),
      };
    };
    return {
      sustained1: await attempt(1, 300),
      sustained2: await attempt(2, 150),
      sustained10: await attempt(10, 30),
      sustained50: await attempt(50, 12),
      assigned50: await attempt(50, 12, '/assign'),
      burst50: await attempt(50, 1),
      burst520: await attempt(520, 1),
    };
  });
}

/** Listing and ending the sessions of a user who has many: one index, in one slot. */
async function measureBigUser(): Promise<object> {
  return withServer(async (server, client) => {
    await loadScripts(client);
    const store = new RedisStore({ client });
    const results: Record<string, object> = {};
    for (const count of [10, 1000, 100_000]) {
      const list: number[] = [];
      const end: number[] = [];
      const zRange: number[] = [];
      let memoryOfIndex = 0;
      let failure = '';
      for (let round = 0; round < (count > 1000 ? 1 : 5); round += 1) {
        await client.flushAll();
        await client.configResetStat();
        const user = tagOf('alice');
        const set = many(count, () => ({ handle: handleOf(generateSessionId()), user }));
        for (const name of ['create', 'index']) await flood(server.port, set, name, 1, 50);
        memoryOfIndex = Number(await client.memoryUsage(`${PREFIX}user:${user}`, { SAMPLES: 0 }));
        list.push(
          await milliseconds(async () => expectCount((await store.listByUser('alice')).length, count)),
        );
        zRange.push(number(await info(client, 'commandstats'), 'cmdstat_zrange', 'usec') / 1000);
        end.push(
          await milliseconds(async () => {
            expectCount(await store.destroyByUser('alice'), count);
          }).catch((error: unknown) => {
            failure = String(error);
            return Number.NaN;
          }),
        );
        await sleep(count > 1000 ? 500 : 10);
      }
      results[`sessions${count}`] = {
        listMs: round(median(list)),
        zRangeOnServerMs: round(median(zRange)),
        destroyMs: round(median(end)),
        indexBytes: memoryOfIndex,
        ...(failure && { failure }),
      };
    }
    return results;
  });
}

/** What becomes of logouts that a master has acknowledged when its replica takes over. */
async function measureFailover(): Promise<object> {
  return {
    plain: await failOver([], async (store, ids) => {
      for (const id of ids) await store.destroy(id);
    }),
    minReplicasMaxLag2: await failOver(
      ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '2'],
      // Until they are refused.
      async (store, ids, acknowledged) => {
        for (const id of ids) {
          await store.destroy(id);
          acknowledged.push(id);
          await sleep(20);
        }
      },
    ),
  };
}

async function failOver(
  settings: string[],
  logOut: (store: RedisStore, ids: string[], acknowledged: string[]) => Promise<void>,
): Promise<object> {
  const master = await startRedisServer('--repl-ping-replica-period', '1', ...SYNC_AT_ONCE, ...settings);
  const link = await startProxy(master.port);
  const replica = await startRedisServer('--replicaof', '127.0.0.1', String(link.port));
  const [client, other] = await Promise.all([connectTo(master), connectTo(replica)]);
  try {
    await until(async () => (await info(client, 'replication'))['slave0']?.includes('lag=0') ?? false);
    await until(async () => (await info(other, 'replication'))['master_link_status'] === 'up');
    const store = new RedisStore({ client });
    const ids = many(500, () => generateSessionId());
    for (const id of ids) await store.create(id, write(200));
    const waits = await rounds(21, async () => {
      await store.create(generateSessionId(), write(200));
      return milliseconds(async () => client.wait(1, 1000));
    });
    await client.wait(1, 1000);
    link.hold();
    const acknowledged: string[] = [];
    const start = performance.now();
    let refusedWith: string | undefined;
    try {
      await logOut(store, ids, acknowledged);
      acknowledged.push(...ids.slice(acknowledged.length));
    } catch (error) {
      refusedWith = codeOf(error);
    }
    const seconds = (performance.now() - start) / 1000;
    const replicasThatHaveIt = await client.wait(1, 100);
    await master.kill();
    link.close();
    await other.sendCommand(['REPLICAOF', 'NO', 'ONE']);
    const after = new RedisStore({ client: other });
    let back = 0;
    for (const id of acknowledged) if (typeof (await after.read(id)) === 'object') back += 1;
    return {
      logoutsAcknowledged: acknowledged.length,
      cameBack: back,
      waitAnsweredMeanwhile: replicasThatHaveIt,
      waitMsBefore: round(median(waits)),
      ...(refusedWith && { refusedAfterSeconds: round(seconds), refusedWith }),
    };
  } finally {
    client.destroy();
    other.destroy();
    await replica.dispose();
    await master.dispose();
  }
}

/** A server that is full, under each policy: what is still there, and what nobody can find any more. */
async function measureEviction(): Promise<object> {
  const results: Record<string, object> = {};
  for (const policy of ['noeviction', 'volatile-ttl', 'allkeys-lru']) {
    const server = await startRedisServer('--maxmemory', '8mb', '--maxmemory-policy', policy);
    const client = await connectTo(server);
    try {
      const store = new RedisStore({ client });
      const ids = many(15_000, () => generateSessionId());
      let refused = 0;
      await inBatches(ids.length, 100, async (nth) => {
        // Ends between half a day and a day from now, spread.
        const ttl = DAY / 2 + ((nth * 7919) % ids.length) * (DAY / 2 / ids.length);
        await store.create(ids[nth] ?? '', { ...write(200, `user-${nth}`), ttl }).catch(() => (refused += 1));
      });
      let alive = 0;
      let unlisted = 0;
      let first = '';
      await inBatches(ids.length, 100, async (nth) => {
        if (typeof (await store.read(ids[nth] ?? '')) !== 'object') return;
        alive += 1;
        first ||= ids[nth] ?? '';
        if ((await store.listByUser(`user-${nth}`)).length === 0) unlisted += 1;
      });
      const found = await store.read(first);
      const touched =
        typeof found === 'object' &&
        (await store.touch(first, found.version, write(200)).then(({ kind }) => kind, codeOf));
      const destroyed = await store.destroy(first).then(({ kind }) => kind, codeOf);
      results[policy] = {
        created: ids.length - refused,
        refused,
        alive,
        aliveButNotInIndex: unlisted,
        touched,
        destroyed,
      };
    } finally {
      client.destroy();
      await server.dispose();
    }
  }
  return results;
}

/** Bytes on the server for each connection that has been used. */
async function measureConnections(): Promise<object> {
  return withServer(async (server, client) => {
    const before = number(await info(client, 'memory'), 'used_memory');
    const sockets = await Promise.all(
      many(1000, async () => {
        const socket = connect(server.port, '127.0.0.1');
        await new Promise((done) => {
          socket.once('data', done);
          socket.write(encode(['GET', `${PREFIX}${'x'.repeat(43)}`]));
        });
        return socket;
      }),
    );
    const just = number(await info(client, 'memory'), 'used_memory');
    // The server takes back what buffers do not need.
    await sleep(3000);
    const idle = number(await info(client, 'memory'), 'used_memory');
    for (const socket of sockets) socket.destroy();
    return { bytesJustUsed: round((just - before) / 1000), bytesIdle: round((idle - before) / 1000) };
  });
}

/** What TLS adds to the CPU time of the server's main thread, µs. */
async function measureTls(): Promise<object> {
  const directory = mkdtempSync(join(tmpdir(), 'tls-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const openssl = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '1',
  ];
  const tlsPort = await freePort();
  try {
    execFileSync('openssl', [...openssl, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const settings = ['--tls-port', String(tlsPort), '--tls-cert-file', cert, '--tls-key-file', key];
    const server = await startRedisServer(
      ...settings,
      '--tls-ca-cert-file',
      cert,
      '--tls-auth-clients',
      'no',
    );
    const client = await connectTo(server);
    try {
      await loadScripts(client);
      const set = makeSet(5000);
      await flood(server.port, set, 'create', 10, 50);
      const results: Record<string, number[]> = {};
      const note = async (name: string, count: number, work: () => Promise<unknown>): Promise<void> => {
        const before = await mainThread(client);
        await work();
        (results[name] ??= []).push(((await mainThread(client)) - before) / count);
      };
      for (let nth = 0; nth < 5; nth += 1) {
        for (const [name, connections, depth] of [
          ['single', 10, 1],
          ['pipelined', 10, 50],
        ] as const) {
          await note(`${name}Plain`, 5000, async () => flood(server.port, set, 'read', connections, depth));
          await note(`${name}Tls`, 5000, async () => flood(tlsPort, set, 'read', connections, depth, secure));
        }
        await note('handshakeTls', 50, async () => flood(tlsPort, set.slice(0, 50), 'read', 50, 1, secure));
      }
      return Object.fromEntries(
        Object.entries(results).map(([name, values]) => [name, round(median(values))]),
      );
    } finally {
      client.destroy();
      await server.dispose();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** To a server whose certificate nobody has signed. */
function secure(port: number): Socket {
  return connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
}

/** A cluster of three masters: how even the keys are spread, and what slots that move do to writes. */
async function measureCluster(): Promise<object> {
  const servers: RedisServer[] = [];
  try {
    for (let nth = 0; nth < 3; nth += 1) {
      const settings = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())];
      servers.push(await startRedisServer(...settings));
    }
    const nodes = await Promise.all(servers.map(connectTo));
    await formCluster(servers, nodes);
    const cluster = await createCluster({ rootNodes: servers.map(({ url }) => ({ url })) })
      .on('error', () => {})
      .connect();
    const store = new RedisStore({ client: cluster });
    const ids: string[] = [];
    await inBatches(30_000, 500, async (nth) => {
      const id = generateSessionId();
      ids.push(id);
      await store.create(id, write(200, `user-${Math.floor(nth / 5)}`));
    });
    const sizes = await Promise.all(nodes.map(async (node) => node.dbSize()));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expectCount((await store.listByUser('user-7')).length, 5);
    expectCount(await store.destroyByUser('user-7'), 5);
    const moving = { isOver: false };
    const writing = writeWhile(store, ids, moving);
    const took = await milliseconds(async () => moveSlots(servers, nodes, 0, 200));
    moving.isOver = true;
    const { writes, errors, slowestMs } = await writing;
    const moved = (await nodes[1]?.dbSize()) ?? 0;
    const oneNodeHangs = await hang(servers, nodes, store, ids);
    for (const node of [...nodes, cluster]) node.destroy();
    return {
      sessions: 30_000,
      users: 6000,
      fullestToMean: round(Math.max(...sizes) / (total / 3)),
      resharding: {
        slots: 200,
        keysMoved: moved - (sizes[1] ?? 0),
        seconds: round(took / 1000),
        writesMeanwhile: writes,
        errors,
        slowestMs: round(slowestMs),
      },
      oneNodeHangs,
    };
  } finally {
    await Promise.all(servers.map(async (server) => server.dispose()));
  }
}

async function formCluster(servers: RedisServer[], nodes: Client[]): Promise<void> {
  const bounds = [0, 5461, 10_923, 16_384];
  for (const [nth, node] of nodes.entries()) {
    const [from = 0, to = 0] = bounds.slice(nth);
    await node.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', String(from), String(to - 1)]);
    const { port = 0 } = servers[0] ?? {};
    const bus = (await nodes[0]?.sendCommand(['CONFIG', 'GET', 'cluster-port'])) as unknown;
    const busPort = Object.values(bus as Record<string, string>).at(-1) ?? '';
    if (nth > 0) await node.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(port), busPort]);
  }
  for (const node of nodes) {
    await until(async () => {
      const text = await node.sendCommand<string>(['CLUSTER', 'INFO']);
      return text.includes('cluster_state:ok') && text.includes('cluster_known_nodes:3');
    });
  }
}

/** From the first node to the second, as `redis-cli --cluster reshard` does. */
async function moveSlots(servers: RedisServer[], nodes: Client[], from: number, to: number): Promise<void> {
  const [source, target] = nodes;
  const port = String(servers[1]?.port);
  if (!source || !target) throw new Error('two nodes are needed');
  const [sourceId, targetId] = await Promise.all(
    [source, target].map(async (node) => node.sendCommand<string>(['CLUSTER', 'MYID'])),
  );
  for (let nth = from; nth < to; nth += 1) {
    const slot = String(nth);
    await target.sendCommand(['CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(sourceId)]);
    await source.sendCommand(['CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(targetId)]);
    for (;;) {
      const keys = (await source.sendCommand([
        'CLUSTER',
        'GETKEYSINSLOT',
        slot,
        '100',
      ])) as unknown as string[];
      if (keys.length === 0) break;
      await source.sendCommand(['MIGRATE', '127.0.0.1', port, '', '0', '5000', 'KEYS', ...keys]);
    }
    for (const node of [target, source]) {
      await node.sendCommand(['CLUSTER', 'SETSLOT', slot, 'NODE', String(targetId)]);
    }
  }
}

/** Reads of sessions on the other nodes for 3 s, while one node hangs and a few requests ask for sessions of that. */
async function hang(
  servers: RedisServer[],
  nodes: Client[],
  store: RedisStore,
  ids: string[],
): Promise<object> {
  const others: string[] = [];
  const ofThird: string[] = [];
  for (const id of ids.slice(1000, 1300)) {
    const isOfThird = await nodes[2]?.exists(`${PREFIX}${handleOf(id)}`).catch(() => 0);
    (isOfThird ? ofThird : others).push(id);
  }
  servers[2]?.pause();
  const hanging = Promise.all(ofThird.slice(0, 5).map(async (id) => store.read(id).catch(() => {})));
  const failedIn = [0, 0, 0];
  const readsIn = [0, 0, 0];
  const start = performance.now();
  for (let nth = 0; performance.now() < start + 3000; nth += 1) {
    const second = Math.min(2, Math.floor((performance.now() - start) / 1000));
    readsIn[second] = (readsIn[second] ?? 0) + 1;
    await store.read(others[nth % others.length] ?? '').catch(() => {
      failedIn[second] = (failedIn[second] ?? 0) + 1;
    });
    await sleep(1);
  }
  servers[2]?.resume();
  await hanging;
  const shares = failedIn.map((failed, second) => round(failed / (readsIn[second] ?? 1)));
  return {
    failedShareInSecond1: shares[0],
    failedShareInSecond2: shares[1],
    failedShareInSecond3: shares[2],
  };
}

async function writeWhile(store: RedisStore, ids: string[], moving: { isOver: boolean }) {
  let writes = 0;
  let slowestMs = 0;
  const errors: Numbers = {};
  await Promise.all(
    many(10, async (lane) => {
      for (let nth = lane; !moving.isOver; nth = (nth + 10) % ids.length) {
        const took = await milliseconds(async () => {
          const id = ids[nth] ?? '';
          const found = await store.read(id);
          if (typeof found === 'object') await store.update(id, found.version, write(200, 'alice'));
        }).catch((error: unknown) => {
          const text = codeOf(error);
          errors[text] = (errors[text] ?? 0) + 1;
          return 0;
        });
        writes += 1;
        slowestMs = Math.max(slowestMs, took);
      }
    }),
  );
  return { writes, errors, slowestMs };
}

// --- Tools --------------------------------------------------------------------------------------------------------

function connectTo({ url }: { url: string }) {
  return createClient({ url })
    .on('error', () => {})
    .connect();
}

async function withServer<Result>(
  work: (server: RedisServer, client: Client) => Promise<Result>,
): Promise<Result> {
  const server = await startRedisServer();
  const client = await connectTo(server);
  try {
    return await work(server, client);
  } finally {
    client.destroy();
    await server.dispose();
  }
}

/** The same client, and how often RedisStore asked it for what. */
function counting(client: Client): { counted: RedisClient; counts: Map<string, number> } {
  const counts = new Map<string, number>();
  const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  const { UPDATE, TOUCH, INDEX, DESTROY, CREATE_ON_REPLACED } = scripts;
  const names = new Map([
    [UPDATE.sha1, 'update'],
    [TOUCH.sha1, 'touch'],
    [INDEX.sha1, 'index'],
    [DESTROY.sha1, 'destroy'],
    [CREATE_ON_REPLACED.sha1, 'createOnReplaced'],
  ]);
  const counted: RedisClient = {
    get(key) {
      count('read');
      return client.get(key);
    },
    set(key, value, options) {
      count('create');
      return client.set(key, value, options);
    },
    evalSha(sha1, options) {
      count(names.get(sha1) ?? 'other');
      return client.evalSha(sha1, options);
    },
    eval(script, options) {
      count('scriptSentWhole');
      return client.eval(script, options);
    },
    zRange(key, min, max) {
      count('zRange');
      return client.zRange(key, min, max);
    },
    zRem(key, members) {
      count('zRem');
      return client.zRem(key, members);
    },
  };
  return { counted, counts };
}

/** Passes everything on to a server and counts the bytes. */
async function startProxy(target: number) {
  const port = await freePort();
  const sockets: Socket[] = [];
  const proxy = { port, sent: 0, received: 0, reset, hold, close };
  const listener = createServer((near) => {
    const far = connect(target, '127.0.0.1').setNoDelay();
    near.setNoDelay();
    sockets.push(near, far);
    near.on('data', (chunk: Buffer) => {
      proxy.sent += chunk.length;
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      proxy.received += chunk.length;
      near.write(chunk);
    });
    for (const socket of [near, far]) socket.on('error', () => {}).on('close', () => socket.destroy());
  });
  await new Promise<void>((done) => void listener.listen(port, '127.0.0.1', done));
  return proxy;

  function reset(): void {
    proxy.sent = 0;
    proxy.received = 0;
  }

  /** Nothing passes any more, and no connection is closed. */
  function hold(): void {
    for (const socket of sockets) socket.removeAllListeners('data').on('data', () => {});
  }

  function close(): void {
    listener.close();
    for (const socket of sockets) socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((done) => void listener.listen(0, '127.0.0.1', done));
  const address = listener.address();
  await new Promise((done) => listener.close(done));
  return typeof address === 'object' && address ? address.port : 0;
}

/** @param bytes of data, as JSON */
function write(bytes: number, userId?: string): SessionWrite {
  const now = Date.now();
  const empty = JSON.stringify({ user: userId, views: 1, filler: '' });
  const filler = 'x'.repeat(Math.max(0, bytes - empty.length));
  return {
    data: JSON.stringify({ user: userId, views: 1, filler }),
    life: { createdAt: now, idleEndsAt: now + DAY, maxAge: DAY, hasOwnMaxAge: false },
    ttl: DAY,
    userId,
  };
}

async function info(client: Client, section: string): Promise<Record<string, string>> {
  const lines = (await client.info(section)).split('\r\n');
  return Object.fromEntries(
    lines
      .filter((line) => line.includes(':'))
      .map((line) => [line.split(':')[0] ?? '', line.slice(line.indexOf(':') + 1)]),
  );
}

/** @param part of a value like `calls=1,usec=2` */
function number(fields: Record<string, string>, name: string, part?: string): number {
  const text = fields[name] ?? '';
  const value = Number(part === undefined ? text : new RegExp(`(?:^|,)${part}=([0-9.]+)`).exec(text)?.[1]);
  if (text === '' || Number.isNaN(value)) throw new Error(`the server does not tell ${name}`);
  return value;
}

async function inBatches(
  count: number,
  size: number,
  work: (nth: number) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < count; at += size) {
    await Promise.all(many(Math.min(size, count - at), async (nth) => work(at + nth)));
  }
}

function many<Result>(count: number, make: (nth: number) => Result): Result[] {
  return Array.from({ length: count }, (_none, nth) => make(nth));
}

async function rounds(count: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let nth = 0; nth < count; nth += 1) values.push(await measure());
  return values;
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 15_000;
  while (!(await isSo())) {
    if (performance.now() > limit) throw new Error(`never came: ${isSo.toString()}`);
    await sleep(20);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => void setTimeout(done, ms));
}

function expectCount(got: number, wanted: number): void {
  if (got !== wanted) throw new Error(`${wanted} were to be found, not ${got}`);
}

/** What a Redis error begins with, such as OOM. */
function codeOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z]+\b/.exec(message)?.[0] ?? message;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

// --- The run -------------------------------------------------------------------------------------------------------

const wanted = process.argv.slice(2);
const measured: Record<string, object> = {};
const began = performance.now();
for (const [name, measure] of Object.entries(SECTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const start = performance.now();
  measured[name] = await measure();
  console.log(`\n${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  console.dir(measured[name], { depth: 4 });
}
if (wanted.length === 0) {
  const about = await describeMachine();
  writeFileSync(OUTPUT, `${JSON.stringify({ about, ...measured }, undefined, 2)}\n`);
}
console.log(`\n${((performance.now() - began) / 1000).toFixed(0)} s in all`);
