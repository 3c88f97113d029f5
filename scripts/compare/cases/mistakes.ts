import type { Settings } from '../adapter.ts';
import { defect, type Group } from '../case.ts';
import { type Handler, plainPage, setting } from '../handlers.ts';
import type { Kit } from '../kit.ts';
import { brief, check, Refusal } from '../outcome.ts';

export const MISTAKES: Group = {
  name: 'Mistakes',
  about: 'The set-up does not work in any browser, or not behind this proxy: does an error say so?',
  cases: [
    defect(19, 'host-prefix-insecure', 'A `__Host-` name without `Secure` is an error', async (kit) => {
      await checkRefused(kit, { name: '__Host-sid', secure: false });
    }),

    defect(19, 'same-site-none-insecure', '`SameSite=None` without `Secure` is an error', async (kit) => {
      await checkRefused(kit, { sameSite: 'none', secure: false });
    }),

    defect(19, 'partitioned-insecure', '`Partitioned` without `Secure` is an error', async (kit) => {
      await checkRefused(kit, { partitioned: true, secure: false });
    }),

    defect(
      6,
      'too-large',
      'A cookie of more than 4096 bytes, which browsers drop, is an error',
      async (kit) => {
        kit.needs('cookie');
        const ann = await kit.inBrowser();
        await ann.set('basket', 'x'.repeat(4100));
        const isKept = typeof (await ann.read('basket')) === 'string';
        check(isKept || ann.app.errors.length > 0, 'the browser has dropped it, and there is no error');
      },
    ),

    defect(
      21,
      'proxy-untrusted',
      'Behind an untrusted proxy that ends TLS the error says so',
      async (kit) => {
        const ann = await kit.visitor({ secure: true });
        await ann.get(setting('a', 1), { 'x-forwarded-proto': 'https' });
        const error = ann.app.errors[0]?.message;
        check(error !== undefined, 'no cookie and no error');
        check(/proxy/i.test(error), `error: ${brief(error)}`);
      },
    ),

    defect(21, 'proxy-untrusted-store', 'Then no session is stored either', async (kit) => {
      const ann = await kit.visitor({ secure: true });
      await ann.set('a', 1);
      const writes = ann.app.watched.writes();
      check(writes.length === 0, `the store was asked to ${writes.join(', ')}`);
    }),

    defect(21, 'no-keys', 'Missing keys are an error by the first request at the latest', async (kit) => {
      const { error } = await visit(kit, { keys: [] }, plainPage);
      check(error !== undefined, 'the first page is served, without an error');
      check(/key|secret/i.test(error), `error: ${brief(error)}`);
    }),
  ],
};

/** Checks that a cookie which no browser keeps leads to an error. */
async function checkRefused(kit: Kit, settings: Partial<Settings>): Promise<void> {
  const { error, isSent } = await visit(kit, settings, setting('a', 1));
  check(error !== undefined, isSent ? 'the cookie is sent, without an error' : 'no cookie and no error');
}

/** The error at the start or at the first visit, and whether that visit got a cookie. */
async function visit(
  kit: Kit,
  settings: Partial<Settings>,
  page: Handler,
): Promise<{ error: string | undefined; isSent: boolean }> {
  try {
    const ann = await kit.visitor(settings);
    const { setCookies } = await ann.get(page);
    return { error: ann.app.errors[0]?.message, isSent: setCookies.length > 0 };
  } catch (error) {
    if (error instanceof Refusal) return { error: error.reason, isSent: false };
    throw error;
  }
}
