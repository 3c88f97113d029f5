import { createClient } from 'redis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { handleOf } from '../core/session-id.ts';
import { age } from '../testing/redis-aging.ts';
import {
  addOne,
  keep,
  range,
  requireStored,
  sleep,
  until,
  watchRejections,
  write,
} from '../testing/redis-fixtures.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../testing/redis-server.ts';
import { userKey } from './redis-text.ts';
import type { RedisClient, RedisOptions } from './redis-commands.ts';
import { RedisStore } from './redis-store.ts';
import { slowness } from '../testing/slowness.ts';
import { makeRandom, SEED } from '../testing/store-contract/index.ts';
import { REPLACED_FOR, type Version, type VersionedStore } from '../core/store.ts';

const PREFIX = 'sess:';
const scale = await slowness();
/** The timeout, in ms, of stores that get no answer. */
const TIMEOUT = 400 * scale;
const HASTY = { timeout: TIMEOUT };
/** The timeout of stores that get an answer, however busy the machine is. */
const PATIENT = { timeout: 60_000 };
/** How much longer a busy machine may take, in ms. */
const SLACK = 500 * scale;

describe.skipIf(!hasRedisServer())('RedisStore, when something goes wrong,', { timeout: 120_000 }, () => {
  describe('the server dies:', () => {
    it(`what it acknowledged to 50 callers is there after its restart (seed ${SEED})`, keepsAcknowledged);
    it('ten times, and each of 20 callers gets an answer or an error each time', survivesStorm);
    it('before the client connects, and is used as soon as it is up', waitsForServer);
  });

  describe('the server hangs:', () => {
    it('one call waits, the others fail at once, and it is used again when it recovers', outlastsHanging);
    it('a thousand calls send it only a few commands', sparesHanging);
    it('late writes take effect, and late answers reach no other call', takesLateAnswers);
    it('and then dies: calls that fail late do no harm', takesLateFailures);
    it('one lost answer does not stop other calls', outlastsLostAnswer);
  });

  describe('the server is out of memory:', () => {
    it('calls that need memory fail, all others work, and all work again once there is memory', outlastsFull);
    it('a session that cannot be stored leaves nothing in the index of its user', indexesNothingWhenFull);
  });

  describe('the scripts are forgotten:', () => {
    it('between two calls, and each call succeeds', resendsScripts);
    it('during 50 updates of one session, and each is made once', resendsScriptsAmongUpdates);
  });

  it('and an update is sent twice because its answer was lost, it succeeds', knowsItsOwnWrite);
});

describe.skipIf(!hasRedisServer())('RedisStore', () => {
  it('leaves nothing once all sessions have expired, and no key without a time to live', leavesNothing);
  it('keeps a session that has no end of its own for maxTtl', limitsEndless);
  it('sends one command for a call, and one more for the index of a user', putsFewCommands);
  it('sends both at once, the one for the index first', sendsAtOnce);
});

async function keepsAcknowledged(): Promise<void> {
  const { server, client, store } = await open('--appendonly', 'yes', '--appendfsync', 'always');
  const writers = range(50).map((nth) => new Writer(store, `id-${nth}`, makeRandom(SEED + nth)));
  const running = writers.map((writer) => writer.run());
  const acknowledged = (): number => writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
  await until('2,000 writes are made', () => acknowledged() >= 2000);
  await server.kill();
  await Promise.all(running);
  await server.start();
  await until('the client is connected', () => client.isReady);
  const listed = (await store.listByUser('alice')).map(({ handle }) => handle).toSorted();
  const there: string[] = [];
  const unanswered = await Promise.all(
    writers.map(async ({ id, state, attempted }) => {
      const found = stateOf(await store.read(id));
      // The last write, which got no answer, may have been made or not.
      expect([state, attempted], `session ${id}`).toContain(found);
      if (found !== NOTHING) there.push(handleOf(id));
      return found !== state;
    }),
  );
  expect(listed).toEqual(there.toSorted());
  console.log(
    `${acknowledged()} acknowledged writes, none lost; of 50 that got no answer ${unanswered.filter(Boolean).length} were made`,
  );
}

