import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, lockFor, type Lockfile, type Manifest, manifestFor } from './manifest.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ourOwn = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

const MANIFEST: Manifest = {
  name: 'ours',
  version: '9.9.9',
  private: true,
  type: 'module',
  scripts: {
    start: 'node scripts/setup.js && node dist/server.js',
    'start:cluster': 'node dist/cluster.js',
    'test:unit': 'node scripts/setup/all.js unit && vitest run src/ scripts/ --reporter=dot',
    'test:e2e': 'node scripts/setup/all.js e2e && playwright test --config e2e/engines/playwright.config.ts',
    bench: 'tsx scripts/bench.ts',
    check: 'tsc && oxlint',
  },
  dependencies: { koa: '1', only: '1' },
  devDependencies: {
    '@types/koa': '1',
    '@types/node': '1',
    '@types/only': '1',
    oxlint: '1',
    rules: '1',
    typescript: '1',
    tsx: '1',
  },
  optionalDependencies: { redis: '2' },
  engines: { node: '>=20' },
  allowScripts: { a: false },
};
const LOCK: Lockfile = {
  name: 'ours',
  version: '9.9.9',
  packages: {
    '': { ...MANIFEST, license: 'MIT' },
    'node_modules/koa': { version: '1.0.0', dependencies: { shared: '1', deep: '2' } },
    'node_modules/koa/node_modules/deep': { version: '2.0.0' },
    'node_modules/only': { version: '1.0.0', dependencies: { 'only-too': '1', 'for-both': '1' } },
    'node_modules/only-too': { version: '1.0.0' },
    'node_modules/for-both': { version: '1.0.0', license: 'MIT', engines: { node: '20' } },
    'node_modules/deep': { version: '1.0.0' },
    'node_modules/shared': { version: '1.0.0' },
    'node_modules/oxlint': {
      version: '1.0.0',
      dev: true,
      bin: { oxlint: 'a' },
      peerDependencies: { rules: '1' },
    },
    'node_modules/rules': { version: '1.0.0', dev: true },
    'node_modules/typescript': {
      version: '1.0.0',
      dev: true,
      bin: { tsc: 'a' },
      dependencies: { 'for-both': '1' },
      optionalDependencies: { system: '1' },
    },
    'node_modules/system': { version: '1.0.0', dev: true, optional: true },
    'node_modules/tsx': { version: '1.0.0', dev: true, bin: { tsx: 'a' }, dependencies: { deep: '1' } },
    'node_modules/redis': { version: '2.0.0', optional: true, dependencies: { 'of-redis': '1' } },
    'node_modules/of-redis': { version: '1.0.0', optional: true },
  },
};
const FILES = new Map([
  ['scripts/setup.js', ''],
  ['src/server.ts', "import Koa from 'koa';\nimport './app.ts';\nimport 'node:fs';\n"],
]);
const ON_REDIS = new Map(FILES).set('src/cluster.ts', "await import('redis');\n");

const CHOICES = {
  directory: '',
  name: 'app',
  store: 'memory',
  minimal: true,
  sessionTests: false,
  pm: 'npm',
  install: true,
  git: true,
} as const;

describe('the manifest', () => {
  it('has the scripts whose files are there, and the packages that are imported, run or worked with', () => {
    expect(manifestFor(MANIFEST, LOCK, FILES, CHOICES)).toEqual({
      name: 'app',
      version: '0.1.0',
      private: true,
      type: 'module',
      imports: { '#browser': 'playwright/test' },
      scripts: {
        start: MANIFEST.scripts['start'],
        'test:unit': 'node scripts/setup.js unit && vitest run src/ --reporter=dot',
        'test:e2e': 'node scripts/setup.js e2e && playwright test',
        check: 'tsc && oxlint',
      },
      dependencies: { koa: '1' },
      devDependencies: { '@types/koa': '1', '@types/node': '1', oxlint: '1', rules: '1', typescript: '1' },
      engines: { node: '>=20' },
      allowScripts: { a: false },
    });
  });

  it('has a script for the tests of the session layer, when they are there', () => {
    const { scripts } = manifestFor(MANIFEST, LOCK, FILES, { ...CHOICES, sessionTests: true });
    expect(scripts['test:unit']).toContain('vitest run src/ --exclude=src/session/** --reporter=dot');
    expect(scripts['test:session']).toBe('node scripts/setup.js unit && vitest run src/session/');
  });

  it('needs the client of Redis where sessions live there, and else may be without', () => {
    const needed = manifestFor(MANIFEST, LOCK, ON_REDIS, { ...CHOICES, store: 'redis' });
    expect(needed.dependencies).toEqual({ koa: '1', redis: '2' });
    expect(needed).not.toHaveProperty('optionalDependencies');
    expect(needed.scripts).toHaveProperty(['start:cluster']);
    expect(manifestFor(MANIFEST, LOCK, ON_REDIS, CHOICES).optionalDependencies).toEqual({ redis: '2' });
  });

  it('has settings of npm for npm alone', () => {
    expect(manifestFor(MANIFEST, LOCK, FILES, { ...CHOICES, pm: 'pnpm' })).not.toHaveProperty('allowScripts');
  });
});

describe('the lock file', () => {
  it('has what the packages of the app need, marked with what needs it', () => {
    const manifest = manifestFor(MANIFEST, LOCK, FILES, CHOICES);
    const { name, version, packages } = lockFor(LOCK, manifest);
    expect({ name, version }).toEqual({ name: 'app', version: '0.1.0' });
    const { ['']: root, ...others } = packages;
    const { dependencies, devDependencies } = manifest;
    expect(root).toMatchObject({ name: 'app', version: '0.1.0', dependencies, devDependencies });
    expect(root).not.toHaveProperty('license');
    expect(root).not.toHaveProperty('optionalDependencies');
    const { packages: ours } = LOCK;
    expect(others).toEqual(
      Object.fromEntries(
        ['koa', 'koa/node_modules/deep', 'shared', 'oxlint', 'rules', 'typescript', 'system']
          .map((path) => [`node_modules/${path}`, ours[`node_modules/${path}`]])
          .concat([['node_modules/for-both', { ...ours['node_modules/for-both'], dev: true }]]),
      ),
    );
    expect(Object.keys(others['node_modules/for-both'] ?? {})).toEqual([
      'version',
      'dev',
      'license',
      'engines',
    ]);
  });

  it('marks what is no longer optional', () => {
    const { packages } = lockFor(LOCK, manifestFor(MANIFEST, LOCK, ON_REDIS, { ...CHOICES, store: 'redis' }));
    expect(packages['node_modules/redis']).not.toHaveProperty('optional');
    expect(packages['node_modules/of-redis']).toEqual({ version: '1.0.0' });
  });

  it('of this repository itself is as npm wrote it', () => {
    const lock = ourOwn('package-lock.json') as Lockfile;
    const { packages } = lockFor(lock, ourOwn('package.json') as Manifest);
    const { ['']: _root, ...others } = packages;
    const { ['']: _ours, ...written } = lock.packages;
    expect(JSON.stringify(others)).toBe(JSON.stringify(written));
  });
});

it('finds the packages that code imports', () => {
  const code = `import a from 'a';
import { type B } from '@b/c/d';
import 'e/f';
export * from 'g';
const h = await import('h');
type I = import('i').I;
import j from './j.ts';
import { k } from 'node:k';
import {
  l,
} from 'l';
const m = 'm';
require('n');
createRequire(import.meta.url)('o')`;
  expect(importsOf(code)).toEqual(['a', '@b/c', 'e', 'g', 'h', 'i', 'l', 'n', 'o']);
});
