import type { SessionRecord, SessionStore } from '../index.ts';

export interface StoreCall {
  method: 'get' | 'set' | 'destroy';
  id: string;
  maxAge?: unknown;
  record?: SessionRecord;
  changed?: boolean;
  rolling?: boolean;
  /** Whether the id was in the store when the call came. */
  known: boolean;
  /** What was under the id when the call came. */
  former?: SessionRecord | undefined;
}

/** A store of koa-session's kind, on the fake clock, that records its calls. */
export class RecordingStore implements SessionStore {
  readonly records = new Map<string, { json: string; until: number }>();
  calls: StoreCall[] = [];
  readonly #isAsync: boolean;

  constructor(isAsync: boolean) {
    this.#isAsync = isAsync;
  }

  get(id: string, maxAge: unknown, { rolling }: { rolling: boolean }): unknown {
    this.calls.push({ method: 'get', id, maxAge, rolling, known: this.records.has(id) });
    const found = this.records.get(id);
    return this.#answer(found && found.until > Date.now() ? JSON.parse(found.json) : undefined);
  }

  set(
    id: string,
    record: SessionRecord,
    ttl: unknown,
    { changed, rolling }: { changed: boolean; rolling: boolean },
  ): unknown {
    const former = this.records.get(id);
    this.calls.push({
      method: 'set',
      id,
      // As a store keeps it: JSON drops what an array holds beside its items.
      record: JSON.parse(JSON.stringify(record)) as SessionRecord,
      maxAge: ttl,
      changed,
      rolling,
      known: former !== undefined,
      former: former && (JSON.parse(former.json) as SessionRecord),
    });
    const until = typeof ttl === 'number' ? Date.now() + ttl : Infinity;
    this.records.set(id, { json: JSON.stringify(record), until });
    return this.#answer(undefined);
  }

  destroy(id: string): unknown {
    this.calls.push({ method: 'destroy', id, known: this.records.has(id) });
    this.records.delete(id);
    return this.#answer(undefined);
  }

  #answer(value: unknown): unknown {
    return this.#isAsync ? Promise.resolve(value) : value;
  }
}
