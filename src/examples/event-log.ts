import type Koa from 'koa';
import type { Context } from 'koa';
import type { SessionEvent, SessionEventName } from '../session/index.ts';

/** What the inspector says of each event. */
const MEANINGS: Record<SessionEventName, string> = {
  missed: 'the store knows no session of this id',
  expired: 'its time was over, so a new one began',
  invalid: 'it was refused, so a new one began',
  created: 'written for the first time',
  saved: 'written, because its data changed',
  renewed: 'stored only to extend its life',
  reissued: 'left as it is; its cookie was made with an old key, so it was sent anew',
  regenerated: 'stored anew under a new id, where it has one; the old id is dead',
  destroyed: 'removed from the storage and from the browser',
  merged: 'others had changed it meanwhile; their changes and those of this request are kept',
  gone: 'it had ended meanwhile, so what this request made of it was not stored',
  rejected: 'its cookie is one that browsers drop: too large, or without the Secure that it needs',
  'store-error': 'the storage failed',
};

export interface LoggedEvent {
  name: SessionEventName;
  detail: string;
}

const CARRY_MS = 60_000;
const LONGEST = 400;

/** Collects what the sessions report on `app`, request by request. */
export class EventLog {
  readonly #names = new WeakMap<Context, SessionEventName[]>();

  /** The cookie that carries events across a redirect to the next page. */
  readonly #carrier: string;

  constructor(app: Koa, carrier: string) {
    this.#carrier = carrier;
    for (const name of Object.keys(MEANINGS) as SessionEventName[]) {
      app.on(`session:${name}`, ({ ctx }: SessionEvent) => this.#namesOf(ctx).push(name));
    }
  }

  /** The events of this request, and those of the redirects that led to it. */
  take(ctx: Context): LoggedEvent[] {
    const carried = ctx.cookies.get(this.#carrier) ?? '';
    if (carried) ctx.cookies.set(this.#carrier, null, { signed: false, sameSite: 'lax' });
    return [...readCarried(carried), ...this.#namesOf(ctx).map((name) => ({ name, detail: MEANINGS[name] }))];
  }

  /** Keeps the events of a redirect for the next page. They are names, so the cookie needs no protection. */
  carry(ctx: Context): void {
    const former = ctx.cookies.get(this.#carrier);
    const entry = [ctx.method, ctx.path, ...this.#namesOf(ctx)].join(' ');
    const value = encodeURIComponent([former && decode(former), entry].filter(Boolean).join('\n'));
    if (this.#namesOf(ctx).length === 0 || value.length > LONGEST) return;
    ctx.cookies.set(this.#carrier, value, { signed: false, sameSite: 'lax', maxAge: CARRY_MS });
  }

  #namesOf(ctx: Context): SessionEventName[] {
    const names = this.#names.get(ctx) ?? [];
    this.#names.set(ctx, names);
    return names;
  }
}

function readCarried(value: string): LoggedEvent[] {
  return decode(value.slice(0, LONGEST))
    .split('\n')
    .flatMap((line) => {
      const [method = '', path = '', ...names] = line.split(' ');
      return names
        .filter((name): name is SessionEventName => Object.hasOwn(MEANINGS, name))
        .map((name) => ({ name, detail: `${MEANINGS[name]} (${method} ${path})` }));
    });
}

/** Anybody can send anything in a cookie. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}
