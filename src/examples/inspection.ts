import type { Context } from 'koa';
import { fingerprint, type Session, type SessionEventName, sessionPlace } from '../session/index.ts';
import { keeperOf, type Storage } from '../storages/storage.ts';
import type { InspectorModel } from './inspector/inspector.ts';
import { detailOf, type LoggedEvent } from './event-log.ts';

const IN_OUTAGE =
  'In the store, which is unavailable. Changes are sealed into the cookie, and applied to the session as soon as ' +
  'the store is back.';

const SEALED_IN_OUTAGE =
  'The store is unavailable, so the changes were sealed into the cookie, beside the id.';

/** What an event means for the session and its cookie. The reason of the event follows. */
const OUTCOMES: Partial<Record<SessionEventName, string>> = {
  created: 'The session is new and its cookie was sent',
  saved: 'The session was saved and its cookie sent again',
  renewed: 'The session got a later end and its cookie was sent again',
  reissued: 'The session did not change and its cookie was sent again',
  regenerated: 'The session got a new id and a new cookie',
  destroyed: 'The session was ended and the browser told to delete its cookie',
  gone: 'The session was not saved and no cookie was sent',
};

/** What the inspector shows of this request. Call it after the session is saved. */
export function inspect(
  ctx: Context,
  { storage, events, now }: { storage: Storage; events: LoggedEvent[]; now: number },
): InspectorModel {
  // null if a handler has ended it.
  const session: Session | null = ctx.session;
  const cookieName = ctx.sessionOptions.key;
  const setCookie = [ctx.response.get('Set-Cookie') ?? []]
    .flat()
    .filter((line) => line.startsWith(`${cookieName}=`));
  const value = currentValue(ctx, setCookie);
  const isAway = sessionPlace(ctx) === 'outage';
  return {
    storage: storage.title,
    keptIn: keeperOf(storage),
    cookieName,
    isNew: session?.isNew ?? true,
    data: { ...session?.toJSON() },
    // Of the id, where there is one: a sealed cookie looks different each time.
    ...(value && { fingerprint: fingerprint(session?.externalKey ?? value) }),
    cookieBytes: value ? cookieName.length + value.length : 0,
    isInOutage: isAway,
    where: isAway ? IN_OUTAGE : storage.where,
    ...(session?.expiresAt && { expiresAt: session.expiresAt }),
    now,
    maxAge: session?.maxAge ?? ctx.sessionOptions.maxAge,
    setCookie,
    why:
      isAway && setCookie.length > 0
        ? SEALED_IN_OUTAGE
        : whyOf(events, setCookie.length > 0, value !== undefined),
    events: events.map((event) => ({ name: event.name, detail: detailOf(event) })),
  };
}

/** The cookie value that the browser will send next, if it is a session's: the one just set, else the one that came. */
function currentValue(ctx: Context, setCookie: string[]): string | undefined {
  const name = ctx.sessionOptions.key;
  const [line] = setCookie;
  if (line !== undefined) return line.slice(name.length + 1, line.indexOf(';'));
  const session: Session | null = ctx.session;
  return session === null || session.isNew ? undefined : ctx.cookies.get(name, { signed: false });
}

/** Why the response has this cookie or none, by the last event of this request. */
function whyOf(events: LoggedEvent[], wasSent: boolean, exists: boolean): string {
  const own = events.filter(({ redirect }) => redirect === undefined);
  const last = own.findLast(({ name }) => name in OUTCOMES);
  if (last && (wasSent || last.name === 'gone')) {
    const outcome = OUTCOMES[last.name];
    return last.reason === undefined ? `${outcome}.` : `${outcome}: ${last.reason}.`;
  }
  if (wasSent) return 'The session is gone, so the browser was told to delete the cookie.';
  if (!exists) return 'No cookie was sent: there is no session, and nothing was put into a new one.';
  if (own.length > 0) return 'No cookie was sent: the one that the browser has is still right.';
  return 'No cookie was sent: nothing has changed, and the session need not be extended yet.';
}
