import type * as Crypto from 'node:crypto';
import { once } from 'node:events';
import { createServer, maxHeaderSize, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import Keygrip from 'keygrip';
import Koa from 'koa';
import inject from 'light-my-request';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import session, {
  MemoryRevocations,
  MemoryStore,
  type SessionOptions,
  type SessionRecord,
} from '../index.ts';
import { base64, bag } from '../testing/set-up.ts';
import { Sealer } from './seal.ts';

/** Headers for each set-up: more than 50,000 in all, and more than 5,000 over a socket. */
const INJECTED = 9200;
const RAW = 1200;
/** In bytes: about 200 for each header. The heap after a garbage collection varies by less than half of that. */
const GROWTH = 1024 * 1024;

const { SEED } = vi.hoisted(() => ({ SEED: Number(process.env.HOSTILE_SEED || Date.now() % 2 ** 31) }));
console.log(`hostile cookies: seed ${SEED}; repeat with HOSTILE_SEED=${SEED}`);

// Ids and nonces come from the seed too, so a repeated run sends the same bytes.
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof Crypto>();
  let blocks = 0;
  const randomFillSync = (bytes: Buffer): Buffer => {
    for (let at = 0; at < bytes.length; at += 32) {
      const block = crypto.createHash('sha256').update(`${SEED} ${(blocks += 1)}`);
      bytes.set(block.digest().subarray(0, bytes.length - at), at);
    }
    return bytes;
  };
  return { ...crypto, randomFillSync };
});

const NAME = 'koa.sess';
const KEYS = ['the newest key, of 32 characters', 'an older key, of 32 characters..'];
const FOREIGN_KEYS = ['the key of somebody else, of 32.'];
const HOUR = 3_600_000;
const START = Date.parse('2030-01-01T00:00:00Z');
const USERS = ['ann', 'bob', 'cyd'];
/** The most anonymous sessions: a hostile request sometimes begins one. */
const ROOM = 100;

/** What the cookie holds. */
type Carries = 'a session' | 'an id';

interface SetUp {
  carries: Carries;
  guard: 'signed' | 'sealed' | 'none';
  /** Whether the kept cookie of an ended session is refused. */
  endsForGood: boolean;
  options: SessionOptions;
  /** How many sessions or revocations are kept on the server. */
  size: () => number;
  /** The most that may be kept, if `before` were kept before. */
  most: (before: number) => number;
}

/** The current time, which the test sets. */
interface Clock {
  time: number;
}

const SET_UPS: Record<string, (clock: Clock) => SetUp> = {
  'a signed cookie': () => ({
    carries: 'a session',
    guard: 'signed',
    endsForGood: false,
    options: {},
    size: () => 0,
    most: () => 0,
  }),
  'a sealed cookie': () => ({
    carries: 'a session',
    guard: 'sealed',
    endsForGood: false,
    options: { encrypt: true },
    size: () => 0,
    most: () => 0,
  }),
  'a sealed cookie and revocations': (clock) => {
    const revocations = new MemoryRevocations({ max: ROOM, now: () => clock.time });
    return {
      carries: 'a session',
      guard: 'sealed',
      endsForGood: true,
      options: { encrypt: true, revocations },
      size: () => revocations.size,
      most: (before) => before,
    };
  },
  'a sealed id of MemoryStore': (clock) => {
    const store = new MemoryStore({ max: ROOM, now: () => clock.time });
    return {
      carries: 'an id',
      guard: 'sealed',
      endsForGood: true,
      options: { encrypt: true, store },
      size: () => store.size,
      most: (before) => before + ROOM,
    };
  },
  "a bare id of a store of koa-session's kind": () => {
    const records = new Map<string, SessionRecord>();
    const anonymous: string[] = [];
    return {
      carries: 'an id',
      guard: 'none',
      endsForGood: true,
      options: {
        signed: false,
        store: {
          get: (id: string) => records.get(id),
          set(id: string, record: SessionRecord) {
            // A client could set an id that it has made up in another person's browser.
            if (!/^sid-[\w-]{32}$/.test(id)) throw new Error(`not one of our ids: ${id}`);
            if (record.user === undefined) anonymous.push(id);
            records.set(id, record);
            if (anonymous.length > ROOM) records.delete(anonymous.shift() ?? '');
          },
          destroy: (id: string) => void records.delete(id),
        },
      },
      size: () => records.size,
      most: (before) => before + ROOM,
    };
  },
};

