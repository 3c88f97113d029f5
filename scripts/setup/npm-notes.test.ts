import { describe, expect, it } from 'vitest';
import { staleness, unlockedDependencies } from './npm-notes.js';

const lock = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/koa': { version: '3.3.0', integrity: 'sha512-a' },
    'node_modules/vitest': { version: '4.1.0', integrity: 'sha512-b', dev: true },
    'node_modules/fsevents': { version: '2.3.3', dev: true, optional: true, os: ['darwin'] },
    'node_modules/esbuild-linux': {
      version: '1.0.0',
      dev: true,
      optional: true,
      os: ['linux'],
      cpu: ['x64'],
    },
    'node_modules/buffer': { version: '6.0.3', extraneous: true },
    'node_modules/react': { version: '19.0.0', peer: true },
  },
};
const onLinux = { dev: true, platform: 'linux', arch: 'x64' };

/** What npm notes after `npm ci` on Linux, without `left`, with `changed`. */
function installed(
  left: string[] = [],
  changed: Record<string, { version: string; integrity?: string }> = {},
) {
  const absent = new Set(['', 'node_modules/fsevents', 'node_modules/buffer', ...left]);
  const packages = Object.entries(lock.packages).filter(([path]) => !absent.has(path));
  return { packages: { ...Object.fromEntries(packages), ...changed } };
}

describe('staleness of node_modules', () => {
  it('is none after npm ci, though packages for other systems are left out', () => {
    expect(staleness(lock, installed(), onLinux)).toBeUndefined();
  });

  it('is none where peer and optional packages are left out by a setting', () => {
    const without = installed(['node_modules/react', 'node_modules/esbuild-linux']);
    expect(staleness(lock, without, onLinux)).toBeUndefined();
  });

  it('is none where a person has installed something more', () => {
    expect(
      staleness(lock, installed([], { 'node_modules/left-pad': { version: '1.3.0' } }), onLinux),
    ).toBeUndefined();
  });

  it.each([
    ['a package is missing', installed(['node_modules/koa']), 'node_modules/koa is missing'],
    [
      'a version differs',
      installed([], { 'node_modules/koa': { version: '3.2.0', integrity: 'sha512-a' } }),
      'node_modules/koa is not the locked one',
    ],
    [
      'the content differs at the same version',
      installed([], { 'node_modules/koa': { version: '3.3.0', integrity: 'sha512-x' } }),
      'node_modules/koa is not the locked one',
    ],
  ])('is told when %s', (_, notes, problem) => {
    expect(staleness(lock, notes, onLinux)).toBe(problem);
  });

  it('asks for dev dependencies only where they are needed', () => {
    const production = installed(['node_modules/vitest', 'node_modules/esbuild-linux']);
    expect(staleness(lock, production, { ...onLinux, dev: false })).toBeUndefined();
    expect(staleness(lock, production, onLinux)).toBe('node_modules/vitest is missing');
  });

  it('is told when the modules were installed for another system', () => {
    const elsewhere = { dev: true, platform: 'linux', arch: 'arm64' };
    expect(staleness(lock, installed(), elsewhere)).toBe('node_modules/esbuild-linux is for another system');
  });

  it('is told when a package for every system but one is on that one', () => {
    const notWindows = { packages: { 'node_modules/pty': { version: '1.0.0', os: ['!win32'] } } };
    expect(staleness(notWindows, notWindows, onLinux)).toBeUndefined();
    expect(staleness(notWindows, notWindows, { ...onLinux, platform: 'win32' })).toContain('another system');
  });
});

describe('unlocked dependencies', () => {
  it('are those of all sorts that the lockfile does not hold', () => {
    const manifest = {
      dependencies: { koa: '^3', 'koa-helmet': '^9' },
      devDependencies: { vitest: '^4', oxlint: '^1' },
      optionalDependencies: { fsevents: '^2', redis: '^6' },
    };
    expect(unlockedDependencies(manifest, lock)).toEqual(['koa-helmet', 'oxlint', 'redis']);
  });
});
