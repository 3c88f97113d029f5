import type { Context } from 'koa';
import { formField } from '../../http/body.ts';
import type { Example } from '../example.ts';
import { finish, showPage } from '../../pages/page.ts';
import { type FlashModel, flashPage, LONGEST_MESSAGE } from './pages.ts';

declare module '../../session/index.ts' {
  interface SessionData {
    /** What the next page shows, once. */
    flash: string;
  }
}

export const flash: Example = {
  name: 'flash',
  title: 'Flash message',
  summary: 'A message that waits in the session for the next page, is shown there once and is gone.',
  source: ['src/examples/flash/route.ts', 'src/examples/flash/pages.ts', 'src/session/core/session.ts'],
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

    function show(ctx: Context, model: Omit<FlashModel, 'path' | 'storage'>): void {
      const { message = null, error } = model;
      showPage(ctx, {
        title: error === undefined ? 'Flash message' : 'Message not sent',
        status: error === undefined ? 200 : 422,
        data: error === undefined ? { message } : { errors: { message: error } },
        main: flashPage({ path, storage, ...model }),
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
