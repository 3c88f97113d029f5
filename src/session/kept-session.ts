import type { SessionRecord } from './record.ts';
import { dataOf } from './session.ts';

/** A session as it is stored now: what a commit compares with, and what it has to remove. */
export class KeptSession {
  /** undefined in cookie mode. */
  readonly id: string | undefined;
  #record: SessionRecord | undefined;
  #json: string | undefined;

  /** As it was loaded, or, with `json`, as it was just written. */
  constructor(id: string | undefined, source: { record: SessionRecord } | { json: string }) {
    this.id = id;
    if ('record' in source) this.#record = source.record;
    else this.#json = source.json;
  }

  /**
   * The data for handlers to change, once; from then on only their JSON is kept.
   * @throws {RangeError} when they are nested deeper than JSON can be written: nothing that was ever saved here
   */
  unpack(): object {
    const data = dataOf(this.#record ?? {});
    this.#json = JSON.stringify(data);
    this.#record = undefined;
    return data;
  }

  /** JSON of the data. Compared in full: a checksum misses changes, and here that loses somebody's data. */
  get json(): string {
    return (this.#json ??= JSON.stringify(dataOf(this.#record ?? {})));
  }
}
