import type { App } from '../app.ts';
import { type Bench } from '../bench.ts';
import { type Finding, type Group, verdict } from '../case.ts';
import { loggedIn, login, setting, userOf } from '../handlers.ts';
import type { SetCookie } from '../../../src/session/testing/client.ts';

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
        await browser.look(app.page(login('ann')));
        const user = await browser.look(app.page(userOf));
        return verdict(user === 'ann', user === 'ann' ? 'the browser keeps it' : 'the browser drops it');
      },
    },
    {
      id: 'partitioned',
      title: '`Partitioned` can be set',
      run: async (bench) =>
        everyCookie(bench, 'partitioned', 'Partitioned', { partitioned: true, secure: true }, 'https'),
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
        const ann = await loggedIn(app);
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
