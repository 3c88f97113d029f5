/** A store of koa-session's kind, as one across a network is: it keeps text, and no longer than it is told to. */
export class TextStore {
  readonly #kept = new Map<string, { text: string; endsAt: number }>();

  get(id: string): unknown {
    const kept = this.#kept.get(id);
    if (kept === undefined || kept.endsAt <= Date.now()) return undefined;
    return JSON.parse(kept.text) as unknown;
  }

  /** @param ttl ms */
  set(id: string, record: unknown, ttl?: unknown): void {
    const endsAt = typeof ttl === 'number' ? Date.now() + ttl : Infinity;
    this.#kept.set(id, { text: JSON.stringify(record), endsAt });
  }

  destroy(id: string): void {
    this.#kept.delete(id);
  }

  contents(): string {
    return JSON.stringify([...this.#kept]);
  }
}
