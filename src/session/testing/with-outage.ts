import type { Context } from 'koa';
import { MemoryStore, type SessionOptions, type StoredSession } from '../index.ts';
import { Browser, bag, type SetUp, setUp } from './set-up.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

/** Which calls fail; `'answers'`: all calls are carried out, but their answers are lost. */
export type Failing =
  | 'nothing'
  | 'all'
  | 'writes'
  | 'answers'
  | 'lost destroy'
  | ((method: string) => boolean);

const READS = new Set(['read', 'listByUser']);

function fails(failing: Failing, method: string): boolean {
  if (typeof failing === 'function') return failing(method);
  return failing === 'all' || (failing === 'writes' && !READS.has(method));
}

export interface Outage extends SetUp {
  memory: MemoryStore;
  /** Sets which calls fail from now on. */
  let: (failing: Failing) => void;
  /** Makes sessions unreadable whose ids begin with this text; no session can be created under such an id. */
  garble: (ids: string) => void;
  advance: (ms: number) => void;
  events: string[];
  options: SessionOptions;
}

/** An app whose store can be told to fail. */
export function withOutage(options: SessionOptions = {}): Outage {
  let time = Date.now();
  const now = () => time;
  const memory = new MemoryStore({ now });
  let failing: Failing = 'nothing';
  let garbled: string | undefined;
  const store = new Proxy(memory, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await new Promise((done) => setImmediate(done));
        if (fails(failing, String(name))) throw new Error(`${String(name)}: the store is unavailable`);
        const answer: unknown = await Reflect.apply(member, target, args);
        if (failing === 'answers' || (failing === 'lost destroy' && name === 'destroy')) {
          throw new Error(`${String(name)}: the answer is lost`);
        }
        if (garbled === undefined || !String(args[0]).startsWith(garbled)) return answer;
        return name === 'read' ? 'invalid' : name === 'create' ? undefined : { kind: 'gone' };
      };
    },
  });
  const all: SessionOptions = {
    store,
    userOf,
    now,
    maxAge: HOUR,
    onStoreError: 'cookie',
    encrypt: true,
    ...options,
  };
  const made = setUp(all);
  const events: string[] = [];
  for (const name of ['created', 'saved', 'merged', 'missed', 'expired', 'destroyed', 'gone', 'invalid']) {
    made.app.on(`session:${name}`, () => events.push(name));
  }
  return {
    ...made,
    memory,
    events,
    options: all,
    garble: (ids) => {
      garbled = ids;
    },
    let: (what) => {
      failing = what;
    },
    advance: (ms) => {
      time += ms;
    },
  };
}

export function count(ctx: Context): Promise<unknown> {
  return bag(ctx).update((data) => ((data as { n: number }).n += 1));
}

/** A browser with a copy of the cookies, for a thief or another tab. */
export function copyOf({ app, browser, options }: Outage, from = browser): Browser {
  const copy = new Browser(app, options.now ?? Date.now);
  for (const [name, value] of from.jar.cookies) copy.jar.cookies.set(name, value);
  return copy;
}

/** Counts to 2 during an outage, and ends the outage; no request has been made since. */
export async function writtenDuring(app: Outage): Promise<Browser> {
  await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1 }));
  app.let('all');
  await app.request((ctx) => (bag(ctx).n = 2));
  const copy = copyOf(app);
  app.let('nothing');
  return copy;
}

/** The data of the session. */
export async function dataOf({ request }: SetUp): Promise<unknown> {
  return (await request((ctx) => bag(ctx).toJSON())).result;
}

export function messagesOf({ errors }: Outage): string[] {
  return errors.map(({ message }) => message);
}

/** The browser's session in the store. */
export async function stored(app: Outage): Promise<StoredSession> {
  const { result: id } = await app.request((ctx) => bag(ctx).externalKey);
  const found = app.memory.read(String(id));
  if (typeof found !== 'object') throw new Error(`stored is ${found}`);
  return found;
}
