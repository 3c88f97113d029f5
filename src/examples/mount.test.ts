import { describe, expect, it } from 'vitest';
import { DEMO_ACCOUNT } from '../auth/users.ts';
import { OVER_TLS, PRODUCTION, testApp } from '../testing/test-app.ts';
import { examples } from './examples.ts';

const { name, password, displayName } = DEMO_ACCOUNT;
const HTML = { Accept: 'text/html' };
const AS_JSON = { Accept: 'application/json' };

it.each(['/login', '/'])('pages of the app have the inspector, but not in production: %s', async (path) => {
  expect((await testApp().browser.get(path).set(HTML)).text).toContain('Inspector');
  const { text } = await testApp(PRODUCTION)
    .browser.get(path)
    .set({ ...HTML, ...OVER_TLS });
  expect(text).not.toContain('Inspector');
});

describe.each(Object.entries(examples))('the example %s', (key, { hasNoSession, source, test }) => {
  const storages = ['memory', 'cookie'] as const;
  const paths = hasNoSession ? [`/${key}`] : storages.map((storage) => `/${storage}/${key}`);
  const [path = ''] = paths;

  it('is named like its folders, as `npm run remove` needs it', () => {
    expect([source[0], test]).toEqual([`src/examples/${key}/route.ts`, `e2e/examples/${key}/${key}.spec.ts`]);
  });

  it.each(paths)('has a page, also as JSON, with the inspector if it has a session: %s', async (path) => {
    const { browser, logged } = testApp();
    const { text } = await browser.get(path).set(HTML).expect(200);
    expect(text.includes('Inspector')).toBe(!hasNoSession);
    const { body } = await browser.get(path).set(AS_JSON).expect(200);
    expect('inspector' in body).toBe(!hasNoSession);
    expect(logged).toEqual([]);
  });

  it('shows the source files that it names, and no others', async () => {
    const { browser } = testApp();
    await browser.get('/source/package.json').expect(404);
    for (const file of [...source, test]) {
      const { text } = await browser.get(`/source/${file}`).set(HTML).expect(200);
      expect(text).toContain(`<h1><code>${file}</code></h1>`);
    }
  });

  it('links to no source if others can reach the app', async () => {
    const { browser } = testApp({ host: '0.0.0.0' });
    expect((await browser.get(path).set(HTML).expect(200)).text).not.toContain('href="/source/');
    await browser.get(`/source/${source[0]}`).expect(404);
  });

  it('has no inspector and only sealed __Host- cookies in production', async () => {
    const { browser } = testApp(PRODUCTION);
    const { text, headers } = await browser
      .get(path)
      .set({ ...OVER_TLS, ...HTML })
      .expect(200);
    expect(text).not.toContain('Inspector');
    const { headers: inDevelopment } = await testApp().browser.get(path).set(HTML);
    const { length } = [inDevelopment['set-cookie'] ?? []].flat();
    const sealed = /^__Host-[a-z]+-memory=v1\.[\w-]+; path=\/; .*samesite=lax; secure; httponly$/;
    expect([headers['set-cookie'] ?? []].flat()).toEqual(
      Array.from({ length }, () => expect.stringMatching(sealed)),
    );
    expect((await browser.get(path).set({ ...OVER_TLS, ...AS_JSON })).body).not.toHaveProperty('inspector');
    await browser.get(`/source/${source[0]}`).set(OVER_TLS).expect(404);
  });

  it.each(hasNoSession ? [] : storages)(
    'is linked on %s first if that is configured',
    async (sessionStore) => {
      const { browser } = testApp({ sessionStore });
      const { text } = await browser.get('/examples').set(HTML);
      const links = Array.from(text.matchAll(/href="\/(\w+)\/(\w+)"\s+>/g)).filter(
        ([, , one]) => one === key,
      );
      const other = sessionStore === 'memory' ? 'cookie' : 'memory';
      expect(links.map(([, storage]) => storage)).toEqual([sessionStore, sessionStore, other]);
    },
  );

  it('does not see a login of the app', async () => {
    const { browser } = testApp();
    await browser.post('/login').type('form').send({ name, password }).expect(303);
    const { text } = await browser.get(path).set(HTML).expect('Cache-Control', 'private, no-cache');
    expect(text).not.toContain(displayName);
    expect((await browser.get('/').set(AS_JSON)).body).toMatchObject({ user: name });
  });
});
