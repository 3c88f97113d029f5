import { html, type Html } from '../../views/html.ts';
import { utcTime } from '../../views/elements.ts';
import { duration } from '../duration.ts';
import { lifetimeActions, SHORT_LIFE } from '../lifetime.ts';

/** How long a session lives that is to be kept, in ms. */
export const LONG_LIFE = 14 * 24 * 60 * 60 * 1000;

interface Remembered {
  path: string;
  isRemembered: boolean;
  /** ms since 1970. */
  startedAt: number;
  /** ms since 1970; undefined: when the browser closes. */
  endsAt: number | undefined;
}

const LEAD = html`<h1>Remember me</h1>
  <p class="lead">
    Sessions of this page live for ${duration(SHORT_LIFE)} after the last visit. Who asks to be kept gets
    <code>ctx.session.maxAge = ${LONG_LIFE}</code>, which is ${duration(LONG_LIFE)} and belongs to that
    session alone: each visit gives it all of them again, and closing the browser does not end it.
  </p>`;

/** There is no session yet. */
export function beginningPage(path: string): Html {
  return html`${LEAD}
    <form class="stack" method="post" action="${path}">
      <label class="choice">
        <input type="checkbox" name="remember" value="yes" />
        Keep me for ${duration(LONG_LIFE)} on this device
      </label>
      <div class="actions"><button>Start a session</button></div>
    </form>
    <p class="muted">On a device that others use too, leave the box empty.</p>`;
}

export function rememberedPage({ path, isRemembered, startedAt, endsAt }: Remembered): Html {
  return html`${LEAD}
    <p class="notice" data-testid="choice">
      ${isRemembered ? `You chose to be kept for ${duration(LONG_LIFE)}.` : 'You chose not to be kept.'}
    </p>
    <dl class="facts">
      <div>
        <dt>Began</dt>
        <dd>${utcTime(startedAt)}</dd>
      </div>
      <div>
        <dt>Lives for</dt>
        <dd>${duration(isRemembered ? LONG_LIFE : SHORT_LIFE)} after the last visit</dd>
      </div>
      <div>
        <dt>Ends</dt>
        <dd data-testid="end">${endsAt === undefined ? 'when the browser closes' : utcTime(endsAt)}</dd>
      </div>
    </dl>
    ${lifetimeActions(path)}
    <p class="muted">
      Not even a session that is kept lives for ever: <code>absoluteMaxAge</code> ends each one, however often
      somebody comes back.
    </p>`;
}
