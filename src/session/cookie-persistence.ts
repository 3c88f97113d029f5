import type { Context } from 'koa';
import { jsonDecoders, jsonEncoders } from './cookie/codec.ts';
import { SessionCookie } from './cookie/session-cookie.ts';
import { StoreUnavailableError } from './errors.ts';
import { emitSessionEvent } from './events.ts';
import { KeptSession } from './kept-session.ts';
import type { Life } from './life.ts';
import { after, recovering } from './maybe-promise.ts';
import { MemoryRevocations } from './revocations/memory-revocations.ts';
import type { Draft, Persistence, Presented } from './persistence.ts';
import { isRecord, toRecord, toRecordJson } from './record.ts';
import { type RequestOptions, userIn } from './resolve-options.ts';
import type { RevocableSession } from './revocations.ts';
import type { MaybePromise, Outcome, Version } from './store.ts';

const DONE: Outcome = { kind: 'done', version: 0 };
const GONE: Outcome = { kind: 'gone' };

/**
 * All of the session in the cookie. The server keeps nothing but, with the option `revocations`, what has ended before
 * its time. Of two requests at once the last answer wins: each browser holds but one cookie.
 */
export class CookiePersistence implements Persistence {
  readonly cookie: SessionCookie;
  readonly place = 'cookie';
  readonly #ctx: Context;
  readonly #request: RequestOptions;
  /** The cookie's text, when it was made before it is to be sent. */
  #packed: { draft: Draft; text: string } | undefined;
  /** Of which session it was asked last whether it has ended. */
  #asked: { kept: KeptSession; session: RevocableSession | undefined } | undefined;

  constructor(ctx: Context, request: RequestOptions) {
    this.cookie = new SessionCookie(ctx, request);
    this.#ctx = ctx;
    this.#request = request;
  }

  load(): MaybePromise<Presented | undefined> {
    const found = this.#decode();
    if (!found || !('kept' in found)) return found;
    const { kept } = found;
    return after(this.#isRevoked(kept), (isRevoked) =>
      isRevoked ? { event: 'missed', id: kept.id, value: kept.record } : { kept },
    );
  }

  requireDelivery(lateUse?: Error): void {
    this.cookie.requireSendable(lateUse);
  }

  /** There is none. */
  requireStore(): void {}

