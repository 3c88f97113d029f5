import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const SESSION = fileURLToPath(new URL('..', import.meta.url));
const ROOT = join(SESSION, '..', '..');
const NEEDED = new Set(['core', 'cookie', 'testing']);

/** The folders of src/session that an app may delete. */
export const OPTIONAL = readdirSync(SESSION, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !NEEDED.has(entry.name))
  .map(({ name }) => name);

/** Tests that need a folder without naming it: by an option, a method or a kind of store. */
export const USED_UNNAMED: Readonly<Record<string, readonly string[]>> = {
  conflicts: [
    'contention.test.ts',
    'defects.test.ts',
    'interleaving.test.ts',
    'koa-session/key-order.test.ts',
    'koa-session/replicas.test.ts',
    'many-processes.test.ts',
    'outage/fallback-keeper.test.ts',
    'outage/outage.test.ts',
    'outage/recovery.test.ts',
    'persistence.test.ts',
    'renew-grace-attacks.test.ts',
    'renew-grace.test.ts',
    'strict-data.test.ts',
    'thenables.test.ts',
    'un-awaited.test.ts',
  ],
  'koa-session': [
    'binding.test.ts',
    'conflicts/frozen.test.ts',
    'contention.test.ts',
    'cookie/hostile-cookies.test.ts',
    'cookie/same-name.test.ts',
    'defects.test.ts',
    'ends-with-browser.test.ts',
    'expiry.test.ts',
    'headers/header-gate.test.ts',
    'idle-timeout.test.ts',
    'interleaving.test.ts',
    'persistence.test.ts',
    'public-answers.test.ts',
    'request-session.test.ts',
    'session-data.test.ts',
    'store-failures.test.ts',
    'strict-data.test.ts',
    'testing/first-edition/first-edition.test.ts',
    'testing/first-edition/rolling-deployment.test.ts',
    'testing/parity/parity.test.ts',
    'thenables.test.ts',
    'users/session-limit.test.ts',
    'users/user-sessions.test.ts',
  ],
  outage: [
    'arrival.test.ts',
    'cookie/same-name.test.ts',
    'ends-with-browser.test.ts',
    'store-failures.test.ts',
    'testing/first-edition/first-edition.test.ts',
    'testing/first-edition/rolling-deployment.test.ts',
    'thenables.test.ts',
  ],
};

/** Matches the imports and exports of `folder` in index.ts, capturing the keyword and the names in braces. */
function statementsOn(folder: string): RegExp {
  return new RegExp(`^(import|export) ([^'";]*)from '\\./${folder}/[^']*';\n`, 'gm');
}

function namesIn(folder: string, index: string, keyword: 'import' | 'export'): string[] {
  return Array.from(index.matchAll(statementsOn(folder)))
    .filter(([, found]) => found === keyword)
    .flatMap(([, , list = '']) => list.replace(/[{}]/g, '').split(','))
    .map((item) => item.trim().split(' ').at(-1) ?? '')
    .filter((name) => name !== '');
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(text);
}

/** index.ts without the imports and exports of `folder`, and without the lines that pass a part of it on. */
export function indexWithout(folder: string, index: string): string {
  const names = namesIn(folder, index, 'import');
  return index
    .replace(statementsOn(folder), '')
    .replace(/(sessionWith\(\{\n)(.*?)(^\}\))/ms, (_, start: string, parts: string, end: string) => {
      const left = parts.split(/(?<=\n)/).filter((line) => !names.some((name) => hasWord(line, name)));
      return start + left.join('') + end;
    });
}

/** Makes a project that has src/session without one of its folders. */
export function makeProjectWithout(folder: string, root: string): void {
  const session = join(root, 'src', 'session');
  cpSync(SESSION, session, { recursive: true, filter: (path) => path !== join(SESSION, folder) });
  const index = join(session, 'index.ts');
  writeFileSync(index, indexWithout(folder, readFileSync(index, 'utf8')));
  for (const file of ['tsconfig.json', join('src', 'tsconfig.build.json')])
    cpSync(join(ROOT, file), join(root, file));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'junction');
}

/**
 * The tests in src/session that do not use `folder` and reach index.ts. The others run the same code with and without
 * the folder.
 */
export function testsWithout(folder: string): string[] {
  const sources = sourcesByPath();
  const names = namesIn(folder, sources.get('index.ts') ?? '', 'export');
  const uses = (path: string): boolean =>
    path.startsWith(`${folder}/`) ||
    (isForTests(path) && names.some((name) => hasWord(sources.get(path) ?? '', name)));
  const unnamed = new Set(USED_UNNAMED[folder]);
  return [...sources.keys()].filter((path) => {
    if (!path.endsWith('.test.ts') || path === 'testing/left-out.test.ts' || unnamed.has(path)) return false;
    const reached = reachedFrom(path, sources);
    return reached.has('index.ts') && ![...reached].some(uses);
  });
}

function sourcesByPath(): Map<string, string> {
  const paths = readdirSync(SESSION, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return new Map(
    paths.map((path) => [path.replaceAll(sep, '/'), readFileSync(join(SESSION, path), 'utf8')] as const),
  );
}

function isForTests(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('testing/');
}

/** The files that a test imports or starts as a process, directly or not, itself included; nothing beyond index.ts. */
function reachedFrom(
  path: string,
  sources: ReadonlyMap<string, string>,
  reached = new Set<string>(),
): Set<string> {
  if (reached.has(path)) return reached;
  reached.add(path);
  if (path === 'index.ts') return reached;
  const source = sources.get(path)?.replace(/^import type [^;]*;/gm, '') ?? '';
  for (const [, to = ''] of source.matchAll(/'([^'\n]+\.ts)'/g))
    reachedFrom(posix.join(posix.dirname(path), to), sources, reached);
  return reached;
}
