import { inspect } from 'node:util';

/**
 * The data of the app's sessions. The app declares them by augmenting this interface:
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

/** The function for {@link SessionBase.update}: it changes `data`, and may return a value. */
export type UpdateFunction<Result> = (data: Partial<SessionData>) => Result | Promise<Result>;

/** What a session needs of its request. */
export interface SessionOwner {
  readonly externalKey: string | undefined;
  readonly createdAt: number | undefined;
  readonly expiresAt: number | undefined;
  maxAge: number | 'session';
  commit(call?: 'save' | 'regenerate'): Promise<void>;
  update<Result>(change: UpdateFunction<Result>): Promise<Result>;
}

/**
 * The session as handlers see it. The data are its own enumerable properties; everything else is on the prototype or in
 * private fields, so `{ ...ctx.session }`, `Object.keys` and JSON give only the data.
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

  /** True if the request brought no session, also after this one was saved. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** How many keys the data have. */
  get length(): number {
    return Object.keys(dataIn(this)).length;
  }

  /** Whether there is any data. */
  get populated(): boolean {
    return Object.values(this).some((value) => typeof value !== 'function') || overlays.has(this);
  }

  /** The session id, if sessions are in a store. It is a secret: log its `fingerprint` instead. */
  get externalKey(): string | undefined {
    return this.#owner.externalKey;
  }

  /**
   * Idle timeout of this session alone, in ms or 'session'. Setting it saves the session; undefined, null or 0 means
   * the default of one day.
   * @throws {TypeError} when set to any other value
   */
  get maxAge(): number | 'session' {
    return this.#owner.maxAge;
  }

  set maxAge(value: number | 'session' | null | undefined) {
    this.#owner.maxAge = value as number | 'session';
  }

  /** When the stored session ends, ms since 1970; undefined: it is not saved, or ends when the browser closes. */
  get expiresAt(): number | undefined {
    return this.#owner.expiresAt;
  }

  set expiresAt(value: unknown) {
    becomeData(this, 'expiresAt', value);
  }

  /**
   * When the session was created or last regenerated, ms since 1970; undefined: it is not saved, or its record is in
   * koa-session's format, which has no such date.
   */
  get createdAt(): number | undefined {
    return this.#owner.createdAt;
  }

  set createdAt(value: unknown) {
    becomeData(this, 'createdAt', value);
  }

  /**
   * Runs `change` on the freshest data, with this request's own changes, and saves them at once, atomically. If another
   * request wrote first, `change` runs again on its data, so it should have no other effects. Do not await `save()` or
   * `regenerate()` inside `change`: that deadlocks. In cookie mode there are no conflicts: of parallel responses the
   * last wins.
   *
   * @example
   * const views = await ctx.session.update((data) => (data.views = (data.views ?? 0) + 1));
   *
   * @returns what `change` returns
   * @throws {SessionGoneError} when the session has ended meanwhile, and other errors as `save()` does
   */
  get update(): <Result>(change: UpdateFunction<Result>) => Promise<Result> {
    return (change) => this.#owner.update(change);
  }

  set update(value: unknown) {
    becomeData(this, 'update', value);
  }

  /** Same as `expiresAt`, under its name in koa-session. */
  get _expire(): number | undefined {
    return this.#owner.expiresAt;
  }

  /**
   * Saves now, changed or not, empty or not. Await it before the first byte of a streamed response.
   * @throws {LateWriteError} when a cookie must be sent and the headers were sent already
   * @throws {SessionGoneError} when the session has ended meanwhile
   * @throws the error of a store that fails
   */
  save(): Promise<void>;
  save(callback: SessionCallback): void;
  save(callback?: SessionCallback): Promise<void> | void {
    return settle(this.#owner.commit('save'), callback);
  }

  /**
   * Gives the session a new id, or in cookie mode a new cookie, and ends the old id. The data stay. Call it whenever
   * somebody logs in or gains rights (ASVS 5.0, 7.2.4).
   * @throws {Error} as `save()` does
   */
  regenerate(): Promise<void>;
  regenerate(callback: SessionCallback): void;
  regenerate(callback?: SessionCallback): Promise<void> | void {
    return settle(this.#owner.commit('regenerate'), callback);
  }

  /**
   * Does what `autoCommit` does at the end of a request, for apps that switch it off.
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

/** Lets data replace a member that koa-session does not have: its apps may use the name. */
function becomeData(session: SessionBase, key: string, value: unknown): void {
  Object.defineProperty(session, key, { value, writable: true, enumerable: true, configurable: true });
}

function settle(done: Promise<void>, callback: SessionCallback | undefined): Promise<void> | void {
  if (!callback) return done;
  done.then(() => callback(), callback);
}

/** Changes of other requests that cannot be set on a session because a handler has frozen it. */
const overlays = new WeakMap<SessionBase, object>();

/** The data. A handler may have replaced `toJSON()`, so this does not call it. */
export function dataIn(session: SessionBase): Partial<SessionData> {
  const data = Object.assign({}, session as object) as Record<string, unknown>;
  for (const key of Object.keys(data)) if (typeof data[key] === 'function') delete data[key];
  return overlays.has(session) ? Object.assign(data, overlays.get(session)) : data;
}

/** Sets a key to the value that another request has given it; undefined: that request has removed it. */
export function applyChange(session: SessionBase, key: string, value: unknown): void {
  if (value === undefined && Reflect.deleteProperty(session, key)) return;
  const how = Object.hasOwn(session, key) ? {} : { writable: true, enumerable: true, configurable: true };
  if (Reflect.defineProperty(session, key, { ...how, value })) return;
  overlays.set(session, { ...overlays.get(session), [key]: value });
}

/**
 * Keys that data cannot have: the members above and the names of the wire format. Without the setters below, assigning
 * such a key would shadow a method or be lost silently, and `__proto__` would set the prototype. A function is not
 * data, so it may replace a method, as old recipes for passport do.
 */
const reserved = new Set(['maxAge']);
const ofTheFormat = ['__proto__', '_maxAge', '_session', '_created', '_own', '_sid'];
for (const name of [...Object.getOwnPropertyNames(SessionBase.prototype), ...ofTheFormat]) {
  const own = Object.getOwnPropertyDescriptor(SessionBase.prototype, name);
  if (name === 'constructor' || own?.set) continue;
  reserved.add(name);
  const member: unknown = name === '__proto__' ? SessionBase.prototype : own?.value;
  const why = `session: '${name}' cannot be a key of the data: the session itself uses that name. Choose another.`;
  Object.defineProperty(SessionBase.prototype, name, {
    configurable: true,
    // oxlint-disable-next-line typescript/unbound-method -- stays a getter of the prototype
    get: own?.get ?? (() => member),
    set: function replace(this: object, given: unknown) {
      if (typeof given !== 'function' || typeof member !== 'function') throw new TypeError(why);
      // Not enumerable, so it is no data; any other value is still refused.
      Object.defineProperty(this, name, { configurable: true, get: () => given, set: replace });
    },
  });
}

/**
 * The app's data in a record. Keys that data cannot have are ignored: a record may come from anywhere.
 * @returns the record itself if it has no such key, since a copy would cost each request 2 µs
 */
export function dataOf(record: object): object {
  if (!Object.keys(record).some((key) => reserved.has(key))) return record;
  return Object.fromEntries(Object.entries(record).filter(([key]) => !reserved.has(key)));
}

/** The options of a request, and its stored session. */
interface DataOwner {
  readonly options: { key: string; property: string; strictData: boolean };
  readonly seen: { readonly kept?: { data: string } | undefined };
}

/** A copy of the data, and their JSON. */
export type Snapshot = { data: object; json: string };

/**
 * The data and their JSON, which is stored. Values that JSON changes, such as a Date, cause a warning, once, or with
 * `strictData` an error. JSON that is stored already is not checked again.
 * @throws {TypeError} naming session and key, also for values that JSON cannot hold, such as a BigInt
 */
export function snapshotOf(session: SessionBase, { options, seen: { kept } }: DataOwner): Snapshot {
  let data: object = session;
  let json: string | undefined;
  try {
    data = dataIn(session);
    json = JSON.stringify(data);
    if (json === kept?.data || isExact(data)) return { data, json };
  } catch {
    // The key that caused it is found below.
  }
  let path = '';
  const changed: [path: string, value: unknown, back: string][] = [];
  try {
    // A loop and not recursion: data may be nested deeper than the call stack.
    const holders = new Map([[data, path]]);
    for (const [holder, above] of holders) {
      const isList = Array.isArray(holder);
      for (const key of Object.keys(holder)) {
        path = `${above}.${key}`;
        const value: unknown = Reflect.get(holder, key);
        if (isPlain(value)) {
          if (!holders.has(value)) holders.set(value, path);
          // Throws for an object that contains itself.
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
 * Returns the object that `ctx.session` is set to. Warns if it is not a plain object: a Map, for example, has no keys.
 * @throws {TypeError} instead, with `strictData`
 */
export function plain(value: object, { options }: Pick<DataOwner, 'options'>): object {
  const isAccepted = value instanceof SessionBase || (isPlain(value) && !Array.isArray(value));
  if (!isAccepted) report(options, '', value, Object.keys(value).length > 0 ? '{…}' : '{}');
  return value;
}

/**
 * Whether JSON certainly keeps the value as it is. This is the quick check: finding the path of a value that changes
 * takes 1 µs more.
 */
function isExact(value: unknown, depth = 0): boolean {
  if (isSimple(value)) return true;
  if (depth > 20 || !isPlain(value)) return false;
  for (const one of Object.values(value)) if (!isExact(one, depth + 1)) return false;
  return true;
}

function isSimple(value: unknown): boolean {
  return typeof value === 'string' || value === null || typeof value === 'boolean' || Number.isFinite(value);
}

/** An object or array, of any realm, that JSON keeps as one; its items are not checked. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || !value || typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return false;
  const isList = Array.isArray(value);
  // An array with gaps, or with keys that are no index.
  if (isList && Object.keys(value).length !== value.length) return false;
  const prototype: unknown = Object.getPrototypeOf(isList ? Object.getPrototypeOf(value) : value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The places that a warning has named. At most 1000, since visitors may choose keys of data. */
const warned = new Set<string>();

/**
 * Warns that JSON changes a value.
 * @param back the JSON of `value`: it may be secret, so the message does not show it
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

/** The session ended or got another id during this request, so its changes were not stored. */
export class SessionGoneError extends Error {
  readonly code = 'ERR_SESSION_GONE';
  /** 409 Conflict, unless a handler catches the error: the same request may succeed later. */
  readonly status = 409;
  readonly expose = true;

  constructor() {
    super('Your session has ended or was renewed, so it was not changed. Reload the page and try again.');
    this.name = 'SessionGoneError';
  }
}