async function survivesStorm(): Promise<void> {
  const { server, client, store } = await open();
  const rejections = watch();
  const listeners = listenersOf(client);
  const settled = { answers: 0, errors: 0, pending: 0 };
  const storm = { isOver: false };
  const settle = async (work: unknown): Promise<void> => {
    settled.pending += 1;
    try {
      await work;
      settled.answers += 1;
    } catch {
      settled.errors += 1;
    }
    settled.pending -= 1;
  };
  const callers = range(20).map(async (nth) => {
    for (let turn = 0; !storm.isOver; turn += 1) {
      const id = `${nth}-${turn}`;
      await settle(store.create(id, write({ n: 0 }, { userId: `user-${nth}` })));
      await settle(addOne(store, id));
      await settle(store.listByUser(`user-${nth}`));
      await settle(store.destroy(id));
      // An outage fails calls at once; without a pause they would leave the client no time to connect.
      await sleep(1);
    }
  });
  for (let round = 0; round < 10; round += 1) {
    await server.kill();
    await server.start();
    const { answers } = settled;
    await until('calls are answered again', () => settled.answers > answers + 20);
  }
  storm.isOver = true;
  await Promise.all(callers);
  expect(settled.pending).toBe(0);
  expect(settled.errors).toBeGreaterThan(0);
  console.log(`${settled.answers} answers and ${settled.errors} errors over ten restarts`);
  await keep(store, 'after', write({ n: 0 }));
  await addOne(store, 'after');
  expect(await store.read('after')).toMatchObject({ data: '{"n":1}' });
  // The connection that the helper used to wait for the server may still be closing.
  await until('one connection is open', async () => (await client.clientList()).length === 1);
  expect(listenersOf(client)).toEqual(listeners);
  expect(rejections).toEqual([]);
}

async function waitsForServer(): Promise<void> {
  const server = await startRedisServer();
  onTestFinished(() => server.dispose());
  await server.close();
  const rejections = watch();
  const client = makeClient(server);
  const connecting = client.connect();
  const store = new RedisStore({ client, ...PATIENT });
  const times: number[] = [];
  for (const call of callsOf(store)) {
    times.push(await timeOf(() => expect(call()).rejects.toThrow(/offline/)));
  }
  expectAtOnce(times);
  await server.start();
  await connecting;
  await keep(store, 'id', write({ n: 1 }));
  expect(await store.read('id')).toMatchObject({ data: '{"n":1}' });
  expect(rejections).toEqual([]);
}

async function outlastsHanging(): Promise<void> {
  const { server, store } = await open(HASTY);
  await keep(store, 'id', write({ n: 1 }));
  const rejections = watch();
  server.pause();
  const first = await timeOf(() =>
    expect(store.read('id')).rejects.toThrow(`no answer within ${TIMEOUT} ms`),
  );
  expect(first).toBeGreaterThan(TIMEOUT - 10);
  expect(first).toBeLessThan(TIMEOUT + SLACK);
  const trying = store.read('id').catch(String);
  const others: number[] = [];
  for (const call of callsOf(store)) {
    others.push(await timeOf(() => expect(call()).rejects.toThrow(/this call was not sent/)));
  }
  expectAtOnce(others);
  expect(await trying).toContain('no answer within');
  server.resume();
  const back = await until('the server is used again', async () => (await store.read('id')) !== undefined);
  expect(back).toBeLessThan(TIMEOUT + SLACK);
  for (const call of callsOf(store)) await call();
  expect(rejections).toEqual([]);
  console.log(
    `hung: ${first.toFixed(0)} ms, then ${Math.max(...others).toFixed(1)} ms; back: ${back.toFixed(0)} ms`,
  );
}

