import type Koa from 'koa';
import type { Context } from 'koa';
import type { SessionEvent, SessionEventName } from '../session/index.ts';

/** How the inspector explains each event; the reason of the event follows, if it has one. */
const MEANINGS: Record<SessionEventName, string> = {
  missed: 'the store has no session with this id',
  expired: 'its time was over',
  invalid: 'its record was refused',
  created: 'saved for the first time',
  saved: 'saved again',
  renewed: 'saved to extend its life',
  reissued: 'not saved, but its cookie was sent again',
  regenerated: 'saved under a new id, and the old id is no longer valid',
  destroyed: 'removed from the storage and from the browser',
  merged: 'another request had changed it too, and both changes were saved',
  gone: 'the changes of this request were not saved',
  rejected: 'browsers drop its cookie: it is too large, or lacks the Secure that it needs',
  'store-error': 'the storage failed',
};

export interface LoggedEvent {
  name: SessionEventName;
  /** The reason that the session layer gives. Not every event has one. */
  reason?: string | undefined;
  /** The redirect in which it happened, as `POST /login`; absent if it happened in this request. */
  redirect?: string;
}

/** One event in words. */
export function detailOf({ name, reason, redirect }: LoggedEvent): string {
  const meaning = reason === undefined ? MEANINGS[name] : `${MEANINGS[name]}: ${reason}`;
  return redirect === undefined ? meaning : `${meaning} (${redirect})`;
}

const CARRY_MS = 60_000;
const LONGEST = 1000;

/** Signed, so that pages show only text of the app. */
const CARRIER_OPTIONS = { signed: true, sameSite: 'lax' } as const;

/** Collects the session events of `app`, request by request. */
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

  /** Passes the events of a redirect on to the next page. */
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
