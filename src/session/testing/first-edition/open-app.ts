import {
  MemoryRevocations,
  RedisRevocations,
  RedisStore,
  type SessionOptions,
  type SessionStore,
} from '../../index.ts';
import type { SessionLibrary } from '../parity/side.ts';
import type { useRedis } from '../redis-fixtures.ts';
import { bag, type SetUp, setUp } from '../set-up.ts';
import type { Found, Records, RedisContents, RedisValue, Written, WrittenOptions } from './written.ts';

export type Client = ReturnType<typeof useRedis>['client'];

const EVENTS =
  'missed expired invalid created saved renewed reissued regenerated destroyed merged gone rejected store-error';

export interface OpenApp extends SetUp {
  clock: { now: number };
  events: string[];
  /** The contents of a store of koa-session's kind. */
  records: Records;
  /** Makes those store methods fail from now on for which `fails` returns true. */
  failOn: (fails: (method: string) => boolean) => void;
}

function never(): boolean {
  return false;
}

interface OpenAppOptions {
  client?: Client | undefined;
  library?: SessionLibrary | undefined;
  /** The prefix of new ids; a number follows. */
  prefix?: string;
}

/** An app with these options, and a browser with these cookies. */
export function openApp(
  { options, keys, writtenAt, cookie, records }: Omit<Written, 'name' | 'found'>,
  { client, library, prefix = 'sid-later-' }: OpenAppOptions = {},
): OpenApp {
  const clock = { now: writtenAt };
  const kept = structuredClone(records ?? {});
  let fails: (method: string) => boolean = never;
  const given = optionsOf(options, () => clock.now, kept, client);
  let made = 0;
  given.genid = () => `${prefix}${(made += 1)}`;
  if (given.store) given.store = failing(given.store, (method) => fails(method));
  const app = setUp(given, library);
  app.app.keys = keys;
  for (const pair of cookie.split('; ').filter(Boolean)) {
    const at = pair.indexOf('=');
    app.browser.jar.cookies.set(pair.slice(0, at), { value: pair.slice(at + 1), expires: Infinity });
  }
  const events: string[] = [];
  for (const name of EVENTS.split(' ')) app.app.on(`session:${name}`, () => events.push(name));
  return { ...app, clock, events, records: kept, failOn: (which) => void (fails = which) };
}

function optionsOf(
  { store, revocations, userOf, ...same }: WrittenOptions,
  now: () => number,
  records: Records,
  client: Client | undefined,
): SessionOptions {
  const options: SessionOptions = { ...same, now };
  if (store === 'redis') options.store = new RedisStore({ client: required(client), timeout: 60_000 });
  if (store === 'classic') options.store = new ClassicRecords(records);
  if (revocations === 'memory') options.revocations = new MemoryRevocations({ now });
  if (revocations === 'redis')
    options.revocations = new RedisRevocations({ client: required(client), timeout: 60_000, now });
  if (userOf !== undefined) options.userOf = (data) => (data as Record<string, string | undefined>)[userOf];
  return options;
}

function required(client: Client | undefined): Client {
  if (!client) throw new Error('these options need a Redis client');
  return client;
}

/** A store of koa-session's kind that does not drop expired records. */
class ClassicRecords implements SessionStore {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  get(id: string): unknown {
    return structuredClone(this.#records[id]?.record);
  }

  /** The first edition passed the text 'session' where undefined is passed now. */
  set(id: string, record: object, ttl: number | 'session' = 'session'): void {
    this.#records[id] = JSON.parse(JSON.stringify({ record, ttl })) as Records[string];
  }

  destroy(id: string): void {
    delete this.#records[id];
  }
}

function failing<Store extends object>(store: Store, fails: (method: string) => boolean): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        if (fails(String(name))) throw new Error(`${String(name)}: the store is unavailable`);
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
}

/** What a request of the app's browser finds in its session now. */
export async function look(app: OpenApp): Promise<Found> {
  app.events.length = 0;
  const { result } = await app.request((ctx) => {
    const session = bag(ctx);
    const { externalKey, createdAt, expiresAt, maxAge, isNew } = session;
    return { data: session.toJSON(), id: isNew ? undefined : externalKey, createdAt, expiresAt, maxAge };
  });
  return { ...(result as Omit<Found, 'events'>), events: [...app.events] };
}

/** The contents of the server. Times to live are rounded up to the second, which is what they were set to. */
export async function dump(client: Client): Promise<RedisContents> {
  const time = await timeOf(client);
  const keys: RedisContents['keys'] = {};
  for (const key of (await client.keys('*')).toSorted()) keys[key] = await valueAt(client, key);
  return { time, keys };
}

async function valueAt(client: Client, key: string): Promise<RedisValue> {
  const ttl = Math.ceil((await client.pTTL(key)) / 1000) * 1000;
  const type = await client.type(key);
  if (type === 'zset') return { type, members: await client.zRangeWithScores(key, 0, -1), ttl };
  return { type: 'string', value: (await client.get(key)) ?? '', ttl };
}

/** Replaces the contents of the server, and moves the times in lists on, so that they are as far ahead as before. */
async function fill(client: Client, { time, keys }: RedisContents): Promise<void> {
  await client.flushAll();
  const passed = (await timeOf(client)) - time;
  for (const [key, value] of Object.entries(keys)) {
    if (value.type === 'string') await client.set(key, value.value);
    else
      await client.zAdd(
        key,
        value.members.map(({ value, score }) => ({ value, score: score + passed })),
      );
    await client.pExpire(key, value.ttl);
  }
}

async function timeOf(client: Client): Promise<number> {
  const [seconds, microseconds] = await client.time();
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
}

/** An app on a written record, with only that record in the Redis server. */
export async function openWritten(one: Written, client?: Client): Promise<OpenApp> {
  if (client) await fill(client, one.redis ?? { time: 0, keys: {} });
  return openApp(one, { client });
}
