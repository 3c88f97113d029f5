import { describe, expect, it } from 'vitest';
import { navigation, type Place } from './navigation.ts';

const MEMORY = { name: 'memory', title: 'Memory' };
const COOKIE = { name: 'cookie', title: 'Cookie' };
const VIEWS = { name: 'views', title: 'Page views' };
const LAB = { name: 'lab', title: 'Lab', hasNoSession: true } as const;

const PLACE: Place = {
  path: '/cookie/views',
  example: VIEWS,
  storage: COOKIE,
  storages: [MEMORY, COOKIE],
  examples: [VIEWS, { name: 'race', title: 'Race' }, LAB],
};

function linksOf(place: Place): string[] {
  const page = navigation(place).toString();
  return Array.from(page.matchAll(/<a href="([^"]*)"\s+(aria-current="\w+")?\s*>/g), ([, href, current]) =>
    [href, current].filter(Boolean).join(' '),
  );
}

describe('navigation', () => {
  it('links the examples on this storage, those without a session, and this page on the other storage', () => {
    expect(linksOf(PLACE)).toEqual([
      '/examples',
      '/cookie/views aria-current="page"',
      '/cookie/race',
      '/lab',
      '/memory/views',
      '/cookie/views aria-current="true"',
    ]);
  });

  it('keeps the sub-page when the storage is switched', () => {
    expect(linksOf({ ...PLACE, path: '/cookie/flash/sent' })).toContain('/memory/flash/sent');
  });

  it.each([
    ['the overview', { path: '/examples' }, '/examples aria-current="page"'],
    ['an example without a session', { path: '/lab', example: LAB }, '/lab aria-current="page"'],
    [
      'a page of the app, whose session lives in a storage',
      { path: '/login', storage: COOKIE },
      '/memory/views',
    ],
  ])('has no switch on %s', (_page, place, link) => {
    const { storage: _storage, example: _example, ...elsewhere } = PLACE;
    const links = linksOf({ ...elsewhere, ...place });
    expect(links).toContain(link);
    expect(links).toHaveLength(4);
  });
});
