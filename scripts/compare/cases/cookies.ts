import type { Cookie } from 'set-cookie-parser';
import type { Settings } from '../adapter.ts';
import type { StartOptions } from '../app.ts';
import { type Case, defect, group, testCase } from '../case.ts';
import { type Handler, plainPage, setting, userPage } from '../handlers.ts';
import type { Kit } from '../kit.ts';
import { brief, check, Refusal } from '../outcome.ts';

const HTTPS: StartOptions = { protocol: 'https' };

const ATTRIBUTES = group('Attributes', 'The attributes of the cookie.', [
  testCase('http-only', 'By default scripts cannot read the cookie', sends('HttpOnly')),

  testCase('path-root', 'By default the cookie is for all paths', async (kit) => {
    const paths = new Set((await newCookies(kit)).map(({ path }) => path ?? 'none'));
    check(String([...paths]) === '/', `Path: ${[...paths].join(', ')}`);
  }),

  testCase('same-site', '`SameSite` is sent as it is set', async (kit) => {
    const cookies = await newCookies(kit, { sameSite: 'strict' });
    const sent = new Set(cookies.map(({ sameSite }) => sameSite?.toLowerCase() ?? 'none'));
    check(String([...sent]) === 'strict', `set to strict, it sends ${[...sent].join(', ')}`);
  }),

  testCase('same-site-default', 'By default `SameSite` is sent', sends('SameSite', { sameSite: undefined })),

  testCase(
    'secure-default',
    'By default a cookie over https is `Secure`',
    sends('Secure', { secure: undefined }, HTTPS),
  ),

  testCase('host-prefix', 'A browser keeps a cookie with a `__Host-` name over https', async (kit) => {
    const ann = await kit.inBrowser({ name: '__Host-sid', secure: true }, HTTPS);
    await ann.login();
    check((await ann.user()) === 'ann', 'the browser drops it');
  }),

  testCase(
    'partitioned',
    '`Partitioned` can be set',
    sends('Partitioned', { partitioned: true, secure: true }, HTTPS),
  ),

  testCase('proxy', 'Behind a trusted TLS proxy a `Secure` cookie is sent', async (kit) => {
    const ann = await kit.visitor({ secure: true, trustProxy: true });
    const { setCookies } = await ann.get(setting('a', 1), { 'x-forwarded-proto': 'https' });
    check(setCookies.length > 0 && setCookies.every(({ secure }) => secure), 'it is not sent');
  }),

  defect(20, 'cache-headers', 'A response with the cookie is kept out of shared caches', async (kit) => {
    const ann = await kit.visitor();
    const { headers } = await ann.set('a', 1);
    const cacheControl = String(headers['cache-control'] ?? 'none');
    check(/private|no-store|no-cache/.test(cacheControl), `Cache-Control: ${cacheControl}`);
  }),

  defect(20, 'vary', 'A page that reads the session says that it varies by cookie', async (kit) => {
    const ann = await kit.loggedIn();
    const { headers } = await ann.get(userPage);
    const vary = String(headers['vary'] ?? 'none');
    check(/cookie/i.test(vary), `Vary: ${vary}`);
  }),
]);

/** All cookies of a new session have the attribute. */
function sends(attribute: string, settings?: Partial<Settings>, options?: StartOptions): Case['run'] {
  return async (kit) => {
    const property = attribute.charAt(0).toLowerCase() + attribute.slice(1);
    const cookies = await newCookies(kit, settings, options);
    const missing = cookies.filter((cookie) => !(property in cookie));
    check(missing.length === 0, `${attribute} is not sent`);
  };
}

/** The cookies that a new session brings. */
async function newCookies(kit: Kit, settings?: Partial<Settings>, options?: StartOptions): Promise<Cookie[]> {
  const ann = await kit.visitor(settings, options);
  const { setCookies } = await ann.set('userId', 'ann');
  check(setCookies.length > 0, 'no cookie is sent');
  return setCookies;
}