/** A cookie that the app has sent, as the browser would send it back. */
interface Genuine {
  header: string;
  value: string;
  signature: string | undefined;
  /** The text in the cookie: base64 of a record, or an id. */
  text: string;
  /** The user that the app must show for it; undefined: the session has ended. */
  user: string | undefined;
}

/** What the handler does beside saying whose session it sees. */
type Act = 'read' | 'write' | 'end';

interface Request {
  header: string;
  act: Act;
}

/** The handler's answer if nobody is logged in. */
const NOBODY = '[null]';
const REFUSED = 'refused by Node';

describe.each(Object.keys(SET_UPS))('with %s', (name) => {
  const clock: Clock = { time: START };
  const setUp = (SET_UPS[name] as (clock: Clock) => SetUp)(clock);
  const failures: unknown[] = [];
  const outcomes = new Map<string, number>();
  const heap: number[] = [];
  let callback: ReturnType<Koa['callback']>;
  let server: Server;
  let genuine: Genuine[];
  let sizeBefore: number;

  beforeAll(async () => {
    process.on('unhandledRejection', noteFailure);
    const app = appOf(setUp, clock);
    app.on('error', noteFailure);
    callback = app.callback();
    server = createServer((req, res) => void callback(req, res)).listen(0, '127.0.0.1');
    server.keepAliveTimeout = 0;
    await once(server, 'listening');
    genuine = await logIn(callback, setUp, clock);
    sizeBefore = setUp.size();
  });

  afterAll(() => {
    process.off('unhandledRejection', noteFailure);
    server.closeAllConnections();
    server.close();
  });

  function noteFailure(error: unknown): void {
    failures.push(error);
  }

  it(`none of ${INJECTED + RAW} hostile headers causes an error, and only an unchanged cookie shows a user (seed ${SEED})`, async () => {
    const headers = headersOf(setUp, genuine);
    const connection = new KeepAlive((server.address() as AddressInfo).port);
    for (const half of [0, 1]) {
      const seed = SEED + half;
      await fc.assert(
        fc.asyncProperty(requestOf(headers.map(allowed)), async (request) => {
          const outcome = count(await injected(callback, request));
          expect(possibleOutcomes(request.header, genuine, setUp)).toContain(outcome);
          expect(reported()).toEqual([]);
        }),
        { seed, numRuns: INJECTED / 2 },
      );
      await fc.assert(
        fc.asyncProperty(requestOf(rawHeaders(headers)), async (request) => {
          const [outcome, ...more] = await connection.send(request);
          const possible = possibleOutcomes(request.header, genuine, setUp);
          expect(possible).toContain(count(outcome ?? 'no answer'));
          expect([more.filter((one) => !possible.includes(one)), reported()]).toEqual([[], []]);
        }),
        { seed, numRuns: RAW / 2 },
      );
      heap.push(heapAfterCollection());
    }
    connection.close();
  }, 600_000);

  it('they leave nothing behind: no memory, no sessions and no unhandled rejection', () => {
    expect((heap[1] ?? Infinity) - (heap[0] ?? 0)).toBeLessThan(GROWTH);
    expect(setUp.size()).toBeLessThanOrEqual(setUp.most(sizeBefore));
    expect(failures).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('among them were valid cookies, and headers that Node itself refuses', () => {
    const sent = [...outcomes.values()].reduce((sum, each) => sum + each, 0);
    const shown = USERS.map((user) => outcomes.get(bodyOf(user)) ?? 0);
    const refused = outcomes.get(REFUSED) ?? 0;
    const megabytes = heap.map((bytes) => (bytes / 1024 / 1024).toFixed(2)).join(' and ');
    console.log(
      `${sent} headers: ${shown.join(', ')} had to be taken for ${USERS.join(', ')}, ${refused} were ${REFUSED}; ` +
        `MB of heap after each half: ${megabytes}`,
    );
    expect(sent).toBe(INJECTED + RAW);
    expect(Math.min(...shown)).toBeGreaterThan(sent / 200);
    expect(refused).toBeGreaterThan(RAW / 20);
  });

  /** The failures reported since the last call, so that a counterexample has only its own. */
  function reported(): unknown[] {
    return failures.splice(0);
  }

  function count(outcome: string): string {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    return outcome;
  }
});

const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

function appOf({ options }: SetUp, clock: Clock): Koa {
  const app = new Koa();
  app.keys = KEYS;
  app.use(
    session(
      {
        ...options,
        now: () => clock.time,
        maxAge: HOUR,
        absoluteMaxAge: 24 * HOUR,
        renew: true,
        userOf,
      },
      app,
    ),
  );
  app.use(async (ctx) => {
    const current = bag(ctx);
    ctx.body = bodyOf(current.user);
    const user = ctx.get('x-log-in');
    if (user) {
      current.user = user;
      await current.regenerate();
    } else if (ctx.get('x-act') === 'log out' || (ctx.get('x-act') === 'end' && current.isNew)) {
      ctx.session = null;
    } else if (ctx.get('x-act') === 'write' && current.isNew) {
      current.visits = 1;
    }
  });
  return app;
}

/** The cookies of some users, and of sessions that have ended in every possible way. */
async function logIn(callback: ReturnType<Koa['callback']>, setUp: SetUp, clock: Clock): Promise<Genuine[]> {
  async function cookieOf(user: string, isOver = false, cookie = ''): Promise<Genuine> {
    const { headers } = await inject((req, res) => void callback(req, res), {
      url: '/',
      headers: { 'x-log-in': user, cookie },
    });
    const pairs = [headers['set-cookie'] ?? []].flat().map((line) => line.split(';')[0] ?? '');
    const [value = '', signature] = pairs.map((pair) => pair.slice(pair.indexOf('=') + 1));
    const text = setUp.guard === 'sealed' ? (sealerOf(setUp.carries).open(value)?.text ?? '') : value;
    return { header: pairs.join('; '), value, signature, text, user: isOver ? undefined : user };
  }
  const found: Genuine[] = [];
  clock.time = START - 2 * HOUR;
  for (const user of USERS) found.push(await cookieOf(user, true));
  clock.time = START;
  for (const user of USERS) found.push(await cookieOf(user));
  if (setUp.endsForGood) {
    // For some seconds a store knows an id that was replaced.
    clock.time = START - HOUR / 2;
    const [replaced, loggedOut] = [await cookieOf('ann', true), await cookieOf('bob', true)];
    await cookieOf('ann', false, replaced.header);
    await inject((req, res) => void callback(req, res), {
      url: '/',
      headers: { 'x-act': 'log out', cookie: loggedOut.header },
    });
    clock.time = START;
    found.push(replaced, loggedOut);
  }
  return found;
}

function bodyOf(user: unknown): string {
  return JSON.stringify([user ?? null]);
}

/** The outcome that is expected, computed only from the cookies that were handed out. */
function outcomeOf(header: string, genuine: Genuine[], { guard }: SetUp): string {
  const found = genuine.find((one) => one.value === valuesIn(header, NAME)[0]);
  const signatures = valuesIn(header, `${NAME}.sig`);
  const isSigned = guard !== 'signed' || signatures.includes(found?.signature ?? '');
  return bodyOf(isSigned ? found?.user : undefined);
}

/**
 * The allowed outcomes of a header: exactly one for a single cookie of the name. Of several cookies a handed-out one
 * counts, unless another was made with the app's keys. How much Node reads of a header with a line break cannot be
 * predicted.
 */
function possibleOutcomes(header: string, genuine: Genuine[], setUp: SetUp): string[] {
  if (/[\r\n]/.test(header)) {
    const within = genuine.filter(({ value }) => header.includes(value));
    return [REFUSED, NOBODY, ...within.map(({ user }) => bodyOf(user))];
  }
  // oxlint-disable-next-line eslint/no-control-regex -- the control characters are intended
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(header) || header.length > maxHeaderSize) return [REFUSED];
  const values = valuesIn(header, NAME);
  if (values.length < 2) return [outcomeOf(header, genuine, setUp)];
  const verified = values.filter((value) => isOurs(value, header, setUp));
  const users = genuine
    .filter(({ value, user }) => user && verified.includes(value))
    .map(({ user }) => bodyOf(user));
  // A store only knows ids that were handed out.
  const isMadeUp = (value: string): boolean => genuine.every((one) => one.value !== value);
  const mayBeNobody = users.length === 0 || (setUp.carries === 'a session' && verified.some(isMadeUp));
  return mayBeNobody ? [NOBODY, ...users] : users;
}

/** Whether the app would accept this value as its own. */
function isOurs(value: string, header: string, { carries, guard }: SetUp): boolean {
  if (guard === 'sealed') return sealerOf(carries).open(value) !== undefined;
  const signatures = valuesIn(header, `${NAME}.sig`);
  const keygrip = new Keygrip(KEYS);
  return guard !== 'signed' || signatures.some((one) => keygrip.verify(`${NAME}=${value}`, one));
}

/** The values of the first four cookies with this name. Like the cookie library, if the first character is a quote, it
 * removes it and the last one. */
function valuesIn(header: string, name: string): string[] {
  const pairs = header.replaceAll(/^[ \t]+|[ \t]+$/g, '').split(';');
  const named = pairs.map((one) => one.replace(/^ +/, '')).filter((one) => one.startsWith(`${name}=`));
  const values = named.slice(0, 4).map((pair) => pair.slice(name.length + 1));
  return values.map((value) => (value.startsWith('"') ? value.slice(1, -1) : value));
}

function sealerOf(carries: Carries, { keys = KEYS, name = NAME } = {}): Sealer {
  return new Sealer(keys, { name, purpose: carries === 'an id' ? 'id' : 'session' });
}

function signed(text: string, { keys = KEYS, name = NAME, signedName = NAME } = {}): string {
  return `${name}=${text}; ${name}.sig=${new Keygrip(keys).sign(`${signedName}=${text}`)}`;
}

/** Ways to forge a cookie. Each of them has a wrong key, name or purpose. */
function forgeries({ carries }: SetUp): ((text: string) => string)[] {
  const other = carries === 'an id' ? 'a session' : 'an id';
  const ofForeignKey = sealerOf(carries, { keys: FOREIGN_KEYS });
  const ofOtherName = sealerOf(carries, { name: 'other' });
  const ofOtherPurpose = sealerOf(other);
  return [
    (text) => `${NAME}=${ofForeignKey.seal(text)}`,
    (text) => `${NAME}=${ofOtherName.seal(text)}`,
    (text) => `${NAME}=${ofOtherPurpose.seal(text)}`,
    (text) => `${NAME}=${ofForeignKey.seal(text).replace('v1.', 'v0.')}`,
    (text) => signed(text, { keys: FOREIGN_KEYS }),
    (text) => signed(text, { signedName: 'other' }),
    (text) => signed(text, { signedName: `${NAME}.sig` }),
    (text) => signed(text, { name: 'other' }).replace('other=', `${NAME}=`),
    (text) => `${NAME}=${text}; ${NAME}.sig=`,
    (text) => `${NAME}=${text}; ${NAME}.sig=${text}`,
    (text) => `${NAME}=${text}`,
  ];
}

/** Makes cookies as the app does: what an attacker with the keys could send. */
function ours({ carries, guard }: SetUp): (text: string) => string {
  const sealer = sealerOf(carries);
  if (guard === 'sealed') return (text) => `${NAME}=${sealer.seal(text)}`;
  return (text) => (guard === 'signed' ? signed(text) : `${NAME}=${text}`);
}

const byte = (min = 0): fc.Arbitrary<string> =>
  fc.integer({ min, max: 0xff }).map((code) => String.fromCharCode(code));
const bytes = fc.array(byte(), { maxLength: 80 }).map((drawn) => drawn.join(''));

const PAYLOADS = [
  '{"__proto__":{"user":"mallory"}}',
  '{"__proto__":{"__proto__":{"user":"mallory"}},"a":1}',
  '{"constructor":{"prototype":{"user":"mallory"}}}',
  '{"a":{"__proto__":{"user":"mallory"},"constructor":{"prototype":{"user":"mallory"}}}}',
  '{"_expire":1e999,"_maxAge":1e999,"_created":1e999}',
  '{"_expire":-1e999,"_maxAge":-1,"_created":-1e999}',
  '{"_session":true,"_own":true,"maxAge":"session"}',
  `{"a":${'9'.repeat(400)}}`,
  `{"a":${'['.repeat(900)}${']'.repeat(900)}}`,
  `{"a":${'[{"a":'.repeat(200)}0${'}]'.repeat(200)}}`,
  '{"save":1,"regenerate":1,"toJSON":1,"isNew":false,"length":9,"populated":true,"then":1}',
  String.raw`{"a":"\ud800\u0000"}`,
  '{}',
  '[]',
  'null',
  '"ann"',
  '1e999',
  '{"a":',
  '',
].map((json) => Buffer.from(json).toString('base64'));

/** Nested too deep for JSON.stringify. */
const DEEPEST = Buffer.from(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`).toString('base64');

const IDS = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'undefined',
  'null',
  'NaN',
  '0',
  '*',
  '../../etc/passwd',
  "' or 1=1 --",
  '%00',
  '%5F%5Fproto%5F%5F',
  '"',
  '""',
  '"""',
  '\\',
  'sid-',
  `sid-${'A'.repeat(32)}`,
  'v1.',
  `v1.${'A'.repeat(64)}`,
  `v1.${'A'.repeat(8190)}`,
  'A'.repeat(8192),
  '"'.repeat(8192),
  '%'.repeat(8192),
  '='.repeat(8192),
  '\u00ff'.repeat(8192),
];

/** The headers that are sent, before bytes that no header may hold are added. */
function headersOf(setUp: SetUp, genuine: Genuine[]): fc.Arbitrary<string> {
  const someone = fc.constantFrom(...genuine);
  const games = gamesOf(genuine);
  const anonymousText = fc.oneof(fc.constantFrom(...PAYLOADS), games(false), fc.constantFrom(...IDS));
  const wantedText = fc.oneof(
    someone.map(({ text }) => text),
    games(true),
    anonymousText,
  );
  const crossed = fc
    .tuple(someone, someone)
    .chain(([one, other]) =>
      fc.constantFrom(
        `${NAME}=${one.value}; ${NAME}.sig=${other.signature}`,
        `${NAME}=${one.signature}; ${NAME}.sig=${one.value}`,
        `${NAME}.sig=${other.signature}; ${NAME}=${one.value}; ${NAME}.sig=${one.signature}`,
        `${NAME}=${one.value.slice(0, one.value.length / 2)}${other.value.slice(other.value.length / 2)}; ${NAME}.sig=${one.signature}`,
        `${NAME}="${one.value}"; ${NAME}.sig="${one.signature}"`,
        `${NAME.toUpperCase()}=${one.value}; ${NAME}.sig=${one.signature}`,
        `${one.header}; ${other.header}`,
        `${NAME}=; ${one.header}`,
      ),
    );
  const one = fc.oneof(
    { weight: 2, arbitrary: someone.map(({ header }) => header) },
    {
      weight: 8,
      arbitrary: fc
        .tuple(someone, fc.array(mutation(genuine), { minLength: 1, maxLength: 3 }))
        .map(([{ header }, changes]) => changes.reduce((text, change) => change(text), header)),
    },
    { weight: 4, arbitrary: crossed },
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.constantFrom(...forgeries(setUp)), wantedText)
        .map(([forge, text]) => forge(text)),
    },
    { weight: 4, arbitrary: anonymousText.map(ours(setUp)) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(`${NAME}=`, `${NAME}.sig=`, `; ${NAME}="`, ''), bytes)
        .map(([start, rest]) => start + rest),
    },
    { weight: 1, arbitrary: fc.constantFrom(`${NAME}=${DEEPEST}`, ours(setUp)(DEEPEST)) },
  );
  const many = fc
    .tuple(
      fc.integer({ min: 20, max: 400 }),
      fc.constantFrom('a', NAME.slice(1), `x${NAME}`, '__proto__'),
      one,
    )
    .map(([count, name, last]) => `${`${name}=1; `.repeat(count)}${last}`);
  const several = fc
    .array(fc.tuple(one, fc.constantFrom('; ', ';', ' ;  ', ', ', ' ', ';;', ';\t')), {
      minLength: 2,
      maxLength: 4,
    })
    .map((parts) => parts.flat().join(''));
  return fc
    .oneof({ weight: 12, arbitrary: one }, { weight: 3, arbitrary: several }, { weight: 1, arbitrary: many })
    .map((header) => header.slice(0, 14_000));
}

