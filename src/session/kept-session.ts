import { lifeOf, type SessionRecord, toRecord } from './record.ts';
import type { Life } from './life.ts';
import { dataOf } from './session.ts';
import type { StoredSession, Version } from './stores/store.ts';

/** A session as it is stored now: what a commit compares with and builds on, and what it has to remove. */
export class KeptSession {
  /** Undefined for a cookie that carries none. */
  readonly id: string | undefined;
  readonly life: Life;
  #record: SessionRecord | undefined;
  #json: string | undefined;
  readonly #version: Version | undefined;

  private constructor(id: string | undefined, source: { record: SessionRecord } | StoredSession) {
    this.id = id;
    if ('record' in source) {
      this.life = lifeOf(source.record);
      this.#record = source.record;
    } else {
      this.life = source.life;
      this.#json = source.data;
      this.#version = source.version;
    }
  }

  /** From a cookie, or from a store of koa-session's kind. `id` is the store's; a cookie's is in its record. */
  static ofRecord(id: string | undefined, record: SessionRecord): KeptSession {
    return new KeptSession(id ?? (typeof record._sid === 'string' ? record._sid : undefined), { record });
  }

  /** From a store, or as it was just written. */
  static ofStored(id: string | undefined, stored: StoredSession): KeptSession {
    return new KeptSession(id, stored);
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
    const data = dataOf(this.#record ?? (JSON.parse(this.#json ?? '') as object));
    this.#json ??= JSON.stringify(data);
    this.#record = undefined;
    return data;
  }

  /** JSON of the data. Compared in full: a checksum misses changes, and here that loses somebody's data. */
  get json(): string {
    return (this.#json ??= JSON.stringify(dataOf(this.#record ?? {})));
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

  /** As the option `valid` and the listeners of events get it. */
  get record(): SessionRecord {
    return this.#record ?? toRecord(this.data, this.life);
  }
}
