import { decodeCookie, encodeCookie } from '../cookie/cookie-lines.ts';
import { canSend } from '../cookie/response.ts';
import { type Asking, type PendingWrite, type Found, type Keeper, newer, wireIdOf } from './keeper.ts';
import { cutRecord, fromRecord, isRecord, recordJson, type SessionRecord } from './life.ts';
import type { ResolvedOptions } from './options.ts';
import { DONE, type Outcome } from './store.ts';

/** Keeps the whole session in the cookie. Of two parallel requests the last response wins: nothing is merged. */
export class CookieKeeper implements Keeper {
  load(asking: Asking): Found | undefined {
    const found = this.#newestIn(asking, asking.cookie.read(asking));
    if (!found?.failure) return found;
    // Otherwise the same cookie would fail the next request too.
    if (canSend(asking.ctx)) asking.cookie.expire(asking);
    throw found.failure.error;
  }

  #newestIn(asking: Asking, read: ReturnType<Asking['cookie']['read']>): Found | undefined {
    if (!read) return undefined;
    const found = this.#foundIn(asking.options, read.text, read.needsReseal);
    return read.next ? newer(found, this.#newestIn(asking, read.next) ?? {}) : found;
  }

  #foundIn(options: ResolvedOptions, text: string, needsReseal: boolean): Found {
    const cut = cutRecord(jsonIn(text, options));
    if (cut) return { kept: { id: cut.id, data: cut.data, life: cut.life, version: 0 }, needsReseal };
    let value: unknown;
    try {
      value = options.decode(text);
    } catch (error) {
      return error instanceof SyntaxError ? { needsReseal } : { failure: { error } };
    }
    if (!isRecord(value)) return { event: value ? 'invalid' : 'missed', value };
    const id = typeof value._sid === 'string' ? value._sid : undefined;
    const { data, life } = fromRecord(value);
    try {
      return { kept: { id, data: JSON.stringify(data), life, version: 0 }, object: data, needsReseal };
    } catch {
      // Nested deeper than JSON.stringify can follow, so it was never saved here.
      return { event: 'invalid', id };
    }
  }

  /** The cookie is all there is, so nothing is stored before `deliver`. */
  readonly write = (): Outcome => DONE;
  readonly destroy = (): Outcome => DONE;
  readonly status = (): 'there' => 'there';

  deliver(asking: Asking, write: PendingWrite): void {
    asking.cookie.write(asking, this.textOf(asking, write), write.endsAt);
  }

  /** @throws {CookieTooLargeError} when browsers would drop it */
  textOf({ ctx, cookie, options }: Asking, { id, data, object, life }: PendingWrite): string {
    const sealed = cookie.seal(ctx, textFor(recordJson(data, life, wireIdOf(id, life.stamp)), options));
    cookie.requireFits(ctx, sealed, object, id);
    return sealed;
  }
}

/** The JSON that the default `decode` would parse; empty with an app's own `decode`. */
function jsonIn(text: string, { decode }: ResolvedOptions): string {
  if (decode === JSON.parse) return text;
  return decode === decodeCookie ? Buffer.from(text, 'base64').toString() : '';
}

/** The text that `encode` makes from a record. The defaults use its JSON without parsing it. */
function textFor(json: string, { encode }: ResolvedOptions): string {
  if (encode === JSON.stringify) return json;
  if (encode === encodeCookie) return Buffer.from(json).toString('base64');
  return encode(JSON.parse(json) as SessionRecord);
}
