import type { Settings } from '../adapter.ts';
import { type Handler, Refusal } from '../app.ts';
import type { Bench } from '../bench.ts';
import { brief } from '../told.ts';
import { type Finding, type Group, verdict } from '../case.ts';
import { plainPage, setting } from '../handlers.ts';

export const MISTAKES: Group = {
  name: 'Mistakes',
  about: 'What does not work in any browser, or not behind this proxy: does somebody hear of it?',
  cases: [
    {
      id: 'host-prefix-insecure',
      title: 'A `__Host-` name without `Secure`, which browsers drop, is refused or reported',
      defects: [19],
      run: async (bench) => refused(bench, { name: '__Host-sid', secure: false }),
    },
    {
      id: 'same-site-none-insecure',
      title: 'So is `SameSite=None` without `Secure`',
      defects: [19],
      run: async (bench) => refused(bench, { sameSite: 'none', secure: false }),
    },
    {
      id: 'partitioned-insecure',
      title: '`Partitioned` without `Secure` is refused or reported',
      defects: [19],
      run: async (bench) => refused(bench, { partitioned: true, secure: false }),
    },
    {
      id: 'too-large',
      title: 'A cookie of more than 4096 bytes, which browsers drop, is an error and no silent loss',
      defects: [6],
      run: async (bench) => {
        bench.needs('cookie');
        const app = await bench.start();
        const browser = await bench.browser();
        await browser.look(app.page(setting('basket', 'x'.repeat(4100))));
        const kept = await browser.look(app.page(({ session }) => typeof session.get('basket')));
        const told = app.errors[0]?.message ?? '';
        return verdict(
          kept === 'string' || told !== '',
          told === '' ? 'no error, and the browser has dropped it' : `error: ${brief(told)}`,
        );
      },
    },
    {
      id: 'proxy-untrusted',
      title: 'Behind a proxy that ends TLS, an app that does not trust it is told of it',
      defects: [21],
      run: async (bench) => {
        const app = await bench.start({ settings: { secure: true } });
        await app.visitor().get(setting('a', 1), { 'x-forwarded-proto': 'https' });
        const told = app.errors[0]?.message;
        return verdict(
          told !== undefined && /proxy/i.test(told),
          told === undefined ? 'no cookie and no error' : `error: ${brief(told)}`,
        );
      },
    },
    {
      id: 'proxy-untrusted-store',
      title: 'And nothing is stored for a cookie that cannot be sent',
      defects: [21],
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start({ settings: { secure: true } });
        await app.visitor().get(setting('a', 1));
        const writes = app.watched.writes();
        return verdict(
          writes.length === 0,
          writes.length === 0 ? 'nothing is' : `the store was asked to ${writes.join(', ')}`,
        );
      },
    },
    {
      id: 'no-keys',
      title: 'Missing keys are named in an error, at the latest by the first request',
      defects: [21],
      run: async (bench) => {
        const { told } = await visited(bench, { keys: [] }, plainPage);
        return verdict(
          told !== undefined && /key|secret/i.test(told),
          told === undefined ? 'the first page is served without a word' : `error: ${brief(told)}`,
        );
      },
    },
  ],
};

/** Whether somebody hears of a cookie that no browser keeps. */
async function refused(bench: Bench, settings: Partial<Settings>): Promise<Finding> {
  const { told, isSent } = await visited(bench, settings, setting('a', 1));
  if (told !== undefined) return verdict(true, `error: ${brief(told)}`);
  return verdict(false, isSent ? 'it is sent without a word' : 'it is left out without a word');
}

/** What is told, at the start or by the first visit, and whether that visit got a cookie. */
async function visited(
  bench: Bench,
  settings: Partial<Settings>,
  page: Handler,
): Promise<{ told: string | undefined; isSent: boolean }> {
  try {
    const app = await bench.start({ settings });
    const { setCookies } = await app.visitor().get(page);
    return { told: app.errors[0]?.message, isSent: setCookies.length > 0 };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { told: error.message, isSent: false };
  }
}
