import { expect, storages, test } from './fixtures.ts';
import { visit } from './visit.ts';

const json = { headers: { Accept: 'application/json' } };

test('an address that does not exist has a page that leads on', async ({ page, context, problems }) => {
  problems.expect(/^404 GET .*\/nowhere$/);
  const response = await visit(page, '/nowhere');
  expect(response.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not Found');
  await expect(page.getByRole('main')).toContainText('There is nothing at this address.');
  expect(await context.cookies()).toEqual([]);
  await page.getByRole('link', { name: 'Go to the start page' }).click();
  await expect(page).toHaveURL('/');
});

test('programs get errors as JSON', async ({ request }) => {
  const response = await request.get('/nowhere', json);
  expect(response.status()).toBe(404);
  expect(await response.json()).toEqual({
    error: {
      status: 404,
      message: 'There is nothing at this address.',
      requestId: response.headers()['x-request-id'],
    },
  });
});

for (const storage of storages) {
  test(`what no form of ours sends is refused with a reason, ${storage}`, async ({ request }) => {
    const path = `/login`;
    const form = 'application/x-www-form-urlencoded';
    const send = async (data: string, type: string) => {
      const headers = { ...json.headers, 'Content-Type': type };
      const response = await request.post(path, { headers, data: Buffer.from(data) });
      return [response.status(), await response.json()] as const;
    };

    expect(await send('name[]=ada&name[]=eve&password[x]=1', form)).toMatchObject([
      422,
      { errors: { name: 'Enter your name.', password: 'Enter your password.' } },
    ]);
    expect(await send(`name=${'a'.repeat(40_000)}`, form)).toMatchObject([413, { error: { status: 413 } }]);
    expect(await send('{"name":', 'application/json')).toMatchObject([400, { error: { status: 400 } }]);
    expect(await send('<name>ada</name>', 'text/xml')).toMatchObject([415, { error: { status: 415 } }]);
    expect((await request.delete(path, json)).status()).toBe(405);
  });
}
