import { cutRecordJson, lifeOf, type SessionRecord, toRecord } from './record.ts';
import type { Life } from './life.ts';
import { dataOf } from './session.ts';
import type { StoredSession, Version } from './store.ts';

/** What a {@link KeptSession} is made of; what is not given is made when it is needed. */
interface Source {
  record?: SessionRecord | undefined;
  /** JSON of the data. */
  json?: string;
  /** The id stood in a record beside the data. */
  isCut?: boolean;
  version?: Version;
}

/** A session as it is stored now: what a commit compares with and builds on, and what it has to remove. */
export class KeptSession {
  /** Undefined for a cookie that carries none. */
  readonly id: string | undefined;
  readonly life: Life;
  #record: SessionRecord | undefined;
  /** What `json` says, when somebody has looked at it. */
  #parsed: object | undefined;
  readonly #isCut: boolean;
  #json: string | undefined;
  readonly #version: Version | undefined;

  private constructor(id: string | undefined, life: Life, { record, json, isCut = false, version }: Source) {
    this.id = id;
    this.life = life;
    this.#record = record;
    this.#isCut = isCut;
    this.#json = json;
    this.#version = version;
  }

  /** From a cookie, or from a store of koa-session's kind. `id` is the store's; a cookie's is in its record. */
  static ofRecord(id: string | undefined, record: SessionRecord): KeptSession {
    const own = typeof record._sid === 'string' ? record._sid : undefined;
    return new KeptSession(id ?? own, lifeOf(record), { record });
  }

  /** From a cookie as it is written here; undefined: it was written otherwise, and its record has to be looked at. */
  static ofRecordJson(text: string): KeptSession | undefined {
    const cut = cutRecordJson(text);
    return cut && new KeptSession(cut.id, cut.life, { json: cut.data, isCut: true });
  }

  /** From a store, or as it was just written. */
  static ofStored(
    id: string | undefined,
    { data, life }: Pick<StoredSession, 'data' | 'life'>,
    version: Version,
  ): KeptSession {
    return new KeptSession(id, life, { json: data, version });
  }

  /** Of a session that is known by its data alone, the data are its version. */
  get version(): Version {
    return this.#version ?? this.json;
  }

  /**
   * The data for handlers to change, once; from then on only their JSON is kept.
   * @throws {SyntaxError} when they are no JSON
   * @throws {RangeError} when they are nested deeper than JSON can be written: nothing that was ever saved here
   */
  unpack(): object {
    const record = this.#record ?? this.#parsed ?? (JSON.parse(this.#json ?? '') as object);
    const data = dataOf(record);
    // What would be written if nobody changed it.
    if (this.#json === undefined || data !== record) this.#json = JSON.stringify(data);
    this.#record = undefined;
    this.#parsed = undefined;
    return data;
  }

  /** JSON of the data. Compared in full: a checksum misses changes, and here that loses somebody's data. */
  get json(): string {
    return (this.#json ??= JSON.stringify(dataOf(this.#record ?? {})));
  }

  /** The data, as a copy of its own. */
  get data(): Record<string, unknown> {
    return (objectIn(this.json) ?? {}) as Record<string, unknown>;
  }

  /** The data, for who only looks at them. */
  peek(): object {
    return dataOf(this.#record ?? (this.#parsed ??= objectIn(this.json)) ?? {});
  }

  /** As the option `valid` and the listeners of events get it. */
  get record(): SessionRecord {
    return this.#record ?? toRecord(this.data, this.life, this.#isCut ? this.id : undefined);
  }
}

/** Undefined for what is no JSON; of that, `unpack` says what is to be said. */
function objectIn(json: string): object | undefined {
  try {
    return JSON.parse(json) as object;
  } catch {
    return undefined;
  }
}
