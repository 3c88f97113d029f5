import type { StoreCall } from '../recording-store.ts';
import { FOREIGN, type Observation } from './side.ts';

/** Names the random session ids of one side by their order of appearance. */
export class IdNames {
  readonly #names = new Map<string, string>();

  of(id: unknown): unknown {
    if (typeof id !== 'string' || id === '') return id;
    // Both sides know this id, and ours may read it when koa-session does not.
    if (id === FOREIGN) return 'the foreign id';
    let name = this.#names.get(id);
    if (!name) this.#names.set(id, (name = `id ${this.#names.size + 1}`));
    return name;
  }
}

export type Comparable = ReturnType<typeof comparable>;

/**
 * An observation without what may differ by chance.
 * @param isOurs of our library, which never passes the store the text 'session', as koa-session does
 */
export function comparable(seen: Observation, ids: IdNames, cookieIsId: boolean, isOurs: boolean) {
  const body = Array.isArray(seen.body)
    ? seen.body.map((part: unknown) => (isId(part) ? { id: ids.of(part.id) } : part))
    : seen.body;
  const asked = seen.calls.filter(({ id, method }) => id !== FOREIGN || method !== 'get');
  const calls = destroyedFirst(withoutRepetition(asked)).map(
    ({ known: _k, former: _f, changed: _c, ...call }) => ({
      ...call,
      maxAge: isOurs ? call.maxAge : timeOf(call.maxAge),
      id: ids.of(call.id),
    }),
  );
  const setCookie = seen.setCookie.map(({ attributes: { 'max-age': _, ...attributes }, ...cookie }) => ({
    ...cookie,
    // Ours sends Max-Age too, for clients whose clock is wrong.
    attributes,
    value: cookieIsId && !cookie.name.endsWith('.sig') ? ids.of(cookie.value) : cookie.value,
  }));
  const events = seen.events.map((event) => ({ ...event, key: ids.of(event.key) }));
  return { status: seen.status, body, calls, setCookie, externalKey: ids.of(seen.externalKey), events };
}

/** Ours writes a regenerated session before it destroys the old one: a store that fails in between loses neither. */
function destroyedFirst(calls: StoreCall[]): StoreCall[] {
  const order = { get: 0, destroy: 1, set: 2 };
  return calls.toSorted((one, other) => order[one.method] - order[other.method]);
}

/**
 * Where koa-session passes the store the text 'session', ours passes undefined on purpose: koa-redis hands that text to
 * Redis, which refuses it.
 */
function timeOf(maxAge: unknown): unknown {
  return maxAge === 'session' ? undefined : maxAge;
}

function isId(part: unknown): part is { id: unknown } {
  return typeof part === 'object' && part !== null && 'id' in part;
}

/**
 * koa-session tells the store `changed: false` for every forced save, even of changed data; that flag is not compared.
 * It destroys ids that were never stored, and saves twice what was saved by hand before (18). Ours must do neither,
 * which the test checks separately; here these calls are dropped, so that the rest can be compared.
 */
function withoutRepetition(calls: StoreCall[]): StoreCall[] {
  return withoutSecondLooks(calls).filter((call, at, looked) => {
    if (call.method === 'destroy') return call.known;
    const before = looked[at - 1];
    const repeats = call.method === 'set' && before?.method === 'set' && before.id === call.id;
    return !(repeats && JSON.stringify(before.record) === JSON.stringify(call.record));
  });
}

/** Ours reads a record again before it replaces or ends it, so that no change of another request is lost (1, 2). */
function withoutSecondLooks(calls: StoreCall[]): StoreCall[] {
  const looks = calls.filter(({ method }) => method === 'get');
  return calls.filter((call) => call.method !== 'get' || looks.find(({ id }) => id === call.id) === call);
}
