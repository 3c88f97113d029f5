import type { SessionRecord, SessionStore } from '../index.ts';

/** A store of koa-session's kind whose reads come from a replica, which knows no later write until it catches up. */
export class ReplicatedStore implements SessionStore {
  readonly primary = new Map<string, string>();
  #replica = new Map<string, string>();

  catchUp(): void {
    this.#replica = new Map(this.primary);
  }

  async get(id: string): Promise<unknown> {
    return JSON.parse(this.#replica.get(id) ?? 'null');
  }

  async set(id: string, record: SessionRecord): Promise<void> {
    this.primary.set(id, JSON.stringify(record));
  }

  async destroy(id: string): Promise<void> {
    this.primary.delete(id);
  }

  /** The data of all sessions on the primary, without their ends. */
  get data(): object[] {
    return Array.from(this.primary.values(), (text) => {
      const { _expire, _maxAge, _session, ...data } = JSON.parse(text) as SessionRecord;
      return data;
    });
  }
}

/** Returns keys as Postgres' jsonb does, shorter ones first, at all depths. */
export class ReorderingStore implements SessionStore {
  readonly texts = new Map<string, string>();

  get(id: string): unknown {
    return reordered(JSON.parse(this.texts.get(id) ?? 'null'));
  }

  set(id: string, record: SessionRecord): void {
    this.texts.set(id, JSON.stringify(record));
  }

  destroy(id: string): void {
    this.texts.delete(id);
  }
}

function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(
    ([one], [other]) => one.length - other.length || (one < other ? -1 : 1),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, reordered(inner)]));
}

/**
 * Like the result of a query builder: it has only `then`, and runs each time that `then` is called.
 */
export function query<Result>(work: () => Result): PromiseLike<Result> {
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- tests need a thenable
    then(resolve, reject) {
      void new Promise<Result>((done) => done(work())).then(resolve, reject);
      return undefined as never;
    },
  };
}
