import type { Context } from 'koa';
import { fingerprint, type Session, sessionPlace } from '../session/index.ts';
import { keeperOf, type Storage } from '../storages.ts';
import type { InspectorModel } from '../views/inspector.ts';
import type { LoggedEvent } from './event-log.ts';
import type { Example } from './example.ts';
import { STORAGE_LABELS } from './navigation.ts';

const IN_OUTAGE =
  'In Redis, which cannot be reached or takes no writes. What is written meanwhile is in the cookie, sealed, and is laid over the session ' +
  'as soon as Redis is back.';

const SEALED_IN_OUTAGE =
  'Redis cannot be reached or takes no writes, so what was written is sealed into the cookie, beside the id.';

const WHERE: Record<Storage['name'], string> = {
  memory: 'In the memory of the server. The browser holds nothing but the id, sealed.',
  redis: 'In Redis, for all processes of the app. The browser holds nothing but the id, sealed.',
  cookie:
    'In the browser: the cookie holds all of it, sealed, so that nobody but the server can read or make it.',
};

/** What the inspector shows of this request. Only called when the session has been saved. */
export function inspect(
  ctx: Context,
  {
    storage,
    example,
    events,
    now,
    showsSource,
  }: { storage: Storage; example: Example; events: LoggedEvent[]; now: number; showsSource: boolean },
): InspectorModel {
  // null once a handler has ended it.
  const session: Session | null = ctx.session;
  const cookieName = ctx.sessionOptions.key;
  const setCookie = [ctx.response.get('Set-Cookie') ?? []]
    .flat()
    .filter((line) => line.startsWith(`${cookieName}=`) || line.startsWith(`${cookieName}.sig=`));
  const value = currentValue(ctx, setCookie);
  const isAway = sessionPlace(ctx) === 'outage';
  return {
    storage: STORAGE_LABELS[storage.name],
    keptIn: keeperOf(storage.name),
    cookieName,
    isNew: session?.isNew ?? true,
    data: { ...session?.toJSON() },
    // A sealed cookie looks different each time, even if it carries the same id.
    ...(value && { fingerprint: fingerprint(session?.externalKey ?? value) }),
    cookieBytes: value ? cookieName.length + value.length : 0,
    isInOutage: isAway,
    where: isAway ? IN_OUTAGE : WHERE[storage.name],
    ...(session?.expiresAt && { expiresAt: session.expiresAt }),
    now,
    maxAge: session?.maxAge ?? ctx.sessionOptions.maxAge,
    setCookie,
    why:
      isAway && setCookie.length > 0
        ? SEALED_IN_OUTAGE
        : whyOf(events, setCookie.length > 0, value !== undefined),
    events,
    code: showsSource ? { source: example.source.map(linkTo), test: linkTo(example.test) } : undefined,
  };
}

/** The value that the browser will send next, if it is a session's: what was just set, else what came in. */
function currentValue(ctx: Context, setCookie: string[]): string | undefined {
  const name = ctx.sessionOptions.key;
  const line = setCookie.find((one) => one.startsWith(`${name}=`));
  if (line !== undefined) return line.slice(name.length + 1, line.indexOf(';'));
  const session: Session | null = ctx.session;
  return session === null || session.isNew ? undefined : ctx.cookies.get(name, { signed: false });
}

function whyOf(events: LoggedEvent[], wasSent: boolean, exists: boolean): string {
  if (!exists && !wasSent)
    return 'No cookie was sent: there is no session, and nothing was put into a new one.';
  if (!wasSent) return 'No cookie was sent: nothing changed, and the session has life enough left.';
  const last = events.at(-1)?.name;
  switch (last) {
    case 'created':
      return 'The session is new, and the browser gets its cookie.';
    case 'saved':
      return 'The data changed, so the session was saved and its cookie sent anew.';
    case 'renewed':
      return 'Nothing changed; the cookie was sent because the session got a new end.';
    case 'reissued':
      return 'Nothing changed; the cookie was made with an older key, so it was sent anew.';
    case 'regenerated':
      return 'The session has a new id, so the browser gets a new cookie.';
    case 'destroyed':
      return 'The session is over, so the browser is told to drop the cookie.';
    default:
      return 'What came in was no valid session, so the browser is told to drop it.';
  }
}

function linkTo(path: string): { label: string; href: string } {
  return { label: path, href: `/source/${path}` };
}
