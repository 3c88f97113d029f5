// Wrote written.json, which every later version must open. This script was run once, with the code of the first edition
// of this session layer: npx tsx src/session/testing/first-edition/record.ts. It never writes written.json again.
import { writeFileSync } from 'node:fs';
import koaSession from 'koa-session';
import { createClient } from 'redis';
import { userSessions } from '../../index.ts';
import type { SessionLibrary } from '../parity/side.ts';
import { startRedisServer } from '../redis-server.ts';
import { bag, Browser, type Handler } from '../set-up.ts';
import { dump, type OpenApp, openApp } from './open-app.ts';
import { CHANGED, type Outage, OUTAGES } from './outages.ts';
import {
  type AllWritten,
  FILE,
  type Found,
  needsRedis,
  type Written,
  type WrittenOptions,
} from './written.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const WEEK = 7 * DAY;
const MONTH = 30 * DAY;
const START = 1_800_000_000_000;
const LATER = START + MINUTE;
const NEWER = 'the newer key: Yb5nJc0HsD4fGa6E';
const OLDER = 'the older key: 3kV9xQpT7mZ2rLw8';
const PREFIX = 'sid-first-edition-';
const ID = `${PREFIX}1`;
const SECOND_ID = `${PREFIX}2`;
const DATA = { user: 'ann', views: 1, note: 'Zoë → "✓"\u2028🐢', list: [1, { a: null }] };

const written: AllWritten = { sessions: [], standIns: [], marks: [] };
const server = await startRedisServer();
const client = await createClient({ url: server.url }).connect();

interface How {
  /** @returns the cookies to record, unless they are those of the app's browser */
  act?: (app: OpenApp) => Promise<unknown>;
  writtenWith?: string[];
  library?: SessionLibrary;
  dataWithoutStore?: object;
}

async function record(
  group: keyof AllWritten,
  name: string,
  options: WrittenOptions,
  found: Partial<Found>,
  { act = begin, writtenWith, library, dataWithoutStore }: How = {},
): Promise<void> {
  await client.flushAll();
  const one: Written = {
    name,
    options,
    keys: [NEWER, OLDER],
    writtenAt: START,
    cookie: '',
    found: { data: DATA, expiresAt: START + DAY, maxAge: DAY, events: [], ...found },
    ...(dataWithoutStore !== undefined && { dataWithoutStore }),
  };
  const keys = writtenWith ?? one.keys;
  const app = openApp({ ...one, keys }, { client, library, prefix: PREFIX });
  const { now } = Date;
  // koa-session's clock cannot be set otherwise.
  if (library) Date.now = () => START;
  const cookies = await act(app);
  Date.now = now;
  if (app.errors.length > 0) throw new Error(`${name}: ${app.errors.join()}`);
  one.writtenAt = app.clock.now;
  one.cookie = typeof cookies === 'string' ? cookies : cookiesOf(app);
  if (needsRedis(one)) one.redis = await dump(client);
  if (options.store === 'classic') one.records = app.records;
  written[group].push(one);
}

function cookiesOf({ clock, browser }: OpenApp, from = browser): string {
  return from.jar.header(clock.now);
}

function begin({ request }: OpenApp): Promise<unknown> {
  return request((ctx) => Object.assign(bag(ctx), DATA));
}

function beginFor(maxAge: number | 'session') {
  return ({ request }: OpenApp): Promise<unknown> =>
    request((ctx) => Object.assign(bag(ctx), DATA, { maxAge }));
}

/** Begins another session of the user. */
async function beginOther(app: OpenApp): Promise<Browser> {
  const other = new Browser(app.app, () => app.clock.now);
  await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', views: 2 }), {}, other);
  return other;
}

/** The outage begins a minute later. */
async function inOutage(app: OpenApp, { handlers, fails }: Outage): Promise<void> {
  app.clock.now = LATER;
  app.failOn(fails);
  for (const handler of handlers) await app.request(handler);
}

function regenerate({ request }: OpenApp): Promise<unknown> {
  return request((ctx) => bag(ctx).regenerate());
}

function end({ request }: OpenApp): Promise<unknown> {
  return request((ctx) => void (ctx.session = null));
}

/** The user ends all sessions but one. @returns the cookies of the other one */
async function endOthers(app: OpenApp): Promise<string> {
  await begin(app);
  const other = await beginOther(app);
  await app.request((ctx) => userSessions(ctx).endOthers());
  return cookiesOf(app, other);
}

