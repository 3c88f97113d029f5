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

/** How many keys open cookies: the newest, and those that sealed the cookies which are still about. */
const MOST_KEYS = 3;

/** The keys of this example's sessions, the newest first. The session middleware reads the list at each request. */
const rotationKeys: string[] = [freshKey()];

export const rotation: Example = {
  name: 'rotation',
  title: 'Key rotation',
  summary: 'New cookies are sealed with the newest key, those of older keys still open and are sent again.',
  session: { keys: rotationKeys },
  source: ['src/examples/rotation/route.ts', 'src/session/cookie/seal.ts'],
  test: 'e2e/examples/rotation/rotation.spec.ts',

  routes(router, { base, services: { now } }) {
    const path = `${base}/rotation`;

    router.get(path, async (ctx) => {
      const begunAt = (ctx.session.begunAt ??= now());
      // Settled now, since the page tells what became of the cookie.
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

/** Names the newest key without giving it away: the beginning of its SHA-256. */
function newestKeyLabel(): string {
  return hash('sha256', rotationKeys[0] ?? '', 'hex').slice(0, 8);
}

function freshKey(): string {
  return randomBytes(32).toString('base64url');
}

/** What became of the session's cookie in this request. */
type CookieState = 'new' | 'opened nothing' | 'sent again' | 'unchanged';

const MEANINGS: Record<CookieState, string> = {
  new: 'Your session has just begun, and its cookie is sealed with the newest key.',
  'opened nothing':
    'Your browser sent a cookie that opens no session any more: its key is gone, or its time was over. A new session has begun.',
  'sent again':
    'Your cookie was sealed with an older key. The server opened it and sent it again, sealed with the newest one.',
  unchanged: 'Your cookie is sealed with the newest key already, so none was sent.',
};

function rotationPage(path: string, begunAt: number, cookie: CookieState): Html {
  return html`<h1>Key rotation</h1>
    <p class="lead">
      Of a list of keys the first seals cookies and all of them open cookies. A rotation puts a fresh key
      first. A visitor whose cookie is sealed with an older key then keeps the session, and the cookie is
      sealed again: same data, same end, same attributes. A key that has left the list opens nothing any more.
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
      These keys are made for this page alone and concern no other session. The newest and the two before it
      are kept, so a cookie that is three rotations old opens nothing. Everybody who presses the button
      rotates them for all visitors of this page. The keys of the app come from <code>SESSION_KEYS</code>: to
      rotate those, put a new one first, start the app again, and drop the last one when its cookies have
      ended.
    </p>`;
}