async function sparesHanging(): Promise<void> {
  const { server, client } = await open();
  let sent = 0;
  const counting = around(client, () => {
    sent += 1;
  });
  const timeout = 100;
  const store = new RedisStore({ client: counting, timeout });
  server.pause();
  await expect(store.read('id')).rejects.toThrow(/no answer/);
  const start = performance.now();
  const calls: Promise<string>[] = [];
  for (let nth = 0; nth < 1000; nth += 1) {
    const call = store.create(`id-${nth}`, write({}, { userId: 'alice' }));
    calls.push(call.then(() => 'answered', String));
    if (nth % 250 === 0) await sleep(timeout);
  }
  const outcomes = await Promise.all(calls);
  expect(outcomes.filter((outcome) => outcome.includes('no answer'))).toHaveLength(1000);
  const rounds = Math.ceil((performance.now() - start) / timeout);
  expect(sent).toBeGreaterThan(0);
  // One call at a time, and a call for a user's session is two commands.
  expect(sent).toBeLessThanOrEqual(1 + 2 * rounds);
  console.log(`1,000 calls in ${rounds} times the timeout: ${sent - 1} commands`);
  server.resume();
}

async function takesLateAnswers(): Promise<void> {
  const { server, store } = await open(HASTY);
  const rejections = watch();
  const versions = await Promise.all(range(5).map((nth) => keep(store, `id-${nth}`, write({ nth }))));
  // The server knows the scripts from now on: each call is one command.
  for (const call of callsOf(store)) await call();
  server.pause();
  const late = await Promise.allSettled([
    store.update('id-0', versions[0] ?? '', write({ nth: 0, late: true })),
    store.create('new', write({ late: true })),
    store.destroy('id-1'),
    store.read('id-2'),
  ]);
  expect(late.map(({ status }) => status)).toEqual(range(4).map(() => 'rejected'));
  server.resume();
  await until('the server is used again', async () => (await store.read('id-4')) !== undefined);
  // Each call gets its own answer, although four late answers came that no call waits for.
  expect(await store.read('id-3')).toMatchObject({ data: '{"nth":3}', version: versions[3] });
  expect(await store.read('id-0')).toMatchObject({ data: '{"nth":0,"late":true}' });
  expect(await store.read('new')).toMatchObject({ data: '{"late":true}' });
  expect(await store.read('id-1')).toBeUndefined();
  // A retry with the known version replaces nothing that its caller has not seen.
  expect(await store.update('id-0', versions[0] ?? '', write({}))).toMatchObject({ kind: 'changed' });
  expect(await store.create('new', write({}))).toBeUndefined();
  expect(rejections).toEqual([]);
}

async function takesLateFailures(): Promise<void> {
  const { server, client, store } = await open(HASTY);
  const rejections = watch();
  server.pause();
  const late = await Promise.allSettled(callsOf(store).map((call) => call()));
  expect(late.map(({ status }) => status)).toEqual(late.map(() => 'rejected'));
  await server.kill();
  await until('the client has noticed', () => !client.isReady);
  await server.start();
  await until('the server is used again', async () => (await store.read('id')) === undefined);
  for (const call of callsOf(store)) await call();
  expect(rejections).toEqual([]);
}

/** Like a node of a cluster, or a connection of a pool, that is cut off without being closed. */
async function outlastsLostAnswer(): Promise<void> {
  const { client } = await open();
  let isLost = true;
  const losing = around(client, () => {
    if (isLost) return new Promise<void>(() => {});
  });
  const store = new RedisStore({ client: losing, ...HASTY });
  await expect(store.read('id')).rejects.toThrow(/no answer within/);
  isLost = false;
  const attempt = async (): Promise<boolean> => (await store.read('id')) === undefined;
  await until('a call is answered', attempt, TIMEOUT + SLACK);
  for (const call of callsOf(store)) await call();
}