const MISTAKES = group('Mistakes', 'No browser keeps the cookie: does an error say so?', [
  defect(19, 'host-prefix-insecure', 'A `__Host-` name without `Secure` is an error', async (kit) =>
    checkRefused(kit, { name: '__Host-sid', secure: false }),
  ),

  defect(19, 'same-site-none-insecure', '`SameSite=None` without `Secure` is an error', async (kit) =>
    checkRefused(kit, { sameSite: 'none', secure: false }),
  ),

  defect(19, 'partitioned-insecure', '`Partitioned` without `Secure` is an error', async (kit) =>
    checkRefused(kit, { partitioned: true, secure: false }),
  ),

  defect(6, 'too-large', 'A cookie of more than 4096 bytes is an error', async (kit) => {
    kit.needs('cookie');
    const ann = await kit.inBrowser();
    await ann.set('basket', 'x'.repeat(4100));
    const isKept = typeof (await ann.read('basket')) === 'string';
    check(isKept || ann.app.errors.length > 0, 'the browser has dropped it, and there is no error');
  }),

  defect(21, 'proxy-untrusted', 'Behind an untrusted TLS proxy the error names the proxy', async (kit) => {
    const ann = await kit.visitor({ secure: true });
    await ann.get(setting('a', 1), { 'x-forwarded-proto': 'https' });
    const error = ann.app.errors[0]?.message;
    check(error !== undefined, 'no cookie and no error');
    check(/proxy/i.test(error), `error: ${brief(error)}`);
  }),

  defect(21, 'proxy-untrusted-store', 'No session is stored whose cookie cannot be sent', async (kit) => {
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
]);

/** A cookie that no browser keeps leads to an error. */
async function checkRefused(kit: Kit, settings: Partial<Settings>): Promise<void> {
  const { error, isSent } = await visit(kit, settings, setting('a', 1));
  check(error !== undefined, isSent ? 'the cookie is sent, without an error' : 'no cookie and no error');
}

/** The error at the start or at the first visit, and whether that visit got a cookie. */
async function visit(kit: Kit, settings: Partial<Settings>, page: Handler) {
  try {
    const ann = await kit.visitor(settings);
    const { setCookies } = await ann.get(page);
    return { error: ann.app.errors[0]?.message, isSent: setCookies.length > 0 };
  } catch (error) {
    if (error instanceof Refusal) return { error: error.reason, isSent: false };
    throw error;
  }
}

const OPTIONS = group('Options', 'How the middleware treats its options.', [
  defect(9, 'same-site-null', '`sameSite: null` means not sent', async (kit) => {
    const ann = await kit.visitor({ sameSite: null });
    const { status, setCookies } = await ann.set('a', 1);
    check(status === 200, `status ${status}: ${brief(ann.app.errors[0]?.message ?? '')}`);
    check(setCookies.length > 0, 'no cookie is sent');
    const isSent = setCookies.some(({ sameSite }) => sameSite !== undefined);
    check(!isSent, 'it is sent');
  }),

  defect(9, 'frozen-options', 'A frozen options object is accepted', async (kit) => {
    const ann = await kit.visitor({ pass: Object.freeze });
    const { status } = await ann.set('a', 1);
    check(status === 200, `status ${status}`);
  }),

  defect(9, 'options-unchanged', "The caller's options object is not changed", async (kit) => {
    const passed: { options: object; before: string }[] = [];
    const ann = await kit.visitor({
      pass: (options) => {
        passed.push({ options, before: namesIn(options) });
        return options;
      },
    });
    await ann.get(plainPage);
    const isChanged = passed.some(({ options, before }) => namesIn(options) !== before);
    check(!isChanged, 'it has other keys afterwards');
  }),

  defect(10, 'second-session', 'A second session in the same app has its own cookie', async (kit) => {
    const ann = await kit.visitor({ second: 'second' });
    const { setCookies } = await ann.set('a', 1);
    const names = setCookies.map(({ name }) => name).filter((name) => !name.endsWith('.sig'));
    check(names.includes('second'), `of the cookies sid and second it sends ${names.join(', ')}`);
  }),

  defect(8, 'async-valid', 'A session that an asynchronous `valid` refuses is not used', async (kit) => {
    let isValid = true;
    const ann = await kit.loggedIn({ valid: () => Promise.resolve(isValid) });
    isValid = false;
    check((await ann.user()) !== 'ann', 'the session is used');
  }),
]);

/** The keys of the options, and of the cookie options in them. */
function namesIn(options: object): string {
  const { cookie } = options as { cookie?: object };
  return JSON.stringify([Object.keys(options), cookie && Object.keys(cookie)]);
}

export const COOKIES = [ATTRIBUTES, MISTAKES, OPTIONS];
