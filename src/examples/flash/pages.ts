import { field } from '../../views/elements.ts';
import { html, type Html } from '../../views/html.ts';
import { keeperOf, type Storage } from '../../storages/storage.ts';

/** In characters. A cookie has room for some 3000, and the session may hold other things. */
export const LONGEST_MESSAGE = 200;

export interface FlashModel {
  path: string;
  storage: Storage;
  /** To be shown now, and then no more. */
  message?: string | undefined;
  /** What was sent, when the form is shown again. */
  text?: string;
  error?: string;
}

const TWO_TABS: Record<'store' | 'cookie', Html> = {
  store: html`It is taken out with <code>ctx.session.update</code>, so of two tabs that load at the same
    moment one shows it, never both.`,
  cookie: html`Here the browser holds the session, so two tabs that load at the very same moment can both show
  it: they bring the same cookie, and nothing tells the server that it has seen it before.`,
};

export function flashPage({ path, storage, message, text, error }: FlashModel): Html {
  return html`<h1>Flash message</h1>
    <p class="lead">
      What you send is put into the session, and the answer is a redirect, so that a reload sends nothing
      twice. The next page that shows something takes the message out of the session and shows it. Reload that
      page, and the message is gone.
    </p>
    ${message !== undefined && html`<p class="notice success" role="status">${message}</p>`}
    <form class="stack" method="post" action="${path}" novalidate>
      ${field({
        name: 'message',
        label: 'Message',
        hint: `Up to ${LONGEST_MESSAGE} characters. HTML is shown as the text that it is.`,
        value: text ?? '',
        autocomplete: 'off',
        error,
        autofocus: error !== undefined,
        required: true,
      })}
      <div class="actions">
        <button>Send</button>
        <a class="button secondary" href="${path}">Look again</a>
      </div>
    </form>
    <p class="muted">
      The form goes through two redirects on purpose: the message waits until a page shows it.
      ${TWO_TABS[keeperOf(storage)]}
    </p>`;
}