async function outlastsFull(): Promise<void> {
  const { client, store } = await open('--maxmemory-policy', 'noeviction');
  const ids = ['read', 'updated', 'touched', 'gone', 'replaced', 'a1', 'a2'];
  const versions = new Map<string, Version>();
  for (const id of ids)
    versions.set(
      id,
      await keep(store, id, write({ id }, { userId: id.startsWith('a') ? 'alice' : undefined })),
    );
  const versionOf = (id: string): Version => versions.get(id) ?? '';
  await fill(client);
  await expect(store.create('new', write({}))).rejects.toThrow(/OOM/);
  await expect(store.create('new', write({}, { userId: 'bob' }))).rejects.toThrow(/OOM/);
  await expect(store.update('updated', versionOf('updated'), write({ n: 2 }))).rejects.toThrow(/OOM/);
  const later = write({}, { life: { ...write({}).life, idleEndsAt: 4_000_000_000_000 } });
  await expect(store.touch('touched', versionOf('touched'), later)).rejects.toThrow(/OOM/);
  for (const id of ids) {
    expect(await store.read(id)).toEqual({
      data: JSON.stringify({ id }),
      life: write({}).life,
      version: versionOf(id),
    });
  }
  expect(await store.read('new')).toBeUndefined();
  expect(await store.destroy('gone')).toMatchObject({ kind: 'done' });
  const version = versionOf('replaced');
  expect(await store.destroy('replaced', { version, replaced: true })).toMatchObject({ kind: 'done' });
  for (const id of ['gone', 'replaced']) expect(await store.read(id)).toBeUndefined();
  expect(await store.listByUser('alice')).toHaveLength(2);
  expect(await store.destroyByUser('alice')).toBe(2);
  await client.del('filler');
  await keep(store, 'new', write({}, { userId: 'bob' }));
  expect(await store.update('updated', versionOf('updated'), write({ n: 2 }))).toMatchObject({
    kind: 'done',
  });
  expect(await store.touch('touched', versionOf('touched'), later)).toMatchObject({ kind: 'done' });
  await store.destroy('read', { replaced: true });
  expect(await store.read('read')).toBe('replaced');
}

async function indexesNothingWhenFull(): Promise<void> {
  const { client, store } = await open('--maxmemory-policy', 'noeviction');
  const version = await keep(store, 'id', write({}, { userId: 'alice' }));
  await fill(client);
  // The user tries to log in again and again.
  for (const nth of range(20)) {
    await expect(store.create(`new-${nth}`, write({}, { userId: 'alice' }))).rejects.toThrow(/OOM/);
  }
  await expect(store.update('id', version, write({}, { userId: 'bob' }))).rejects.toThrow(/OOM/);
  expect(await client.zRange(indexOf('alice'), 0, -1)).toEqual([handleOf('id')]);
  expect(await client.exists(indexOf('bob'))).toBe(0);
}

/** Puts the server over its memory limit, as another app on it could. `DEL filler` ends that. */
async function fill(client: Client): Promise<void> {
  await client.setRange('filler', 16_000_000, 'x');
  await client.configSet('maxmemory', '8mb');
}

async function resendsScripts(): Promise<void> {
  const { client, store } = await open();
  let version = await keep(store, 'id', write({ n: 0 }, { userId: 'alice' }));
  const forget = (): Promise<unknown> => client.scriptFlush();
  await forget();
  const updated = await store.update('id', version, write({ n: 1 }, { userId: 'alice' }));
  expect(updated).toMatchObject({ kind: 'done' });
  if (updated.kind === 'done') version = updated.version;
  await forget();
  expect(await store.touch('id', version, write({}, { userId: 'alice' }))).toEqual({ kind: 'done', version });
  await forget();
  expect(await store.destroy('id', { version, replaced: true })).toMatchObject({ kind: 'done' });
  await forget();
  await keep(store, 'id', write({ n: 2 }, { userId: 'alice' }));
  expect(await store.listByUser('alice')).toMatchObject([{ data: '{"n":2}' }]);
  await forget();
  expect(await store.destroyByUser('alice')).toBe(1);
}

async function resendsScriptsAmongUpdates(): Promise<void> {
  const { client, store } = await open();
  await keep(store, 'id', write({ n: 0 }));
  const flushing = { isOver: false, times: 0 };
  const forget = async (): Promise<void> => {
    while (!flushing.isOver) {
      await client.scriptFlush();
      flushing.times += 1;
    }
  };
  const forgetting = forget();
  await Promise.all(range(50).map(() => addOne(store, 'id')));
  flushing.isOver = true;
  await forgetting;
  expect(await store.read('id')).toMatchObject({ data: '{"n":50}' });
  expect(flushing.times).toBeGreaterThan(10);
}

