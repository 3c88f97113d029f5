import type { App } from '../app.ts';
import type { Bench } from '../bench.ts';
import { brief } from '../brief.ts';
import { type Finding, type Group, verdict } from '../case.ts';
import { setting } from '../handlers.ts';

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
      title: 'One that does not trust it is told what to set',
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
        const writes = app.store?.writes() ?? [];
        return verdict(
          writes.length === 0,
          writes.length === 0 ? 'nothing is' : `the store was asked to ${writes.join(', ')}`,
        );
      },
    },
    {
      id: 'no-keys',
      title: 'Missing keys are named, with what to set, at the latest by the first request',
      defects: [21],
      run: async (bench) => {
        let told: string | undefined;
        try {
          const app = await bench.start({ settings: { keys: [] } });
          await app.visitor().get(() => 'a page');
          told = app.errors[0]?.message;
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          told = error.message;
        }
        return verdict(
          told !== undefined && /key|secret/i.test(told),
          told === undefined ? 'the first page is served without a word' : `error: ${brief(told)}`,
        );
      },
    },
  ],
};

/** Whether somebody hears of a cookie that no browser keeps: at the start, or by an error. */
async function refused(bench: Bench, settings: Partial<App['settings']>): Promise<Finding> {
  let told: string | undefined;
  let sent = 0;
  try {
    const app = await bench.start({ settings });
    sent = (await app.visitor().get(setting('a', 1))).setCookies.length;
    told = app.errors[0]?.message;
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'NotApplicable') throw error;
    told = error.message;
  }
  if (told !== undefined) return verdict(true, `error: ${brief(told)}`);
  return verdict(false, sent > 0 ? 'it is sent without a word' : 'it is left out without a word');
}
