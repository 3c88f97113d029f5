import { inspect } from 'node:util';

/**
 * What the app keeps in a session; the app says so by augmenting this interface:
 *
 * @example
 * declare module './session/index.ts' {
 *   interface SessionData { views: number }
 * }
 */
// oxlint-disable-next-line typescript/no-empty-interface -- it is there to be augmented
export interface SessionData {}

/** `ctx.session`: the app's data as ordinary properties, and the members of {@link SessionBase}. */
export type Session = SessionBase & Partial<SessionData>;

export type SessionCallback = (error?: unknown) => void;

/** What {@link SessionBase.update} is given: it changes `data`, or answers with something made of them. */
export type UpdateFunction<Result> = (data: Partial<SessionData>) => Result | Promise<Result>;

/** What a session needs of the request it belongs to. */
export interface SessionOwner {
  readonly externalKey: string | undefined;
  readonly createdAt: number | undefined;
  readonly expiresAt: number | undefined;
  maxAge: number | 'session';
  commit(call?: 'save' | 'regenerate'): Promise<void>;
  update<Result>(change: UpdateFunction<Result>): Promise<Result>;
}

/**
 * The session as handlers see it. Data are its own enumerable properties; everything else lives on the prototype
 * or in private fields, so that `{ ...ctx.session }`, `Object.keys` and JSON give the data and nothing but the data.
 */
export class SessionBase {
  readonly #owner: SessionOwner;
  readonly #isNew: boolean;

  /** @throws {TypeError} when `data` has a key that the session uses itself */
  constructor(owner: SessionOwner, data?: object) {
    this.#owner = owner;
    this.#isNew = data === undefined;
    if (data) Object.assign(this, data);
  }

  /** Whether the request brought no session; still true after the session was saved. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** How many keys the data has. */
  get length(): number {
    return Object.keys(dataIn(this)).length;
  }

  /** Whether there is any data. */
  get populated(): boolean {
    return Object.values(this).some((value) => typeof value !== 'function') || overlays.has(this);
  }

  /** The session id, when the session is kept in a store. It is a secret: log its `fingerprint` instead. */
  get externalKey(): string | undefined {
    return this.#owner.externalKey;
  }

  /**
   * Idle timeout of this session alone, in ms or 'session'. Setting it saves the session; nothing, null or 0 means
   * the default of one day.
   * @throws {TypeError} when set to anything else
   */
  get maxAge(): number | 'session' {
    return this.#owner.maxAge;
  }

  set maxAge(value: number | 'session' | null | undefined) {
    this.#owner.maxAge = value as number | 'session';
  }

  /** When the session ends as it is stored now, in ms since 1970; undefined: unsaved, or with the browser alone. */
  get expiresAt(): number | undefined {
    return this.#owner.expiresAt;
  }

  set expiresAt(value: unknown) {
    becomeData(this, 'expiresAt', value);
  }

  /**
   * When the session was created, or last regenerated, ms since 1970; undefined: it is not saved yet, or it is one of
   * koa-session's kind, whose records do not say.
   */
  get createdAt(): number | undefined {
    return this.#owner.createdAt;
  }

  set createdAt(value: unknown) {
    becomeData(this, 'createdAt', value);
  }

  /**
   * Changes the session on the freshest data, atomically: when others have changed them meanwhile, `change` is run again
   * on theirs, until it lands. So it should do nothing else than change them. What this request has changed already
   * is there too. Do not wait for `save()` or `regenerate()` in it: they wait for it. In cookie mode there is nothing to be atomic with: each browser holds its own data.
   *
   * @example
   * const views = await ctx.session.update((data) => (data.views = (data.views ?? 0) + 1));
   *
   * @returns what `change` returns
   * @throws {SessionGoneError} when the session has ended meanwhile, and as `save()` does
   */
  get update(): <Result>(change: UpdateFunction<Result>) => Promise<Result> {
    return (change) => this.#owner.update(change);
  }

  set update(value: unknown) {
    becomeData(this, 'update', value);
  }

  /** Same as `expiresAt`, under the name by which koa-session's users know it. */
  get _expire(): number | undefined {
    return this.#owner.expiresAt;
  }

