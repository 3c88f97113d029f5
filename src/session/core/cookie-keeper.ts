import { decodeCookie, encodeCookie } from '../cookie/codec.ts';
import type { Asking, Draft, Found, Keeper, Kept } from './keeper.ts';
import { cutRecord, fromRecord, isRecord, recordJson, type SessionRecord } from './life.ts';
import type { Outcome } from './store.ts';

const DONE: Outcome = { kind: 'done', version: 0 };

/** All of the session in the cookie. Of two requests at once the last answer wins: each browser holds but one cookie. */
export class CookieKeeper implements Keeper {
  load({ ctx, cookie, options }: Asking): Found | undefined {
    const read = cookie.read(ctx);
    if (!read) return undefined;
    const { text, isStale } = read;
    const { decode } = options;
    const json = decode === decodeCookie ? decodeText(text) : decode === JSON.parse ? text : undefined;
    const cut = json === undefined ? undefined : cutRecord(json);
    if (cut) return { kept: { ...cut, version: 0 }, isStale };
    let value: unknown;
    try {
      value = decode(text);
    } catch (error) {
      if (error instanceof SyntaxError) return { isStale };
      // Else the same cookie would fail the next request too.
      cookie.expire(ctx);
      throw error;
    }
    if (!value) return { event: 'missed', value };
    return isRecord(value) ? found(value, isStale) : { event: 'invalid', value };
  }

  /** Nothing is kept before `deliver`. */
  write(_asking: Asking, _former: Kept | undefined, _draft: Draft): Outcome {
    return DONE;
  }

  deliver(asking: Asking, draft: Draft): void {
    asking.cookie.write(asking.ctx, this.textOf(asking, draft), draft.endsAt);
  }

  /** @throws {CookieTooLargeError} when browsers would not keep it */
  textOf({ ctx, cookie, options: { encode } }: Asking, { id, data, object, life }: Draft): string {
    const json = recordJson(data, life, id);
    const text = encode === encodeCookie ? encodeJson(json) : encode === JSON.stringify ? json : undefined;
    const sealed = cookie.seal(ctx, text ?? encode(JSON.parse(json) as SessionRecord));
    cookie.requireFits(ctx, sealed, object, id);
    return sealed;
  }

  destroy(): Outcome {
    return DONE;
  }

  standing(): 'there' {
    return 'there';
  }
}

function found(record: SessionRecord, isStale: boolean): Found {
  const { data, life } = fromRecord(record);
  const id = typeof record._sid === 'string' ? record._sid : undefined;
  try {
    return { kept: { id, data: JSON.stringify(data), life, version: 0 }, object: data, isStale };
  } catch {
    // Nested deeper than JSON can be written: nothing that was ever saved here.
    return { event: 'invalid', id };
  }
}
