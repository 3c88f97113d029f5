import type { Cookie } from 'set-cookie-parser';
import type { Settings } from '../adapter.ts';
import type { StartOptions } from '../app.ts';
import { defect, type Group, testCase } from '../case.ts';
import { userPage } from '../handlers.ts';
import { setting } from '../handlers.ts';
import type { Kit } from '../kit.ts';
import { check } from '../outcome.ts';

const HTTPS: StartOptions = { protocol: 'https' };

export const ATTRIBUTES: Group = {
  name: 'Attributes',
  about: 'The attributes of the cookie, and whether Chromium keeps it.',
  cases: [
    testCase('http-only', 'By default scripts cannot read the cookie', async (kit) => {
      const cookies = await newCookies(kit);
      check(
        cookies.every(({ httpOnly }) => httpOnly),
        'HttpOnly is not sent',
      );
    }),

    testCase('path-root', 'By default the cookie is for all paths', async (kit) => {
      const paths = new Set((await newCookies(kit)).map(({ path }) => path ?? 'none'));
      check(String([...paths]) === '/', `Path: ${[...paths].join(', ')}`);
    }),

    testCase('same-site', '`SameSite` is sent as it is set', async (kit) => {
      const cookies = await newCookies(kit, { sameSite: 'strict' });
      const sent = new Set(cookies.map(({ sameSite }) => sameSite?.toLowerCase() ?? 'none'));
      check(String([...sent]) === 'strict', `set to strict, it sends ${[...sent].join(', ')}`);
    }),

    testCase('same-site-default', 'By default `SameSite` is sent', async (kit) => {
      const cookies = await newCookies(kit, { sameSite: undefined });
      check(
        cookies.every(({ sameSite }) => sameSite !== undefined),
        'SameSite is not sent',
      );
    }),

    testCase('secure-default', 'By default a cookie over https is `Secure`', async (kit) => {
      const cookies = await newCookies(kit, { secure: undefined }, HTTPS);
      check(
        cookies.every(({ secure }) => secure),
        'Secure is not sent',
      );
    }),

    testCase('host-prefix', 'A browser keeps a cookie with a `__Host-` name over https', async (kit) => {
      const ann = await kit.inBrowser({ name: '__Host-sid', secure: true }, HTTPS);
      await ann.login();
      check((await ann.user()) === 'ann', 'the browser drops it');
    }),

    testCase('partitioned', '`Partitioned` can be set', async (kit) => {
      const cookies = await newCookies(kit, { partitioned: true, secure: true }, HTTPS);
      check(
        cookies.every(({ partitioned }) => partitioned),
        'Partitioned is not sent',
      );
    }),

    testCase('proxy', 'Behind a trusted proxy that ends TLS a `Secure` cookie is sent', async (kit) => {
      const ann = await kit.visitor({ secure: true, trustProxy: true });
      const { setCookies } = await ann.get(setting('a', 1), { 'x-forwarded-proto': 'https' });
      check(setCookies.length > 0 && setCookies.every(({ secure }) => secure), 'it is not sent');
    }),

    defect(
      20,
      'cache-headers',
      'Shared caches must not keep a response that sets the cookie',
      async (kit) => {
        const ann = await kit.visitor();
        const { headers } = await ann.set('a', 1);
        const cacheControl = String(headers['cache-control'] ?? 'none');
        check(/private|no-store|no-cache/.test(cacheControl), `Cache-Control: ${cacheControl}`);
      },
    ),

    defect(20, 'vary', 'A page that reads the session says that it varies by cookie', async (kit) => {
      const ann = await kit.loggedIn();
      const { headers } = await ann.get(userPage);
      const vary = String(headers['vary'] ?? 'none');
      check(/cookie/i.test(vary), `Vary: ${vary}`);
    }),
  ],
};

/** The cookies that a new session brings. */
async function newCookies(kit: Kit, settings?: Partial<Settings>, options?: StartOptions): Promise<Cookie[]> {
  const ann = await kit.visitor(settings, options);
  const { setCookies } = await ann.set('userId', 'ann');
  check(setCookies.length > 0, 'no cookie is sent');
  return setCookies;
}
