import type { Context } from 'koa';
import { expect, it } from 'vitest';
import type { Services } from '../pages/services.ts';
import type { Storage } from '../storages/storage.ts';
import type { Example } from './example.ts';
import { type Belonging, frameOf } from './frame.ts';

const storageOf = (name: string): Storage => ({ name, title: name, where: name, options: {} });
const exampleOf = (name: string): Example => {
  return { name, title: name, summary: name, source: [], test: '', routes: () => {} };
};

const [memory, cookie] = [storageOf('memory'), storageOf('cookie')];
const [one, two] = [exampleOf('one'), exampleOf('two')];
const without: Example = { ...exampleOf('without'), hasNoSession: true };

/** Where the links of the navigation lead, and which are marked as current. */
async function linksOn(path: string, page: Belonging): Promise<string[]> {
  const frame = frameOf(
    {
      services: {} as Services,
      storages: [memory, cookie],
      examples: [one, two, without],
      events: undefined,
    },
    page,
  );
  const { navigation } = await frame({ path } as Context);
  const links = String(navigation).matchAll(/<a href="([^"]*)"\s+(aria-current="\w+")?\s*>/g);
  return Array.from(links, ([, href, current]) => [href, current].filter(Boolean).join(' '));
}

it('links the examples on this storage, those without a session, and this page on the other storage', async () => {
  expect(await linksOn('/cookie/one', { storage: cookie, example: one })).toEqual([
    '/examples',
    '/cookie/one aria-current="page"',
    '/cookie/two',
    '/without',
    '/memory/one',
    '/cookie/one aria-current="true"',
  ]);
});

it('keeps the sub-page when the storage is switched', async () => {
  expect(await linksOn('/cookie/one/sent', { storage: cookie, example: one })).toContain('/memory/one/sent');
});

it.each<[where: string, path: string, page: Belonging, link: string]>([
  ['the overview', '/examples', {}, '/examples aria-current="page"'],
  ['an example without a session', '/without', { example: without }, '/without aria-current="page"'],
  ['a page of the app, whose session lives in a storage', '/login', { storage: cookie }, '/memory/one'],
])('has no switch on %s', async (_where, path, page, link) => {
  const links = await linksOn(path, page);
  expect(links).toContain(link);
  expect(links).toHaveLength(4);
});