/** Two tabs write during an outage; the first makes a request after it. @returns the cookies of the second */
async function takeUp(app: OpenApp, inSecondTab?: Handler): Promise<string> {
  await begin(app);
  await inOutage(app, OUTAGES['changes of an unread session']);
  const second = new Browser(app.app, () => app.clock.now);
  for (const [name, cookie] of app.browser.jar.cookies) second.jar.cookies.set(name, cookie);
  if (inSecondTab) await app.request(inSecondTab, {}, second);
  app.failOn(() => false);
  await app.request((ctx) => (bag(ctx).views = 5));
  return cookiesOf(app, second);
}

// Sessions in the cookie.
const OLDER_KEY: How = { writtenWith: [OLDER] };
const REISSUED = { events: ['reissued'] };
const HALF = { createdAt: START, expiresAt: START + DAY / 2 };
const OWN = { createdAt: START, maxAge: WEEK, expiresAt: START + WEEK };
const ENDLESS = { maxAge: 'session', expiresAt: undefined } as const;
const OWN_ENDLESS = { createdAt: START, maxAge: 'session', expiresAt: START + MONTH } as const;
for (const encrypt of [false, true]) {
  const kind = encrypt ? 'sealed' : 'signed';
  const dated = encrypt ? { createdAt: START } : {};
  const add = (name: string, options: WrittenOptions, found: Partial<Found>, how?: How) =>
    record('sessions', `a ${kind} cookie${name}`, { encrypt, ...options }, { ...dated, ...found }, how);
  await add('', {}, {});
  await add(' of the older key', {}, REISSUED, OLDER_KEY);
  await add(' that ends with the browser', { maxAge: 'session' }, ENDLESS);
  await add(' with an absolute end', { absoluteMaxAge: DAY / 2 }, HALF);
  await add(' with its own maxAge', { absoluteMaxAge: MONTH }, OWN, { act: beginFor(WEEK) });
  const endless = { act: beginFor('session') };
  await add(' that ends with the browser by its own maxAge', { absoluteMaxAge: MONTH }, OWN_ENDLESS, endless);
  const revocable = { revocations: 'memory', userOf: 'user', key: 'app.sess' } as const;
  await add(' that can be revoked', { absoluteMaxAge: MONTH, ...revocable }, { createdAt: START });
}
await record('sessions', 'an unsigned cookie', { signed: false }, {});

// Sessions in a store.
const STORED = { id: ID, createdAt: START };
for (const store of ['classic', 'redis'] as const) {
  const place = store === 'redis' ? 'Redis' : 'a classic store';
  const dated = store === 'redis' ? STORED : { id: ID };
  const add = (name: string, options: WrittenOptions, found: Partial<Found>, how?: How) =>
    record('sessions', `${name} in ${place}`, { store, ...options }, { ...dated, ...found }, how);
  await add('a signed id of a session', {}, {});
  await add('a signed id, of the older key, of a session', {}, REISSUED, OLDER_KEY);
  await add('a sealed id of a session', { encrypt: true }, STORED);
  await add(
    'a sealed id, of the older key, of a session',
    { encrypt: true },
    { ...STORED, ...REISSUED },
    OLDER_KEY,
  );
  await add('a session that ends with the browser,', { maxAge: 'session' }, ENDLESS);
  await add('a session with an absolute end', { absoluteMaxAge: DAY / 2 }, HALF);
  await add('a session with its own maxAge', { absoluteMaxAge: MONTH }, OWN, { act: beginFor(WEEK) });
  const endless = { act: beginFor('session') };
  await add(
    'a session that ends with the browser by its own maxAge,',
    { absoluteMaxAge: MONTH },
    OWN_ENDLESS,
    endless,
  );
}

const SIGNED_ID = { store: 'redis' } as const;
const SEALED_ID = { store: 'redis', encrypt: true, userOf: 'user' } as const;
await record('sessions', 'one of two sessions of a user in Redis', SEALED_ID, STORED, {
  act: (app) => begin(app).then(() => beginOther(app)),
});
await record(
  'sessions',
  'a session with a new id in Redis',
  SIGNED_ID,
  { ...STORED, id: SECOND_ID },
  {
    act: (app) => begin(app).then(() => regenerate(app)),
  },
);

// Sessions of koa-session.
const library = koaSession as unknown as SessionLibrary;
for (const [name, options, dated] of [
  ['a cookie', {}, {}],
  ['a session in a classic store', { store: 'classic' }, { id: ID }],
] as const) {
  const add = (more: string, options: WrittenOptions, found: Partial<Found>, how?: How) =>
    record(
      'sessions',
      `${name} by koa-session 7.0.2${more}`,
      options,
      { ...dated, ...found },
      { library, ...how },
    );
  await add('', options, {});
  await add(' with the older key', options, REISSUED, OLDER_KEY);
  await add(' that ends with the browser', { ...options, maxAge: 'session' }, ENDLESS);
}

