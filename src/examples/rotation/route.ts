import type { Context } from 'koa';
import type { Example } from '../example.ts';
import { finish, showPage } from '../../pages/page.ts';
import { newestKeyLabel, rotateKeys, rotationKeys } from './keys.ts';
import { type CookieState, rotationPage } from './pages.ts';

declare module '../../session/index.ts' {
  interface SessionData {
    /** When a session of the rotation example began, ms since 1970. */
    begunAt: number;
  }
}

export const rotation: Example = {
  name: 'rotation',
  title: 'Key rotation',
  summary: 'New cookies are sealed with the newest key, those of older keys still open and are sent again.',
  session: { keys: rotationKeys },
  source: [
    'src/examples/rotation/route.ts',
    'src/examples/rotation/keys.ts',
    'src/examples/rotation/pages.ts',
    'src/session/cookie/seal.ts',
  ],
  test: 'e2e/examples/rotation/rotation.spec.ts',

  routes(router, { base, services: { now } }) {
    const path = `${base}/rotation`;

    router.get(path, async (ctx) => {
      const begunAt = (ctx.session.begunAt ??= now());
      // Settled now, since the page tells what became of the cookie.
      await ctx.session.manuallyCommit();
      const cookie = cookieState(ctx);
      const keys = rotationKeys.length;
      const newestKey = newestKeyLabel();
      showPage(ctx, {
        title: 'Key rotation',
        data: { begunAt: new Date(begunAt).toISOString(), keys, newestKey, cookie },
        main: rotationPage({ path, begunAt, keys, newestKey, cookie }),
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
