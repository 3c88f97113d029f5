import { html, type Html } from '../../views/html.ts';
import { utcTime } from '../../views/elements.ts';

/** What became of the session's cookie in this request. */
export type CookieState = 'new' | 'opened nothing' | 'sent again' | 'unchanged';

interface RotationModel {
  path: string;
  /** ms since 1970. */
  begunAt: number;
  /** How many there are. */
  keys: number;
  /** A label of it, nothing secret. */
  newestKey: string;
  cookie: CookieState;
}

const MEANINGS: Record<CookieState, string> = {
  new: 'Your session has just begun, and its cookie is sealed with the newest key.',
  'opened nothing':
    'Your browser sent a cookie that opens no session any more: its key is gone, or its time was over. A new session has begun.',
  'sent again':
    'Your cookie was sealed with an older key. The server opened it and sent it again, sealed with the newest one.',
  unchanged: 'Your cookie is sealed with the newest key already, so none was sent.',
};

export function rotationPage({ path, begunAt, keys, newestKey, cookie }: RotationModel): Html {
  return html`<h1>Key rotation</h1>
    <p class="lead">
      Of a list of keys the first seals cookies and all of them open cookies. A rotation puts a fresh key
      first. Who then comes with a cookie of an older key keeps the session, and gets the cookie anew: same
      data, same end, same attributes. A key that has left the list opens nothing any more.
    </p>
    <p class="notice" role="status">${MEANINGS[cookie]}</p>
    <dl class="facts">
      <div>
        <dt>Your session began</dt>
        <dd data-testid="begun">${utcTime(begunAt)}</dd>
      </div>
      <div>
        <dt>Keys that open</dt>
        <dd data-testid="keys">${keys}</dd>
      </div>
      <div>
        <dt>Newest key</dt>
        <dd><code data-testid="newest-key">${newestKey}</code>, the beginning of its SHA-256</dd>
      </div>
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