/** A sentinel client sends a command again when the connection breaks (`maxCommandRediscovers`). */
async function knowsItsOwnWrite(): Promise<void> {
  const { client, store: once } = await open();
  const repeating: RedisClient = {
    ...around(client, () => {}),
    evalSha: async (sha1, options) => {
      await client.evalSha(sha1, options);
      return client.evalSha(sha1, options);
    },
  };
  // The server knows the script from now on, so only `repeating` sends it twice.
  await once.update('id', 'none', write({}));
  const store = new RedisStore({ client: repeating, ...PATIENT });
  const version = await keep(store, 'id', write({ n: 1 }));
  const outcome = await store.update('id', version, write({ n: 2 }));
  const found = await requireStored(store, 'id');
  expect(outcome).toEqual({ kind: 'done', version: found.version });
  expect(found.data).toBe('{"n":2}');
}

async function leavesNothing(): Promise<void> {
  // The server looks for expired keys ten times as often as by default.
  const { client, store } = await open('--hz', '100');
  const ttl = 800 * scale;
  const of = (userId?: string) => write({}, { ttl, userId });
  const steps: (() => unknown)[] = [
    () => store.create('anonymous', of()),
    ...range(5).map((nth) => () => store.create(`a${nth}`, of('alice'))),
    async () => store.update('a0', (await requireStored(store, 'a0')).version, of('alice')),
    async () => store.update('a1', (await requireStored(store, 'a1')).version, of('bob')),
    async () => store.update('a2', (await requireStored(store, 'a2')).version, of()),
    async () => store.touch('a3', (await requireStored(store, 'a3')).version, of('alice')),
    async () => store.touch('anonymous', (await requireStored(store, 'anonymous')).version, of()),
    () => store.create('short', write({}, { ttl: 1, userId: 'carol' })),
    () => store.create('over', write({}, { ttl: 0, userId: 'dave' })),
    () => store.destroy('a4'),
    () => store.create('replaced', of('erin')),
    () => store.destroy('replaced', { replaced: true }),
    () => store.create('f1', of('frank')),
    () => store.destroyByUser('frank'),
    () => store.listByUser('alice'),
  ];
  let most = 0;
  for (const step of steps) {
    await step();
    most = Math.max(most, await requireEnds(client));
  }
  expect(most).toBeGreaterThan(8);
  // A replaced id is remembered for longer than this test can wait.
  await until('only the replaced id is left', async () => (await client.dbSize()) === 1, ttl + 2000);
  expect(await client.keys('*')).toEqual([`${PREFIX}${handleOf('replaced')}`]);
  await age(client, PREFIX, REPLACED_FOR);
  expect(await client.dbSize()).toBe(0);
}

/** @returns how many keys there are */
async function requireEnds(client: Client): Promise<number> {
  const keys = await client.keys('*');
  for (const key of keys) {
    const left = await client.pTTL(key);
    // -2: it has expired since the keys were listed.
    if (left !== -2) expect(left, `end of ${key}`).toBeGreaterThanOrEqual(0);
  }
  return keys.length;
}

async function limitsEndless(): Promise<void> {
  const { client, store } = await open({ maxTtl: 60_000 });
  const endless = write({}, { ttl: undefined, userId: 'alice' });
  const lifetimes = async (): Promise<number[]> =>
    Promise.all([`${PREFIX}${handleOf('id')}`, indexOf('alice')].map((key) => client.pTTL(key)));
  const version = await keep(store, 'id', endless);
  const limited = [expect.closeTo(60_000, -4), expect.closeTo(120_000, -4)];
  expect(await lifetimes()).toEqual(limited);
  await age(client, PREFIX, 30_000);
  await store.touch('id', version, endless);
  expect(await lifetimes()).toEqual(limited);
  await age(client, PREFIX, 30_000);
  await store.update('id', version, endless);
  expect(await lifetimes()).toEqual(limited);
  await keep(store, 'long', write({}, { ttl: 1e12 }));
  expect(await client.pTTL(`${PREFIX}${handleOf('long')}`)).toBeLessThanOrEqual(60_000);
}

