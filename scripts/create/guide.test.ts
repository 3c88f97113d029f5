import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plan } from './plan.ts';
import { templateOf } from './repository.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** The most that a reader of the README types for a page. */
const LONGEST_PAGE = 30;

const app = mkdtempSync(join(tmpdir(), 'guide-'));
afterAll(() => rmSync(app, { recursive: true, force: true }));

/** The code of the README: where it goes, and whether it is added to what is there. */
const blocks = Array.from(
  readFileSync(join(ROOT, 'docs', 'first-pages.md'), 'utf8').matchAll(
    /^```ts\n\/\/ ([^\n,]+)(, [^\n]*)?\n([^]*?)^```$/gm,
  ),
  ([, path = '', addition, code = '']) => ({ path, isAddition: addition !== undefined, code }),
);

/** What an editor does with "two more lines": imports go to the top, the others before the last of the function. */
function withAdded(text: string, code: string): string {
  const lines = code.trimEnd().split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const others = lines.filter((line) => !line.startsWith('import '));
  return `${imports.join('\n')}\n${text.replace(/^  return router;$/m, `${others.map((line) => `  ${line}\n`).join('')}$&`)}`;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(app, path)), { recursive: true });
  writeFileSync(join(app, path), text);
}

/** Runs a program of node_modules in the app. A failure has what it said. */
function run(program: string, ...args: string[]): void {
  const file = join(ROOT, 'node_modules', '.bin', program);
  execFileSync(file, args, { cwd: app, encoding: 'utf8', env: { ...process.env, E2E_STORAGES: 'memory' } });
}

beforeAll(() => {
  const choices = {
    directory: 'app',
    name: 'app',
    store: 'memory',
    minimal: true,
    sessionTests: false,
  } as const;
  const files = plan(templateOf(ROOT), { ...choices, pm: 'npm', install: false, git: false }, 'k'.repeat(43));
  for (const [path, { content }] of files) write(path, content);
  symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'));
  for (const { path, isAddition, code } of blocks) {
    write(path, isAddition ? withAdded(readFileSync(join(app, path), 'utf8'), code) : code);
  }
});

it('has two pages, each with a unit test and an end-to-end test', () => {
  expect(blocks.map(({ path }) => path)).toEqual([
    'src/pages/hello.ts',
    'src/pages/routes.ts',
    'src/pages/hello.test.ts',
    'e2e/hello.spec.ts',
    'src/pages/notes.ts',
    'src/pages/routes.ts',
    'src/pages/notes.test.ts',
    'e2e/notes.spec.ts',
  ]);
});

it.each(blocks.map(({ path, code }) => [path, code.trimEnd().split('\n').length]))(
  '%s is short: %i lines',
  (_path, lines) => {
    expect(lines).toBeLessThanOrEqual(LONGEST_PAGE);
  },
);

it('passes types, lint and format', () => {
  const added = blocks.map(({ path }) => path);
  expect(() => run('tsc')).not.toThrow();
  expect(() => run('oxlint', ...added)).not.toThrow();
  expect(() => run('oxfmt', '--check', ...added)).not.toThrow();
});

it('passes its unit tests', () => {
  expect(() => run('vitest', 'run', 'src/pages')).not.toThrow();
});

it('passes its end-to-end tests', () => {
  expect(() => run('playwright', 'test', 'e2e/hello.spec.ts', 'e2e/notes.spec.ts')).not.toThrow();
});