  /**
   * Saves now, changed or not, empty or not. Whoever streams a response saves before the first byte.
   * @throws {LateWriteError} when a cookie has to be sent and the headers are gone
   * @throws {SessionGoneError} when the session has ended meanwhile
   * @throws whatever the store throws
   */
  save(): Promise<void>;
  save(callback: SessionCallback): void;
  save(callback?: SessionCallback): Promise<void> | void {
    return settle(this.#owner.commit('save'), callback);
  }

  /**
   * Gives the session a new id (store) or a new cookie and destroys the old id: call it whenever somebody logs in
   * or gains rights (ASVS 5.0, 7.2.4). The data stay.
   * @throws {Error} as `save()` does
   */
  regenerate(): Promise<void>;
  regenerate(callback: SessionCallback): void;
  regenerate(callback?: SessionCallback): Promise<void> | void {
    return settle(this.#owner.commit('regenerate'), callback);
  }

  /**
   * What `autoCommit` does at the end of a request, for apps that switch that off.
   * @throws {Error} as `save()` does
   */
  manuallyCommit(): Promise<void> {
    return this.#owner.commit();
  }

  /** The data, as a plain object. Functions are left out. */
  toJSON(): Partial<SessionData> {
    return dataIn(this);
  }

  [inspect.custom](): Partial<SessionData> {
    return dataIn(this);
  }
}

/** For names that koa-session leaves to the app: data of that name take the place of ours. */
function becomeData(session: SessionBase, key: string, value: unknown): void {
  Object.defineProperty(session, key, { value, writable: true, enumerable: true, configurable: true });
}

function settle(done: Promise<void>, callback: SessionCallback | undefined): Promise<void> | void {
  if (!callback) return done;
  done.then(() => callback(), callback);
}

/** What others have changed in a session that a handler has frozen, and so cannot be put on it. */
const overlays = new WeakMap<SessionBase, object>();

/** The data, also of a session on which a handler has put a `toJSON` of its own. */
export function dataIn(session: SessionBase): Partial<SessionData> {
  const data = Object.assign({}, session as object) as Record<string, unknown>;
  for (const key of Object.keys(data)) if (typeof data[key] === 'function') delete data[key];
  return overlays.has(session) ? Object.assign(data, overlays.get(session)) : data;
}

/** Puts on a session what others have made of a key; undefined: they have removed it. */
export function applyChange(session: SessionBase, key: string, value: unknown): void {
  if (value === undefined && Reflect.deleteProperty(session, key)) return;
  const how = Object.hasOwn(session, key) ? {} : { writable: true, enumerable: true, configurable: true };
  if (Reflect.defineProperty(session, key, { ...how, value })) return;
  overlays.set(session, { ...overlays.get(session), [key]: value });
}

/**
 * Names that data cannot have: the members above and those of the wire format. On a plain class an assignment would
 * shadow a method or be lost without a word, and `__proto__` would set the prototype. A function is not data, so it may
 * take the place of a method, as in old recipes for passport.
 */
const reserved = new Set(['maxAge']);
const ofTheFormat = ['__proto__', '_maxAge', '_session', '_created', '_own', '_sid'];
for (const name of [...Object.getOwnPropertyNames(SessionBase.prototype), ...ofTheFormat]) {
  const own = Object.getOwnPropertyDescriptor(SessionBase.prototype, name);
  if (name === 'constructor' || own?.set) continue;
  reserved.add(name);
  const member: unknown = name === '__proto__' ? SessionBase.prototype : own?.value;
  const why = `session: '${name}' cannot be a key of the data, the session itself uses it. Choose another.`;
  Object.defineProperty(SessionBase.prototype, name, {
    configurable: true,
    // oxlint-disable-next-line typescript/unbound-method -- stays a getter of the prototype
    get: own?.get ?? (() => member),
    set: function replace(this: object, given: unknown) {
      if (typeof given !== 'function' || typeof member !== 'function') throw new TypeError(why);
      // Not enumerable, and what is not a function is still refused.
      Object.defineProperty(this, name, { configurable: true, get: () => given, set: replace });
    },
  });
}

/**
 * The app's data in a record. Keys that data cannot have are passed over: a record may come from anywhere.
 * @returns the very record when there are none, since a copy for nothing would cost each request 2 µs
 */
export function dataOf(record: object): object {
  if (!Object.keys(record).some((key) => reserved.has(key))) return record;
  return Object.fromEntries(Object.entries(record).filter(([key]) => !reserved.has(key)));
}

/** What a request follows, and what is stored of its session. */
interface DataOwner {
  readonly options: { key: string; property: string; strictData: boolean };
  readonly seen: { readonly kept?: { data: string } | undefined };
}

/** The data as they are now, in an object of their own, and their JSON. */
export type Snapshot = { data: object; json: string };

/**
 * The data and their JSON, which is what is stored. What a handler has put there and JSON gives back as something else is
 * reported: by a warning, once, or by an error with `strictData`. JSON that is stored already is not looked at again.
 * @throws {TypeError} naming session and key, also for what JSON cannot hold
 */
export function snapshotOf(session: SessionBase, { options, seen: { kept } }: DataOwner): Snapshot {
  let data: object = session;
  let json: string | undefined;
  try {
    data = dataIn(session);
    json = JSON.stringify(data);
    if (json === kept?.data || isExact(data)) return { data, json };
  } catch {
    // What it fails at is found below.
  }
  let path = '';
  const changed: [path: string, value: unknown, back: string][] = [];
  try {
    // A list and no recursion: data may be nested deeper than functions can call each other.
    const holders = new Map([[data, path]]);
    for (const [holder, above] of holders) {
      const isList = Array.isArray(holder);
      for (const key of Object.keys(holder)) {
        path = `${above}.${key}`;
        const value: unknown = Reflect.get(holder, key);
        if (isPlain(value)) {
          if (!holders.has(value)) holders.set(value, path);
          // Throws for one that contains itself.
          else JSON.stringify(value);
        } else if (!isSimple(value) && (isList || value !== undefined)) {
          const back = JSON.stringify(value) ?? (isList ? 'null' : 'undefined');
          const wasRead = kept?.data.includes(isList ? back : `${JSON.stringify(key)}:${back}`);
          if (!wasRead) changed.push([path, value, back]);
        }
      }
    }
    json ??= JSON.stringify(data);
  } catch (cause) {
    const [why = ''] = String(cause).split('\n', 1);
    throw new TypeError(messageOf(options, path, `cannot be saved: ${why}`), { cause });
  }
  for (const one of changed) report(options, ...one);
  return { data, json };
}

/**
 * What `ctx.session` is set to. It is reported if it is not a plain object: of a Map nothing is taken over.
 * @throws {TypeError} with `strictData`
 */
export function plain(value: object, { options }: Pick<DataOwner, 'options'>): object {
  const isTaken = value instanceof SessionBase || (isPlain(value) && !Array.isArray(value));
  if (!isTaken) report(options, '', value, Object.keys(value).length > 0 ? '{…}' : '{}');
  return value;
}

/** Whether JSON surely gives back all of it. To find what it does not, with its path, takes 1 µs more. */
function isExact(value: unknown, depth = 0): boolean {
  if (isSimple(value)) return true;
  if (depth > 20 || !isPlain(value)) return false;
  for (const one of Object.values(value)) if (!isExact(one, depth + 1)) return false;
  return true;
}

function isSimple(value: unknown): boolean {
  return typeof value === 'string' || value === null || typeof value === 'boolean' || Number.isFinite(value);
}

/** An object or array, of whatever realm, that JSON gives back as such, if not its items. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || !value || typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return false;
  const isList = Array.isArray(value);
  // With gaps, or with names among its keys.
  if (isList && Object.keys(value).length !== value.length) return false;
  const prototype: unknown = Object.getPrototypeOf(isList ? Object.getPrototypeOf(value) : value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What was warned of. No more than 1000: keys of data may be made of what visitors send. */
const warned = new Set<string>();

/**
 * @param back the JSON of `value`; its contents may be secret and are not shown
 * @throws {TypeError} with `strictData`
 */
function report(options: DataOwner['options'], path: string, value: unknown, back: string): void {
  const name = Object(value) === value ? (value as object).constructor?.name : String(value);
  const kind = back.replace(/^(["[{]).+(.)$/s, '$1…$2').replace(/^-?\d.*/, 'a number');
  const change = `${name} comes back as ${kind}`;
  if (options.strictData) throw new TypeError(messageOf(options, path, `cannot be saved: ${change}`));
  const text = messageOf(options, path, `will change: ${change}`);
  const place = text.replaceAll(/\.\d+/g, '');
  if (warned.has(place) || warned.size >= 1000) return;
  warned.add(place);
  process.emitWarning(text);
}

function messageOf({ key, property }: DataOwner['options'], path: string, what: string): string {
  const name = `session '${key}': ctx.${property}${path.slice(0, 100)}`;
  return `${name} ${what}. Keep text, finite numbers, booleans, null, and plain objects and arrays of them.`;
}

/** The session ended, or went on under another id, while this request was under way: nothing was stored. */
export class SessionGoneError extends Error {
  readonly code = 'ERR_SESSION_GONE';
  /** 409 Conflict, unless the handler catches it: nothing is wrong with the request but its moment. */
  readonly status = 409;
  readonly expose = true;

  constructor() {
    super('The session has ended or changed in the meantime. Reload the page and try again.');
    this.name = 'SessionGoneError';
  }
}
