import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cookieNames } from './cookie-name.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'project-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function nameFor(manifest: object, production = false): string {
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  return cookieNames(root, { production })('session');
}

describe('cookieNames', () => {
  it('begins with the project’s name outside production, so that two projects on localhost share no cookie', () => {
    expect(nameFor({ name: 'shop' })).toBe('shop-session');
    expect(nameFor({ name: 'blog' })).toBe('blog-session');
  });

  it('begins with __Host- in production', () => {
    expect(nameFor({ name: 'shop' }, true)).toBe('__Host-session');
  });

  it.each([
    ['@acme/shop', 'acme-shop-session'],
    ['__Host-shop', 'Host-shop-session'],
    ['a shop; path=/', 'a-shop-path--session'],
    ['x'.repeat(214), `${'x'.repeat(40)}-session`],
  ])('turns the project name %j into a cookie name', (name, expected) => {
    expect(nameFor({ name })).toBe(expected);
  });

  it.each([{}, { name: '' }, { name: 7 }])('falls back to the folder name for %j', (manifest) => {
    expect(nameFor(manifest)).toBe(`${basename(root)}-session`);
  });
});
