import type { Context } from 'koa';
import { formField } from '../../http/body.ts';
import { finish, showPage } from '../../pages/page.ts';
import { keeperOf } from '../../storages/storage.ts';
import { field } from '../../views/elements.ts';
import { html, type Html } from '../../views/html.ts';
import type { Example } from '../example.ts';

declare module '../../session/index.ts' {
  interface SessionData {
    /** What the next page shows, once. */
    flash: string;
  }
}

/** In characters. A cookie has room for some 3000, and the session may hold other things. */
const LONGEST_MESSAGE = 200;

export const flash: Example = {
  name: 'flash',
  title: 'Flash message',
  summary: 'A message that waits in the session for the next page, is shown there once and is gone.',
  source: ['src/examples/flash/route.ts', 'src/session/core/session.ts'],
  test: 'e2e/examples/flash/flash.spec.ts',

  routes(router, { base, storage }) {
    const path = `${base}/flash`;

    router.get(path, async (ctx) => show(ctx, { message: await takeMessage(ctx) }));

    router.post(path, (ctx) => {
      const text = formField(ctx, 'message').trim();
      const error = problemOf(text);
      if (error !== undefined) return show(ctx, { text, error });
      ctx.session.flash = text;
      finish(ctx, `${path}/sent`, { message: text });
    });

    // A stop on the way, as a login or a checkout has them: it shows nothing, so the message waits.
    router.get(`${path}/sent`, (ctx) => {
      ctx.status = 303;
      ctx.redirect(path);
    });

    function show(ctx: Context, shown: Shown): void {
      const { message = null, error } = shown;
      showPage(ctx, {
        title: error === undefined ? 'Flash message' : 'Message not sent',
        status: error === undefined ? 200 : 422,
        data: error === undefined ? { message } : { errors: { message: error } },
        main: flashPage(path, TWO_TABS[keeperOf(storage)], shown),
      });
    }
  },
};

/** Takes the message out of the session. Of several pages that ask at the same moment one gets it. */
async function takeMessage({ session }: Context): Promise<string | undefined> {
  // Without a message there is nothing to save, and update() always writes.
  if (session.flash === undefined) return undefined;
  return session.update((data) => {
    const message = data.flash;
    delete data.flash;
    return message;
  });
}

function problemOf(text: string): string | undefined {
  if (text === '') return 'Write a message.';
  if (text.length <= LONGEST_MESSAGE) return undefined;
  return `The message has ${text.length} characters. Shorten it to ${LONGEST_MESSAGE}.`;
}

const TWO_TABS = {
  store: html`It is taken out with <code>ctx.session.update</code>, so of two tabs that load at the same
    moment one shows it, never both.`,
  cookie: html`Here the browser holds the session, so two tabs that load at the very same moment can both show
  it: they bring the same cookie, and nothing tells the server that it has seen it before.`,
};

interface Shown {
  /** To be shown now, and then no more. */
  message?: string | undefined;
  /** What was sent, when the form is shown again. */
  text?: string;
  error?: string;
}

function flashPage(path: string, twoTabs: Html, { message, text = '', error }: Shown): Html {
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
        value: text,
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
      The form goes through two redirects on purpose: the message waits until a page shows it. ${twoTabs}
    </p>`;
}
