import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const OPTIONAL = [
  'conflicts',
  'headers',
  'users',
  'revocations',
  'outage',
  'memory',
  'redis',
  'sql',
  'koa-session',
];

/** Which folders each folder may import besides itself. index.ts may import all of them. */
const FOLDERS = new Map<string, readonly string[]>([
  ['cookie', []],
  ['core', ['cookie']],
  ...OPTIONAL.map((name): [string, string[]] => [name, ['core', 'cookie']]),
]);

const PACKAGES = new Set(['koa', 'cookies', 'crc', 'lru-cache']);

/**
 * Imports that go the wrong way, and cycles. Tests and test support may import anything inside src/session.
 *
 * @param files sources by their path in src/session, with `/` between its parts
 */
function breachesOf(files: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, source] of files) {
    const targets = importsOf(source).map((to) => resolved(file, to));
    for (const target of targets) {
      if (!isAllowed(file, target)) breaches.push(`${file} imports ${target}`);
    }
    if (!isTest(file)) graph.set(file, targets);
  }
  return [...breaches, ...cyclesOf(graph).map((cycle) => `cycle: ${cycle.join(', ')}`)];
}

function importsOf(source: string): string[] {
  const found = source.matchAll(
    /^(?:import|export)\b[^'"`;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  return Array.from(found, ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
}

/** A file's path from src/session, or the name of a package with `package ` before it. */
function resolved(file: string, to: string): string {
  return to.startsWith('.') ? posix.join(posix.dirname(file), to) : `package ${to}`;
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || isTestSupport(path);
}

function isTestSupport(path: string): boolean {
  return path.split('/').slice(0, -1).includes('testing');
}

function isAllowed(file: string, target: string): boolean {
  if (target.startsWith('../')) return false;
  if (isTest(file)) return true;
  const name = /^package ([^/]*)/.exec(target)?.[1];
  if (name !== undefined) return name.startsWith('node:') || PACKAGES.has(name);
  if (isTestSupport(target)) return false;
  const from = folderOf(file);
  const to = folderOf(target);
  if (file === 'index.ts') return FOLDERS.has(to);
  return FOLDERS.get(from)?.concat(from).includes(to) === true;
}

/** The top folder of a file in src/session; `.` for files directly in src/session. */
function folderOf(path: string): string {
  if (path === 'index.ts') return path;
  return path.includes('/') ? (path.split('/', 1)[0] ?? '') : '.';
}

/** Groups of files that import each other, also indirectly. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const reachable = new Map(Array.from(graph.keys(), (file) => [file, reachableFrom(file, graph)]));
  const groups = Array.from(reachable, ([file, reached]) =>
    [...reached].filter((other) => reachable.get(other)?.has(file)).toSorted(),
  );
  const distinct = new Map(groups.map((group) => [group.join(), group]));
  return Array.from(distinct.values()).filter(({ length }) => length > 0);
}

function reachableFrom(file: string, graph: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const left = [file];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const target of graph.get(next) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      left.push(target);
    }
  }
  return reached;
}

/** @param tree paths of made-up files, each with its imports */
function breachesIn(tree: Record<string, string[]>): string[] {
  const sources = Object.entries(tree).map(([path, targets]) => {
    return [path, targets.map((to) => `import { x } from '${to}';\n`).join('')] as const;
  });
  return breachesOf(new Map(sources));
}

describe('imports in src/session', () => {
  it('go one way: from index.ts to the optional folders, to core/, to cookie/', () => {
    const tree = {
      'index.ts': [
        './memory/memory.ts',
        './koa-session/classic.ts',
        './core/middleware.ts',
        './cookie/seal.ts',
      ],
      'memory/memory.ts': ['../core/store.ts', '../cookie/seal.ts', './lru.ts'],
      'memory/lru.ts': [],
      'koa-session/classic.ts': ['../core/store.ts'],
      'core/middleware.ts': ['./store.ts', '../cookie/seal.ts'],
      'core/store.ts': [],
      'cookie/seal.ts': ['./random-pool.ts'],
      'cookie/random-pool.ts': [],
    };
    expect(breachesIn(tree)).toEqual([]);
  });

  it.each([
    ['core/a.ts', 'memory/b.ts'],
    ['core/a.ts', 'index.ts'],
    ['cookie/a.ts', 'core/b.ts'],
    ['cookie/a.ts', 'outage/b.ts'],
    ['redis/a.ts', 'memory/b.ts'],
    ['redis/deeper/a.ts', 'sql/b.ts'],
    ['users/a.ts', 'index.ts'],
    ['index.ts', 'unheard-of/b.ts'],
    ['unheard-of/a.ts', 'core/b.ts'],
    ['unheard-of/a.ts', 'unheard-of/b.ts'],
  ])('do not go from %s to %s', (file, target) => {
    const to = posix.relative(posix.dirname(file), target);
    expect(breachesIn({ [file]: [to.startsWith('.') ? to : `./${to}`] })).toEqual([
      `${file} imports ${target}`,
    ]);
  });

  it('name only the packages that the folder needs', () => {
    const allowed = ['node:crypto', 'koa', 'cookies', 'crc/crc32', 'lru-cache'];
    expect(breachesIn({ 'core/a.ts': allowed })).toEqual([]);
    expect(breachesIn({ 'core/a.ts': ['koa-compose'], 'a.ts': ['zod'] })).toEqual([
      'core/a.ts imports package koa-compose',
      'a.ts imports package zod',
    ]);
  });

  it('do not leave the folder, not even in tests', () => {
    for (const file of ['a.ts', 'a.test.ts', 'testing/a.ts', 'redis/testing/a.ts', 'redis/a.test.ts']) {
      const outside = posix.relative(posix.dirname(file), '../http/log.ts');
      expect(breachesIn({ [file]: [outside] })).toEqual([`${file} imports ../http/log.ts`]);
    }
  });

  it('of test support are only for tests', () => {
    const tree = {
      'core/a.ts': ['../testing/clock.ts', './testing/clock.ts'],
      'core/a.test.ts': ['../testing/clock.ts', '../memory/memory.ts', 'vitest'],
      'testing/clock.ts': ['./more.ts', '../memory/memory.ts', 'vitest'],
    };
    expect(breachesIn(tree)).toEqual([
      'core/a.ts imports testing/clock.ts',
      'core/a.ts imports core/testing/clock.ts',
    ]);
  });

  it('make no cycle, however long', () => {
    const tree = {
      'core/a.ts': ['./b.ts'],
      'core/b.ts': ['./c.ts', './leaf.ts'],
      'core/c.ts': ['./a.ts'],
      'core/leaf.ts': [],
      'users/one.ts': ['./other.ts'],
      'users/other.ts': ['./one.ts', '../core/a.ts'],
      'one.test.ts': ['./two.test.ts'],
      'two.test.ts': ['./one.test.ts'],
    };
    expect(breachesIn(tree)).toEqual([
      'cycle: core/a.ts, core/b.ts, core/c.ts',
      'cycle: users/one.ts, users/other.ts',
    ]);
  });

  it.each([
    "import type { A } from '../index.ts';",
    "import {\n  a,\n  b,\n} from '../index.ts';",
    "import '../index.ts';",
    "export * from '../index.ts';",
    "const a = await import('../index.ts');",
    "type A = import('../index.ts').A;",
  ])('are found as %j', (source) => {
    expect(breachesOf(new Map([['core/a.ts', source]]))).toEqual(['core/a.ts imports index.ts']);
  });

  it('follow these rules', () => {
    const folder = join(import.meta.dirname, '..');
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => [path.replaceAll(sep, '/'), readFileSync(join(folder, path), 'utf8')] as const);
    expect(sources.length).toBeGreaterThan(10);
    expect(breachesOf(new Map(sources))).toEqual([]);
  });
});