/** Records with odd values in the session layer's own keys; with `isOfUser` they also claim a user. */
function gamesOf(genuine: Genuine[]): (isOfUser: boolean) => fc.Arbitrary<string> {
  const times = [
    0,
    -1,
    START,
    START + HOUR,
    START - HOUR,
    8.64e15,
    8.64e15 + 1,
    2 ** 53,
    1e300,
    -1e300,
    5e-324,
  ];
  const value = fc.constantFrom<unknown>(
    ...times,
    'soon',
    '',
    null,
    true,
    false,
    [],
    {},
    ...genuine.map(({ text }) => text),
  );
  const key = fc.constantFrom(
    '_expire',
    '_maxAge',
    '_created',
    '_own',
    '_sid',
    '_session',
    'maxAge',
    'expiresAt',
    'a',
  );
  return (isOfUser) =>
    fc
      .dictionary(key, value, { maxKeys: 6 })
      .map((record) => base64(isOfUser ? { user: 'ann', ...record } : record));
}

function put(text: string, at: number, what: string, instead = 0): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + what + text.slice(place + instead);
}

/** Changes to a valid header. */
function mutation(genuine: Genuine[]): fc.Arbitrary<(text: string) => string> {
  return fc
    .tuple(fc.nat(9999), fc.nat(7), fc.nat(12), byte(), fc.constantFrom(...genuine))
    .map(([at, bit, kind, drawn, other]) => (text): string => {
      const place = at % Math.max(1, text.length);
      switch (kind) {
        case 0:
        case 1:
        case 2:
          return put(text, at, String.fromCharCode((text.charCodeAt(place) || 0) ^ (1 << bit)), 1);
        case 3:
          return text.slice(0, place);
        case 4:
          return text.slice(0, -1 - bit);
        case 5:
          return put(text, at, '', 1 + bit);
        case 6:
          return put(text, at, drawn);
        case 7:
          return `${text}; ${other.header}`;
        case 8:
          return text.slice(0, place) + other.header.slice(place);
        case 9:
          return text.replaceAll(/[-_]/g, (one) => (one === '-' ? '+' : '/'));
        case 10:
          return `${text}${'='.repeat(bit)}`;
        case 11:
          return bit < 4 ? text.toUpperCase() : text.toLowerCase();
        default:
          return bit < 4 ? encodeURIComponent(text.slice(place)) : text.replaceAll(NAME, 'koa.session');
      }
    });
}

