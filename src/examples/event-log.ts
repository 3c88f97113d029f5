import type Koa from 'koa';
import type { Context } from 'koa';
import type { SessionEvent, SessionEventName } from '../session/index.ts';

/** What the inspector says of each event, before its reason if it has one. */
const MEANINGS: Record<SessionEventName, string> = {
  missed: 'the store knows no session of this id',
  expired: 'its time was over, so a new one began',
  invalid: 'it was refused, so a new one began',
  created: 'written for the first time',
  saved: 'written',
  renewed: 'written to extend its life',
  reissued: 'not written, but its cookie was sent again',
  regenerated: 'written under a new id, and the old id is dead',
  destroyed: 'removed from the storage and from the browser',
  merged: 'others had changed it meanwhile; their changes and those of this request are kept',
  gone: 'what this request made of it was not stored',
  rejected: 'its cookie is one that browsers drop: too large, or without the Secure that it needs',
  'store-error': 'the storage failed',
};

export interface LoggedEvent {
  name: SessionEventName;
  /** Why, as the session layer tells it. Not every event has one. */
  reason?: string | undefined;
  /** The redirect that reported it, as `POST /login`. Absent: this request did. */
  redirect?: string;
}

/** One event in words. */
export function detailOf({ name, reason, redirect }: LoggedEvent): string {
  const meaning = reason === undefined ? MEANINGS[name] : `${MEANINGS[name]}: ${reason}`;
  return redirect === undefined ? meaning : `${meaning} (${redirect})`;
}

const CARRY_MS = 60_000;
const LONGEST = 1000;

/** Signed, so that pages show no text but the app's own. */
const CARRIER_OPTIONS = { signed: true, sameSite: 'lax' } as const;

/** Collects what the sessions report on `app`, request by request. */
export class EventLog {
  readonly #events = new WeakMap<Context, LoggedEvent[]>();

  /** The cookie that carries events across a redirect to the next page. */
  readonly #carrier: string;

  constructor(app: Koa, carrier: string) {
    this.#carrier = carrier;
    for (const name of Object.keys(MEANINGS) as SessionEventName[]) {
      app.on(`session:${name}`, ({ ctx, reason }: SessionEvent) =>
        this.#eventsOf(ctx).push({ name, reason }),
      );
    }
  }

  /** The events of this request, after those of the redirects that led to it. */
  take(ctx: Context): LoggedEvent[] {
    const carried = this.#carriedTo(ctx);
    if (carried.length > 0) ctx.cookies.set(this.#carrier, null, CARRIER_OPTIONS);
    return [...carried, ...this.#eventsOf(ctx)];
  }

  /** Keeps the events of a redirect for the next page. */
  carry(ctx: Context): void {
    const redirect = `${ctx.method} ${ctx.path}`;
    const own = this.#eventsOf(ctx).map((event) => ({ ...event, redirect }));
    const events = [...this.#carriedTo(ctx), ...own];
    const value = Buffer.from(JSON.stringify(events)).toString('base64url');
    if (own.length === 0 || value.length > LONGEST) return;
    ctx.cookies.set(this.#carrier, value, { ...CARRIER_OPTIONS, maxAge: CARRY_MS });
  }

  #carriedTo(ctx: Context): LoggedEvent[] {
    const value = ctx.cookies.get(this.#carrier, CARRIER_OPTIONS);
    return value ? (JSON.parse(Buffer.from(value, 'base64url').toString()) as LoggedEvent[]) : [];
  }

  #eventsOf(ctx: Context): LoggedEvent[] {
    const events = this.#events.get(ctx) ?? [];
    this.#events.set(ctx, events);
    return events;
  }
}