  /** What begins in the very millisecond in which the user's other sessions were ended begins one later. */
  create(draft: Draft): MaybePromise<Version> {
    const { id, life, userId } = draft;
    const isTooEarly = userId !== undefined && this.#isEnded(revocable(id, life, userId));
    return after(isTooEarly, (isRevoked) => {
      if (isRevoked && draft.life.createdAt !== undefined) draft.life.createdAt += 1;
      // What cannot be sent is refused before anything else is ended for it.
      if (this.#request.options.revocations) this.#packed = { draft, text: this.#pack(draft) };
      return 0;
    });
  }

  /** Nothing is written yet: `deliver` does. A request under way while its session is ended must not bring it back. */
  update(former: KeptSession): MaybePromise<Outcome> {
    return after(this.#isRevoked(former), (isRevoked) => (isRevoked ? GONE : DONE));
  }

  touch(former: KeptSession): MaybePromise<Outcome> {
    return this.update(former);
  }

  deliver(draft: Draft): void {
    const text = this.#packed?.draft === draft ? this.#packed.text : this.#pack(draft);
    this.cookie.write(text, draft.endsAt);
  }

  standing(former: KeptSession): MaybePromise<'there' | 'gone'> {
    return after(this.#isRevoked(former), (isRevoked) => (isRevoked ? 'gone' : 'there'));
  }

  /** No two requests ever meet. */
  inTurn<Result>(_id: string | undefined, work: () => MaybePromise<Result>): MaybePromise<Result> {
    return work();
  }

  #pack({ id, data, life }: Draft): string {
    const { encode } = this.#request.options;
    const encodeJson = jsonEncoders.get(encode);
    const encoded = encodeJson
      ? encodeJson(toRecordJson(data, life, id))
      : encode(toRecord(JSON.parse(data) as object, life, id));
    const text = this.cookie.seal(encoded);
    this.cookie.requireFits(text, () => JSON.parse(data) as object, id);
    return text;
  }

  destroy(former: KeptSession, how: { version?: Version } = {}): MaybePromise<Outcome> {
    const isStill = how.version === undefined ? DONE : this.update(former);
    return after(isStill, (outcome) => (outcome.kind === 'done' ? this.#revoke(former) : outcome));
  }

  #revoke(former: KeptSession): MaybePromise<Outcome> {
    const { revocations, absoluteMaxAge } = this.#request.options;
    const session = this.#revocable(former);
    if (!revocations || !session) return DONE;
    // Whatever ends its copies have: after its absolute end none of them is good, and without one each may be.
    const until = session.createdAt + (absoluteMaxAge ?? Infinity);
    return after(
      recovering(
        () => revocations.revoke(session, until),
        (error) => {
          emitSessionEvent('store-error', this.#ctx, session.id, error);
          throw new StoreUnavailableError('ending', error);
        },
      ),
      () => DONE,
    );
  }

  #decode(): Presented | undefined {
    const text = this.cookie.read();
    if (text === undefined) return undefined;
    try {
      const { decode } = this.#request.options;
      const json = jsonDecoders.get(decode)?.(text);
      const kept = json === undefined ? undefined : KeptSession.ofRecordJson(json);
      return kept ? { kept } : presentRecord(json === undefined ? decode(text) : JSON.parse(json));
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      // Else the same cookie would fail the next request too.
      this.cookie.expire();
      throw error;
    }
  }

  #isRevoked(kept: KeptSession): MaybePromise<boolean> {
    return this.#request.options.revocations ? this.#isEnded(this.#revocable(kept)) : false;
  }

  #isEnded(session: RevocableSession | undefined): MaybePromise<boolean> {
    const { revocations, onRevocationError } = this.#request.options;
    if (!revocations) return false;
    // What carries no id could never be ended, so it is not taken up: sealed cookies of before always carry one.
    if (!session) return true;
    return recovering(
      () => revocations.isRevoked(session),
      (error) => {
        emitSessionEvent('store-error', this.#ctx, session.id, error);
        if (onRevocationError === 'refuse') throw new StoreUnavailableError('check', error);
        return false;
      },
    );
  }

  /** Asked for at the beginning of a request and at its end; the data would have to be read for each. */
  #revocable(kept: KeptSession): RevocableSession | undefined {
    if (this.#asked?.kept !== kept) this.#asked = { kept, session: this.#makeRevocable(kept) };
    return this.#asked.session;
  }

  #makeRevocable(kept: KeptSession): RevocableSession | undefined {
    const { options } = this.#request;
    const { id, life } = kept;
    const userOf = (): string | undefined => userIn(kept.peek(), options);
    // Others may copy it, which a user that is found out on request would not survive.
    if (!(options.revocations instanceof MemoryRevocations)) return revocable(id, life, userOf());
    const { createdAt } = life;
    return id === undefined || createdAt === undefined ? undefined : new UnreadSession(id, createdAt, userOf);
  }
}

function revocable(
  id: string | undefined,
  { createdAt }: Life,
  userId: string | undefined,
): RevocableSession | undefined {
  return id === undefined || createdAt === undefined ? undefined : { id, createdAt, userId };
}

function presentRecord(record: unknown): Presented {
  if (!record) return { event: 'missed', id: undefined, value: record };
  if (!isRecord(record)) return { event: 'invalid', id: undefined, value: record };
  return { kept: KeptSession.ofRecord(undefined, record) };
}

/** Whose it is is found out when somebody wants to know: the data have to be read for that. */
class UnreadSession implements RevocableSession {
  readonly id: string;
  readonly createdAt: number;
  readonly #userOf: () => string | undefined;
  #known: { userId: string | undefined } | undefined;

  constructor(id: string, createdAt: number, userOf: () => string | undefined) {
    this.id = id;
    this.createdAt = createdAt;
    this.#userOf = userOf;
  }

  get userId(): string | undefined {
    return (this.#known ??= { userId: this.#userOf() }).userId;
  }
}
