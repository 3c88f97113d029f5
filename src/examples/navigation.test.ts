import { describe, expect, it } from 'vitest';
import { navigation, type Place } from './navigation.ts';

const PLACE: Place = {
  path: '/cookie/views',
  example: 'views',
  storage: 'cookie',
  storages: ['memory', 'cookie'],
  examples: [
    { name: 'views', title: 'Page views' },
    { name: 'login', title: 'Login' },
  ],
};

function linksOf(place: Place): string[] {
  const page = navigation(place).toString();
  return Array.from(page.matchAll(/<a href="([^"]*)"\s+(aria-current="\w+")?\s*>/g), ([, href, current]) =>
    [href, current].filter(Boolean).join(' '),
  );
}

describe('navigation', () => {
  it('links the examples on this storage, the lab, and this page on the other storages', () => {
    expect(linksOf(PLACE)).toEqual([
      '/cookie/views aria-current="page"',
      '/cookie/login',
      '/lab',
      '/memory/views',
      '/cookie/views aria-current="true"',
    ]);
  });

  it('keeps the sub-page when the storage is switched', () => {
    expect(linksOf({ ...PLACE, path: '/cookie/login/account' })).toContain('/memory/login/account');
  });

  it('has no switch where there is nothing to switch', () => {
    const { storage: _none, example: _neither, ...start } = PLACE;
    expect(linksOf({ ...start, path: '/' })).toEqual(['/memory/views', '/memory/login', '/lab']);
    expect(linksOf({ ...PLACE, storages: ['cookie'] })).toEqual([
      '/cookie/views aria-current="page"',
      '/cookie/login',
      '/lab',
    ]);
  });

  it('says that one is in the lab', () => {
    expect(linksOf({ ...PLACE, path: '/lab', example: 'lab' })).toContain('/lab aria-current="page"');
  });
});
