import { dataJsonIn, lifeOf, type SessionRecord, toRecord } from './record.ts';
import type { Life } from './life.ts';
import { dataOf } from './session.ts';
import type { StoredSession, Version } from './stores/store.ts';

/** Twice what fits into a cookie, in characters. */
const LONGEST_TEXT = 8192;

/** What a {@link KeptSession} is made of; what is not given is made when it is needed. */
interface Source {
  record?: SessionRecord | undefined;
  /** JSON of the record. */
  text?: string | undefined;
  /** JSON of the data. */
  json?: string;
  version?: Version;
}

/** A session as it is stored now: what a commit compares with and builds on, and what it has to remove. */
export class KeptSession {
  /** Undefined for a cookie that carries none. */
  readonly id: string | undefined;
  readonly life: Life;
  #record: SessionRecord | undefined;
  readonly #text: string | undefined;
  #json: string | undefined;
  readonly #version: Version | undefined;

  private constructor(id: string | undefined, life: Life, { record, text, json, version }: Source) {
    this.id = id;
    this.life = life;
    this.#record = record;
    this.#text = text;
    this.#json = json;
    this.#version = version;
  }

  /**
   * From a cookie, or from a store of koa-session's kind. `id` is the store's; a cookie's is in its record.
   * @param text JSON of the record, when it is known; it saves writing the data once more
   */
  static ofRecord(id: string | undefined, record: SessionRecord, text?: string): KeptSession {
    const own = typeof record._sid === 'string' ? record._sid : undefined;
    // What is so long may be nested deeper than JSON can be written, and `unpack` has to find that out.
    const known = text !== undefined && text.length <= LONGEST_TEXT ? text : undefined;
    return new KeptSession(id ?? own, lifeOf(record), { record, text: known });
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
    const record = this.#record ?? (JSON.parse(this.#json ?? '') as SessionRecord);
    const data = dataOf(record);
    this.#json ??= this.#jsonOf(record, data);
    this.#record = undefined;
    return data;
  }

  /** JSON of the data. Compared in full: a checksum misses changes, and here that loses somebody's data. */
  get json(): string {
    const record = this.#record ?? {};
    return (this.#json ??= this.#jsonOf(record, dataOf(record)));
  }

  /** The data, as a copy of its own. */
  get data(): Record<string, unknown> {
    try {
      return JSON.parse(this.json) as Record<string, unknown>;
    } catch {
      // `unpack` has said what is to be said of what is no JSON.
      return {};
    }
  }

  /** The data, for who only looks at them. */
  peek(): object {
    return this.#record ? dataOf(this.#record) : this.data;
  }

  /** As the option `valid` and the listeners of events get it. */
  get record(): SessionRecord {
    return this.#record ?? toRecord(this.data, this.life);
  }

  #jsonOf(record: SessionRecord, data: object): string {
    const json = this.#text === undefined ? undefined : dataJsonIn(this.#text, record, data);
    return json ?? JSON.stringify(data);
  }
}
