import type { App } from '../app.ts';
import { type Bench, look } from '../bench.ts';
import { type Finding, type Group, verdict } from '../case.ts';
import { brief } from '../brief.ts';
import { login, setting, userOf } from '../handlers.ts';
import type { SetCookie } from '../../../src/session/parity/client.ts';

export const ATTRIBUTES: Group = {
  name: 'Attributes',
  about: 'What the cookie says, and whether Chromium keeps it.',
  cases: [
    {
      id: 'http-only',
      title: 'Scripts cannot read the cookie, by default',
      run: async (bench) => everyCookie(bench, 'httponly', 'HttpOnly'),
    },
    {
      id: 'path-root',
      title: 'The cookie is for all paths, by default',
      run: async (bench) => {
        const cookies = await loginCookies(await bench.start());
        const paths = [...new Set(cookies.map(({ attributes }) => attributes['path'] ?? 'none'))];
        return verdict(String(paths) === '/', `Path: ${paths.join(', ')}`);
      },
    },
    {
      id: 'same-site',
      title: '`SameSite` is sent as it is set',
      run: async (bench) => {
        const cookies = await loginCookies(await bench.start({ settings: { sameSite: 'strict' } }));
        const sent = [
          ...new Set(cookies.map(({ attributes }) => attributes['samesite']?.toLowerCase() ?? 'none')),
        ];
        return verdict(String(sent) === 'strict', `set to strict, it sends ${sent.join(', ')}`);
      },
    },
    {
      id: 'same-site-default',
      title: '`SameSite` is sent although nobody has set it',
      run: async (bench) => everyCookie(bench, 'samesite', 'SameSite', { sameSite: undefined }),
    },
    {
      id: 'secure-default',
      title: 'Over https the cookie is `Secure` although nobody has set it',
      run: async (bench) => everyCookie(bench, 'secure', 'Secure', { secure: undefined }, 'https'),
    },
    {
      id: 'host-prefix',
      title: 'A `__Host-` name works in a browser, over https',
      run: async (bench) => {
        const app = await bench.start({ settings: { name: '__Host-sid', secure: true }, protocol: 'https' });
        const browser = await bench.browser();
        await look(browser, app.page(login('ann')));
        const user = await look(browser, app.page(userOf));
        return verdict(user === 'ann', user === 'ann' ? 'the browser keeps it' : 'the browser drops it');
      },
    },
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
      id: 'partitioned',
      title: '`Partitioned` can be set',
      run: async (bench) =>
        everyCookie(bench, 'partitioned', 'Partitioned', { partitioned: true, secure: true }, 'https'),
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
        await look(browser, app.page(setting('basket', 'x'.repeat(4100))));
        const kept = await look(
          browser,
          app.page(({ session }) => typeof session.get('basket')),
        );
        const told = app.errors[0]?.message ?? '';
        return verdict(
          kept === 'string' || told !== '',
          told === '' ? 'no error, and the browser has dropped it' : `error: ${brief(told)}`,
        );
      },
    },
    {
      id: 'proxy',
      title: 'Behind a proxy that ends TLS, a trusting app sends its `Secure` cookie',
      run: async (bench) => {
        const app = await bench.start({ settings: { secure: true, trustProxy: true } });
        const { setCookies } = await app.visitor().get(setting('a', 1), { 'x-forwarded-proto': 'https' });
        const secure = setCookies.length > 0 && setCookies.every(({ attributes }) => 'secure' in attributes);
        return verdict(secure, secure ? 'it does' : 'it does not');
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
      id: 'cache-headers',
      title: 'A response that sets a session cookie is kept out of shared caches',
      defects: [20],
      run: async (bench) => {
        const app = await bench.start();
        const { headers } = await app.visitor().get(setting('a', 1));
        const cacheControl = String(headers['cache-control'] ?? 'none');
        return verdict(/private|no-store|no-cache/.test(cacheControl), `Cache-Control: ${cacheControl}`);
      },
    },
    {
      id: 'vary',
      title: 'A page made from the session says that it varies by cookie',
      defects: [20],
      run: async (bench) => {
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(login('ann'));
        const vary = String((await ann.get(userOf)).headers['vary'] ?? 'none');
        return verdict(/cookie/i.test(vary), `Vary: ${vary}`);
      },
    },
  ],
};

async function loginCookies(app: App): Promise<SetCookie[]> {
  return (await app.visitor().get(setting('userId', 'ann'))).setCookies;
}

async function everyCookie(
  bench: Bench,
  attribute: string,
  shown: string,
  settings: Partial<App['settings']> = {},
  protocol: 'http' | 'https' = 'http',
): Promise<Finding> {
  const cookies = await loginCookies(await bench.start({ settings, protocol }));
  const without = cookies.filter(({ attributes }) => !(attribute in attributes));
  if (cookies.length === 0) return verdict(false, 'no cookie is sent');
  return verdict(without.length === 0, without.length === 0 ? `${shown} is sent` : `${shown} is not sent`);
}

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