function requestOf(header: fc.Arbitrary<string>): fc.Arbitrary<Request> {
  const act = fc.oneof(
    { weight: 8, arbitrary: fc.constant<Act>('read') },
    { weight: 1, arbitrary: fc.constant<Act>('write') },
    { weight: 1, arbitrary: fc.constant<Act>('end') },
  );
  return fc.record({ header, act });
}

/** The header without the characters that the HTTP parser would refuse (RFC 9110, 5.5). */
function allowed(header: string): string {
  return header.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '~').replaceAll(/^[ \t]+|[ \t]+$/g, '');
}

/** Sometimes with bytes that no header may hold, or too long. */
function rawHeaders(headers: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const broken = fc
    .tuple(headers, fc.nat(9999), fc.constantFrom('\0', '\x01', '\x1f', '\x7f', '\r', '\n', '\r\n', '\r\n '))
    .map(([header, at, bad]) => {
      const place = at % (header.length + 1);
      return header.slice(0, place) + bad + header.slice(place);
    });
  return fc.oneof(
    { weight: 5, arbitrary: headers.map(allowed) },
    { weight: 3, arbitrary: headers },
    { weight: 2, arbitrary: broken },
    { weight: 1, arbitrary: headers.map((header) => header.padEnd(maxHeaderSize + 1, 'x')) },
  );
}