// Cookies of outages.
const { note: _removed, ...REST } = DATA;
const BOTH = { data: { ...DATA, ...CHANGED } };
const AFTER = { ...REISSUED, expiresAt: LATER + DAY };
const after = (outage: Outage) => (app: OpenApp) => begin(app).then(() => inOutage(app, outage));
const unread = after(OUTAGES['changes of an unread session']);
for (const encrypt of [false, true]) {
  const options = { store: 'redis', onStoreError: 'cookie', encrypt } as const;
  const add = (what: string, found: Partial<Found>, act: How['act'], how?: How) => {
    const name = `a ${encrypt ? 'sealed' : 'signed'} cookie with ${what}`;
    const all = { act, dataWithoutStore: CHANGED, ...how };
    return record('standIns', name, options, { ...STORED, ...AFTER, ...found }, all);
  };
  await add('a new session', { data: CHANGED, createdAt: LATER }, (app) =>
    inOutage(app, OUTAGES['a new session']),
  );
  await add('changes of an unread session', BOTH, unread);
  await add('changes, of the older key, of an unread session', BOTH, unread, OLDER_KEY);
  const read = 'changes of a read session';
  const removed = { data: { ...REST, views: 2 } };
  await add(read, removed, after(OUTAGES[read]), { dataWithoutStore: { views: 2 } });
  const all = 'all data of a session and its own maxAge';
  const own = { data: CHANGED, maxAge: WEEK, expiresAt: LATER + WEEK };
  await add(all, own, after(OUTAGES[all]));
}
const BRIDGED = { store: 'classic', onStoreError: 'cookie' } as const;
const IN_CLASSIC = { ...AFTER, ...BOTH, id: ID };
await record('standIns', 'a signed cookie with changes of one in a classic store', BRIDGED, IN_CLASSIC, {
  act: unread,
  dataWithoutStore: CHANGED,
});

// Marks.
const mark = (name: string, options: WrittenOptions, found: Partial<Found>, act: How['act']) =>
  record('marks', name, options, found, { act });
const MISSED = { data: {}, expiresAt: undefined, events: ['missed'] };

await mark('a replaced id', SIGNED_ID, MISSED, async (app) => {
  await begin(app);
  const cookies = cookiesOf(app);
  await regenerate(app);
  return cookies;
});

await mark('an incomplete list of sessions', SEALED_ID, { ...STORED, id: SECOND_ID }, async (app) => {
  await beginOther(app);
  const [list = ''] = await client.keys('sess:user:*');
  await client.set(list, 'something else');
  await begin(app);
});

const REVOCABLE = { revocations: 'redis', encrypt: true, userOf: 'user', absoluteMaxAge: MONTH } as const;
await mark('a session that was ended', REVOCABLE, MISSED, async (app) => {
  await begin(app);
  const cookies = cookiesOf(app);
  await end(app);
  return cookies;
});
await mark('a session that its user ended elsewhere', REVOCABLE, MISSED, endOthers);
await mark(
  'a session that its user spared',
  REVOCABLE,
  { createdAt: START },
  async (app) => void (await endOthers(app)),
);
await mark('a session that its user spared once', REVOCABLE, MISSED, async (app) => {
  await endOthers(app);
  app.clock.now = LATER;
  const other = await beginOther(app);
  await app.request((ctx) => userSessions(ctx).endOthers(), {}, other);
});

const SEALED = { store: 'redis', onStoreError: 'cookie', encrypt: true } as const;
const TAKEN_UP = { ...STORED, ...AFTER };
const later = { ...BOTH.data, views: 5 };
await mark('changes that were applied before', SEALED, { ...TAKEN_UP, data: later }, (app) => takeUp(app));
await mark(
  'changes of which some were applied before',
  SEALED,
  { ...TAKEN_UP, data: { ...later, more: true } },
  (app) => takeUp(app, (ctx) => (bag(ctx).more = true)),
);
await mark('changes that were applied to a session that has ended', SEALED, MISSED, async (app) => {
  const cookies = await takeUp(app);
  await end(app);
  return cookies;
});

client.destroy();
await server.dispose();
// `wx`: fails if the file exists.
writeFileSync(FILE, `${JSON.stringify(written, null, 2)}\n`, { flag: 'wx' });