async function putsFewCommands(): Promise<void> {
  const { server, client, store } = await open();
  // The server knows the scripts from now on.
  for (const call of callsOf(store)) await call();
  const seen = await watchCommands(server, client);
  const commandsOf = async (call: () => unknown): Promise<string[]> => {
    const before = (await seen()).length;
    await call();
    return (await seen()).slice(before);
  };
  let version: Version = '';
  const alice = { userId: 'alice' };
  expect(await commandsOf(() => store.read('id'))).toEqual(['get']);
  expect(await commandsOf(async () => (version = await keep(store, 'id', write({}))))).toEqual(['evalsha']);
  expect(await commandsOf(() => store.touch('id', version, write({})))).toEqual(['evalsha']);
  expect(await commandsOf(() => store.update('id', version, write({})))).toEqual(['evalsha']);
  expect(await commandsOf(() => store.destroy('id'))).toEqual(['evalsha']);
  const creating = async () => (version = await keep(store, 'a1', write({}, alice)));
  expect(await commandsOf(creating)).toEqual(['evalsha', 'evalsha']);
  expect(await commandsOf(() => store.touch('a1', version, write({}, alice)))).toHaveLength(2);
  expect(await commandsOf(() => store.update('a1', version, write({}, alice)))).toHaveLength(2);
  for (const nth of range(9)) await keep(store, `other-${nth}`, write({}, alice));
  const listing = await commandsOf(() => store.listByUser('alice'));
  expect(listing).toEqual(['zrange', ...range(10).map(() => 'get')]);
  expect(await commandsOf(() => store.destroy('a1'))).toEqual(['evalsha', 'zrem']);
}

async function sendsAtOnce(): Promise<void> {
  const { client, store: known } = await open();
  const sent: string[] = [];
  const waiting: (() => void)[] = [];
  const held = around(client, (key) => {
    sent.push(key);
    return new Promise((go) => waiting.push(go));
  });
  const store = new RedisStore({ client: held, ...PATIENT });
  const expected = [indexOf('alice'), `${PREFIX}${handleOf('id')}`];
  const alice = write({}, { userId: 'alice' });
  const requireBoth = async (call: () => Promise<unknown>): Promise<void> => {
    sent.length = 0;
    const calling = call();
    await new Promise((done) => setImmediate(done));
    expect(sent).toEqual(expected);
    for (const go of waiting.splice(0)) go();
    await calling;
  };
  await keep(known, 'warm', alice);
  await requireBoth(() => store.create('id', alice));
  const { version } = await requireStored(known, 'id');
  await known.touch('warm', 'none', alice);
  await requireBoth(() => store.touch('id', version, alice));
  await known.update('warm', 'none', alice);
  await requireBoth(() => store.update('id', version, alice));
}

/** Creates, updates, touches and destroys one session in turn, until the server fails. */
class Writer {
  readonly id: string;
  readonly #store: VersionedStore;
  readonly #random: () => number;
  /** The expected state, as `stateOf` returns it. */
  state = NOTHING;
  /** The state if the last write, which got no answer, was made. */
  attempted = NOTHING;
  acknowledged = 0;

  constructor(store: VersionedStore, id: string, random: () => number) {
    this.#store = store;
    this.id = id;
    this.#random = random;
  }

  async run(): Promise<void> {
    const { life } = write({});
    let version: Version | undefined;
    for (let n = 1; ; n += 1) {
      const session = write({ n }, { life: { ...life, idleEndsAt: n }, userId: 'alice' });
      try {
        version = await this.#step(version, session);
      } catch {
        return;
      }
      this.state = this.attempted;
      this.acknowledged += 1;
    }
  }

  async #step(version: Version | undefined, session: ReturnType<typeof write>): Promise<Version | undefined> {
    const { id } = this;
    if (version === undefined) {
      this.attempted = stateOf(session);
      return keep(this.#store, id, session);
    }
    const chance = this.#random();
    if (chance < 0.2) {
      this.attempted = NOTHING;
      await this.#store.destroy(id, { version });
      return undefined;
    }
    if (chance < 0.4) {
      const [data = ''] = this.state.split(' ');
      this.attempted = stateOf({ ...session, data });
      await this.#store.touch(id, version, session);
      return version;
    }
    this.attempted = stateOf(session);
    const outcome = await this.#store.update(id, version, session);
    if (outcome.kind !== 'done') throw new Error(`another has written: ${outcome.kind}`);
    return outcome.version;
  }
}