async function injected(callback: ReturnType<Koa['callback']>, { header, act }: Request): Promise<string> {
  const { statusCode, body } = await inject((req, res) => void callback(req, res), {
    url: '/',
    headers: { cookie: header, 'x-act': act },
  });
  return statusCode === 200 ? body : `${statusCode} ${body}`;
}

/** Sends requests byte for byte, one after another over one connection while the server keeps it open. */
class KeepAlive {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** The response; a header with a line break may cause more than one. */
  async send(request: Request): Promise<string[]> {
    if (/[\r\n]/.test(request.header)) return this.#exchange(this.#connect(), request, 'close');
    this.#socket ??= this.#connect();
    return this.#exchange(this.#socket, request, 'keep-alive');
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    // A server that refuses a request does not read the rest of it, so the system may report a broken connection.
    return connect(this.#port, '127.0.0.1').on('error', () => undefined);
  }

  async #exchange(socket: Socket, { header, act }: Request, connection: string): Promise<string[]> {
    const head = `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\nX-Act: ${act}\r\nCookie: `;
    socket.write(Buffer.from(`${head}${header}\r\n\r\n`, 'latin1'));
    let received = '';
    return new Promise((resolve) => {
      const settle = (): void => {
        socket.off('data', onData).off('close', onClose);
        resolve(outcomesIn(received));
      };
      const onData = (chunk: Buffer): void => {
        received += chunk.toString('latin1');
        if (!/^connection: close/im.test(received) && outcomesIn(received).length > 0) settle();
      };
      const onClose = (): void => {
        if (this.#socket === socket) this.#socket = undefined;
        settle();
      };
      socket.on('data', onData).on('close', onClose);
    });
  }
}

/** The outcomes of the responses that have arrived completely. */
function outcomesIn(received: string): string[] {
  const outcomes: string[] = [];
  let rest = received;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return outcomes;
    const head = rest.slice(0, end);
    const start = end + '\r\n\r\n'.length;
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (rest.length < start + length) return outcomes;
    const status = head.split(' ')[1] ?? '';
    const body = rest.slice(start, start + length);
    if (status === '200') outcomes.push(body);
    // Only Node itself answers with these, never the app.
    else outcomes.push(['400', '431'].includes(status) ? REFUSED : `${status} ${body}`);
    rest = rest.slice(start + length);
  }
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
