import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cookieNames } from './cookie-name.ts';

const root = mkdtempSync(join(tmpdir(), 'project-'));
afterAll(() => rmSync(root, { recursive: true }));

function nameWith({ manifest = '', production = false }): string {
  rmSync(join(root, 'package.json'), { force: true });
  if (manifest !== '') writeFileSync(join(root, 'package.json'), manifest);
  return cookieNames(root, { production })('session');
}

describe('cookieNames', () => {
  // The last name must differ from that of the cookie `session-memory` of a project `x`.
  it.each([
    ['shop', 'session_shop'],
    ['@acme/shop', 'session_acme-shop'],
    ['a shop; path=/', 'session_a-shop-path'],
    ['x'.repeat(214), `session_${'x'.repeat(40)}`],
    ['memory_x', 'session_memory_x'],
  ])('end with the project’s name outside production: %j', (name, expected) => {
    expect(nameWith({ manifest: JSON.stringify({ name }) })).toBe(expected);
  });

  it('begin with __Host- in production', () => {
    expect(nameWith({ manifest: '{"name":"shop"}', production: true })).toBe('__Host-session');
  });

  it.each(['', '{', 'null', '\uFEFF{"name":"shop"}', '{}', '{"name":""}', '{"name":7}', '{"name":"商店"}'])(
    'end with the name of the folder if package.json is %j',
    (manifest) => {
      expect(nameWith({ manifest })).toBe(`session_${basename(root)}`);
    },
  );
});
