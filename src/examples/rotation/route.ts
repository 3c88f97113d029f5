import { hash, randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { finish, showPage } from '../../pages/page.ts';
import { utcTime } from '../../views/elements.ts';
import { html, type Html } from '../../views/html.ts';
import { fact } from '../elements.ts';
import type { Example } from '../example.ts';

declare module '../../session/index.ts' {
  interface SessionData {
    /** When a session of the rotation example began, ms since 1970. */
    begunAt: number;
  }
}

/** How many keys the list has: the newest, and older ones for cookies that are still in use. */
const MOST_KEYS = 3;

/** The keys of this example's sessions, the newest first. The session middleware reads the list at each request. */
const rotationKeys: string[] = [freshKey()];

export const rotation: Example = {
  name: 'rotation',
  title: 'Key rotation',
  summary: 'A new key seals new cookies. Older keys still open theirs, which are then sealed again.',
  session: { keys: rotationKeys },
  source: ['src/examples/rotation/route.ts', 'src/session/cookie/seal.ts'],
  test: 'e2e/examples/rotation/rotation.spec.ts',

  routes(router, { base, services: { now } }) {
    const path = `${base}/rotation`;

    router.get(path, async (ctx) => {
      const begunAt = (ctx.session.begunAt ??= now());
      // Saved now, because the page says what happened to the cookie.
      await ctx.session.manuallyCommit();
      const cookie = cookieState(ctx);
      const begun = new Date(begunAt).toISOString();
      showPage(ctx, {
        title: 'Key rotation',
        data: { begunAt: begun, keys: rotationKeys.length, newestKey: newestKeyLabel(), cookie },
        main: rotationPage(path, begunAt, cookie),
      });
    });

    router.post(`${path}/rotate`, (ctx) => {
      rotateKeys();
      finish(ctx, path, { keys: rotationKeys.length, newestKey: newestKeyLabel() });
    });
  },
};

function cookieState(ctx: Context): CookieState {
  const name = ctx.sessionOptions.key;
  if (ctx.session.isNew) return ctx.cookies.get(name, { signed: false }) ? 'opened nothing' : 'new';
  const lines = [ctx.response.get('Set-Cookie') ?? []].flat();
  return lines.some((line) => line.startsWith(`${name}=`)) ? 'sent again' : 'unchanged';
}

/** Puts a fresh key first and drops the oldest. */
function rotateKeys(): void {
  rotationKeys.unshift(freshKey());
  rotationKeys.splice(MOST_KEYS);
}

/** A label of the newest key that does not reveal it: the beginning of its SHA-256. */
function newestKeyLabel(): string {
  return hash('sha256', rotationKeys[0] ?? '', 'hex').slice(0, 8);
}

function freshKey(): string {
  return randomBytes(32).toString('base64url');
}

/** What happened to the session's cookie in this request. */
type CookieState = 'new' | 'opened nothing' | 'sent again' | 'unchanged';

const MEANINGS: Record<CookieState, string> = {
  new: 'Your session has just begun, and its cookie is sealed with the newest key.',
  'opened nothing':
    'Your browser sent a cookie that opens no session: its key has left the list, or it has expired. A new session has begun.',
  'sent again':
    'Your cookie was sealed with an older key. The server opened it and sent it again, sealed with the newest one.',
  unchanged: 'Your cookie is already sealed with the newest key, so none was sent.',
};

function rotationPage(path: string, begunAt: number, cookie: CookieState): Html {
  return html`<h1>Key rotation</h1>
    <p class="lead">
      The first key of a list seals cookies: it encrypts them so that nobody can read or change them. All keys
      of the list can open cookies. A rotation puts a new key first. A visitor whose cookie is sealed with an
      older key keeps the session, and the cookie is sealed again: same data, same end, same attributes. A key
      that has left the list opens nothing.
    </p>
    <p class="notice" role="status">${MEANINGS[cookie]}</p>
    <dl class="facts">
      ${fact('Your session began', utcTime(begunAt), 'begun')}
      ${fact('Keys that open', String(rotationKeys.length), 'keys')}
      ${fact('Newest key', html`<code data-testid="newest-key">${newestKeyLabel()}</code>, the beginning of its SHA-256`)}
    </dl>
    <div class="actions">
      <form method="post" action="${path}/rotate"><button>Rotate keys</button></form>
      <a class="button secondary" href="${path}">Visit again</a>
    </div>
    <p class="muted">
      These keys are only for this page; no other session uses them. The list has the three newest, so a
      cookie that is three rotations old opens nothing. The button rotates the keys for all visitors of this
      page. The keys of the app come from <code>SESSION_KEYS</code>. To rotate those, put a new key first and
      restart the app. Remove the last key when its cookies have expired.
    </p>`;
}
