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

/** In characters. A cookie has room for about 3000, and the session may have other data. */
const LONGEST_MESSAGE = 200;

export const flash: Example = {
  name: 'flash',
  title: 'Flash message',
  summary: 'A message waits in the session for the next page, is shown there once, and is then removed.',
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

    // A second redirect, as after a login or a checkout: it shows nothing, so the message waits.
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

/** Takes the message out of the session. If several pages ask at the same moment, one gets it. */
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
  store: html`The page takes it out with <code>ctx.session.update</code>, so if two tabs load at the same
    moment, only one shows it.`,
  cookie: html`Here the cookie has the whole session, so if two tabs load at the same moment, both may show
  the message: both send the same cookie, and the server cannot tell that it has seen this cookie before.`,
};

interface Shown {
  /** Shown now, and not again. */
  message?: string | undefined;
  /** The text that was sent, if the form is shown again. */
  text?: string;
  error?: string;
}

function flashPage(path: string, twoTabs: Html, { message, text = '', error }: Shown): Html {
  return html`<h1>Flash message</h1>
    <p class="lead">
      The server puts your message into the session and answers with a redirect, so that a reload does not
      send the form again. The next page takes the message out of the session and shows it. Reload that page,
      and the message is gone.
    </p>
    ${message !== undefined && html`<p class="notice success" role="status">${message}</p>`}
    <form class="stack" method="post" action="${path}" novalidate>
      ${field({
        name: 'message',
        label: 'Message',
        hint: `Up to ${LONGEST_MESSAGE} characters. HTML is shown as plain text.`,
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
      There are two redirects on the way, and the message waits until a page shows it. ${twoTabs}
    </p>`;
}
