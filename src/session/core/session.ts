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
  commit(asked?: 'save' | 'regenerate'): Promise<void>;
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
    return Object.keys(this.toJSON()).length;
  }

  /** Whether there is any data. */
  get populated(): boolean {
    const data = this as Record<string, unknown>;
    for (const key in data) {
      if (Object.hasOwn(data, key) && typeof data[key] !== 'function') return true;
    }
    return false;
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
    const data = Object.assign({}, this) as Record<string, unknown>;
    for (const key in data) {
      if (Object.hasOwn(data, key) && typeof data[key] === 'function') delete data[key];
    }
    return data;
  }

  [inspect.custom](): Partial<SessionData> {
    return this.toJSON();
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

/**
 * Names that data cannot have: the members above and those of the wire format. On a plain class an assignment would
 * shadow a method or be lost without a word, and `__proto__` would set the prototype.
 */
const reserved = new Set(['__proto__', '_maxAge', '_session', '_created', '_own', '_sid']);
for (const name of Object.getOwnPropertyNames(SessionBase.prototype)) {
  const member = Object.getOwnPropertyDescriptor(SessionBase.prototype, name);
  if (name !== 'constructor' && !member?.set) reserved.add(name);
}

for (const name of reserved) {
  const member = Object.getOwnPropertyDescriptor(SessionBase.prototype, name);
  // oxlint-disable-next-line typescript/unbound-method -- stays a getter of the prototype
  const get = member?.get ?? (() => (member ? member.value : undefined));
  Object.defineProperty(SessionBase.prototype, name, {
    configurable: true,
    get: name === '__proto__' ? () => SessionBase.prototype : get,
    set() {
      throw new TypeError(
        `session: '${name}' cannot be a key of the data, the session itself uses it. Choose another name.`,
      );
    },
  });
}

/**
 * The app's data in a record. Keys that data cannot have are passed over: a record may come from anywhere.
 * @returns the very record when there are none, since a copy for nothing would cost each request half a µs
 */
export function dataOf(record: object): object {
  if (!Object.keys(record).some(isReserved)) return record;
  const data: Record<string, unknown> = {};
  for (const key of Object.keys(record)) {
    if (!isReserved(key)) data[key] = Reflect.get(record, key);
  }
  return data;
}

function isReserved(key: string): boolean {
  return reserved.has(key) || key === 'maxAge';
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