const NOTHING = 'nothing';

function stateOf(session: Awaited<ReturnType<VersionedStore['read']>> | ReturnType<typeof write>): string {
  return typeof session === 'object' ? `${session.data} ${session.life.idleEndsAt}` : (session ?? NOTHING);
}

type Client = ReturnType<typeof makeClient>;

function makeClient({ url }: RedisServer) {
  const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 10 } });
  // Without a listener the outages of these tests would end the process.
  client.on('error', () => {});
  onTestFinished(() => {
    if (client.isOpen) client.destroy();
  });
  return client;
}

/** A server for this test alone, which ends with it. */
async function open(...settings: (string | Omit<RedisOptions, 'client'>)[]) {
  const args = settings.filter((setting) => typeof setting === 'string');
  const options = settings.find((setting) => typeof setting === 'object');
  const server = await startRedisServer(...args);
  onTestFinished(() => server.dispose());
  const client = makeClient(server);
  await client.connect();
  return { server, client, store: new RedisStore({ client, prefix: PREFIX, ...PATIENT, ...options }) };
}

function watch(): unknown[] {
  const { seen, stop } = watchRejections();
  onTestFinished(stop);
  return seen;
}

/** One of each kind of call. */
function callsOf(store: VersionedStore): (() => Promise<unknown>)[] {
  const alice = write({}, { userId: 'alice' });
  return [
    async () => store.read('any'),
    async () => store.create('any', alice),
    async () => store.update('any', 'none', alice),
    async () => store.touch('any', 'none', alice),
    async () => store.listByUser('alice'),
    async () => store.destroy('any'),
    async () => store.destroyByUser('alice'),
  ];
}

/** A client that calls `before` ahead of each command. */
function around(client: RedisClient, before: (key: string) => void | Promise<void>): RedisClient {
  const first = ({ keys: [key = ''] }: { keys: string[] }) => before(key);
  return {
    get: async (key) => {
      await before(key);
      return client.get(key);
    },
    evalSha: async (sha1, options) => {
      await first(options);
      return client.evalSha(sha1, options);
    },
    eval: async (source, options) => {
      await first(options);
      return client.eval(source, options);
    },
    zRange: async (key, min, max) => {
      await before(key);
      return client.zRange(key, min, max);
    },
    zRem: async (key, members) => {
      await before(key);
      return client.zRem(key, members);
    },
  };
}

/** A command that no store uses. */
const MARK = 'echo';

/**
 * Records the commands that clients send, in lower case, without those of scripts.
 * @returns a function that returns all commands so far
 */
async function watchCommands(server: RedisServer, client: Client): Promise<() => Promise<string[]>> {
  const monitor = makeClient(server);
  await monitor.connect();
  const commands: string[] = [];
  let marks = 0;
  await monitor.monitor((line) => {
    const [, origin, name = ''] = /\[\d+ (\S+)\] "([^"]*)"/.exec(line) ?? [];
    if (origin !== undefined && origin !== 'lua') commands.push(name.toLowerCase());
  });
  const count = (): number => commands.filter((command) => command === MARK).length;
  return async () => {
    marks += 1;
    await client.echo('');
    await until('the monitor is up to date', () => count() === marks);
    return commands.filter((command) => command !== MARK);
  };
}

function listenersOf(client: Client): [string, number][] {
  return client.eventNames().map((name) => [String(name), client.listenerCount(name)]);
}

function indexOf(userId: string): string {
  return `${PREFIX}user:${userKey(userId)}`;
}

/** A busy machine may delay one call, but not all. */
function expectAtOnce(times: number[]): void {
  expect(Math.min(...times)).toBeLessThan(50 * scale);
  expect(Math.max(...times)).toBeLessThan(TIMEOUT);
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
