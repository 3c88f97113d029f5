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
  it('ends with the project’s name outside production, so that two projects on localhost share no cookie', () => {
    expect(nameFor({ name: 'shop' })).toBe('session_shop');
    expect(nameFor({ name: 'blog' })).toBe('session_blog');
  });

  it('begins with __Host- in production', () => {
    expect(nameFor({ name: 'shop' }, true)).toBe('__Host-session');
  });

  it.each([
    ['@acme/shop', 'session_acme-shop'],
    ['a shop; path=/', 'session_a-shop-path'],
    ['x'.repeat(214), `session_${'x'.repeat(40)}`],
  ])('turns the project name %j into part of a cookie name', (name, expected) => {
    expect(nameFor({ name })).toBe(expected);
  });

  it('shares no name with another project, whatever both are called', () => {
    const [memory, plain] = ['session-memory', 'session'].map((name) => `${name}_`);
    expect(nameFor({ name: 'memory_x' }).startsWith(String(plain))).toBe(true);
    expect(nameFor({ name: 'memory_x' }).startsWith(String(memory))).toBe(false);
  });

  it.each(['', '{', 'null', '\uFEFF{"name":"shop"}'])(
    'falls back to the folder name for a package.json of %j',
    (text) => {
      writeFileSync(join(root, 'package.json'), text);
      expect(cookieNames(root, { production: false })('session')).toBe(`session_${basename(root)}`);
    },
  );

  it('falls back to the folder name without a package.json, and for a name in another script', () => {
    expect(cookieNames(root, { production: false })('session')).toBe(`session_${basename(root)}`);
    expect(nameFor({ name: '商店' })).toBe(`session_${basename(root)}`);
  });

  it.each([{}, { name: '' }, { name: 7 }])('falls back to the folder name for %j', (manifest) => {
    expect(nameFor(manifest)).toBe(`session_${basename(root)}`);
  });
});
