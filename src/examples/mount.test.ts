import { describe, expect, it } from 'vitest';
import { DEMO_ACCOUNT } from '../auth/users.ts';
import { OVER_TLS, PRODUCTION, testApp } from '../testing/test-app.ts';
import { examples } from './examples.ts';

const { name, password } = DEMO_ACCOUNT;
const HTML = { Accept: 'text/html' };
const SOURCE = '/source/src/examples/views/route.ts';

describe('the examples outside production', () => {
  it.each(['/memory/views', '/login', '/'])(
    'show the inspector, on the pages of the app too: %s',
    async (path) => {
      expect((await testApp().browser.get(path).set(HTML)).text).toContain('Inspector');
    },
  );

  it('show the source that the inspector links to', async () => {
    const { browser, logged } = testApp();
    await browser
      .get(SOURCE)
      .set(HTML)
      .expect(200, /SessionData/);
    expect(logged).toEqual([]);
  });

  it.each([
    ['memory', true],
    ['cookie', false],
  ])('say on %s whether its cookie is an id: %s', async (storage, isId) => {
    const { browser } = testApp();
    const { text } = await browser.get(`/${storage}/views`).set(HTML);
    expect(text.includes('key to what the server keeps')).toBe(isId);
  });

  it.each([
    ['memory', 'cookie'],
    ['cookie', 'memory'],
  ] as const)('offer %s first if that is configured, then %s', async (sessionStore, other) => {
    const { browser } = testApp({ sessionStore });
    const { text } = await browser.get('/examples').set(HTML);
    const links = Array.from(text.matchAll(/href="\/(\w+)\/views"\s+>/g), ([, storage]) => storage);
    expect(links).toEqual([sessionStore, sessionStore, other]);
  });

  it('keep sessions of their own: a login of the app is none of theirs', async () => {
    const { browser } = testApp();
    await browser.post('/login').type('form').send({ name, password }).expect(303);
    const { text } = await browser
      .get('/memory/views')
      .set(HTML)
      .expect('Cache-Control', 'private, no-cache');
    expect(text).not.toContain(DEMO_ACCOUNT.displayName);
    expect((await browser.get('/').set('Accept', 'application/json')).body).toMatchObject({ user: name });
  });

  it('are named like their folders, since `npm run remove` goes by that', () => {
    const named = Object.entries(examples).map(([key, example]) => [key, example.source[0], example.test]);
    expect(named).toEqual(
      Object.keys(examples).map((key) => [
        key,
        `src/examples/${key}/route.ts`,
        `e2e/examples/${key}/${key}.spec.ts`,
      ]),
    );
  });
});

describe('the examples where others can reach the app', () => {
  it.each(['/memory/views', '/lab', '/'])('link to no source: %s', async (path) => {
    const { browser } = testApp({ host: '0.0.0.0' });
    expect((await browser.get(path).set(HTML).expect(200)).text).not.toContain('href="/source/');
    await browser.get(SOURCE).expect(404);
  });

  it('have no inspector in production', async () => {
    const { browser } = testApp(PRODUCTION);
    const { text, headers } = await browser.get('/memory/views').set({ ...OVER_TLS, ...HTML });
    expect(text).not.toContain('Inspector');
    expect([headers['set-cookie'] ?? []].flat()).toEqual([
      expect.stringMatching(/^__Host-examples-memory=v1\.[\w-]+; path=\/; .*samesite=lax; secure; httponly$/),
    ]);
    const { body } = await browser.get('/memory/views').set({ ...OVER_TLS, Accept: 'application/json' });
    expect(body).toEqual({ views: 1 });
    await browser.get(SOURCE).set(OVER_TLS).expect(404);
  });
});
