import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Template } from './plan.ts';

/** What of this repository is of use here alone: its own checks, records, measurements and pictures. */
const OURS = [
  '.ci/',
  '.github/workflows/nightly.yml',
  'LICENSE',
  'README.md',
  'e2e/cookie-cases',
  'e2e/engine-tests.ts',
  'e2e/engines-reporter.ts',
  'e2e/firefox.ts',
  'e2e/packages/',
  'e2e/webkit.ts',
  'e2e/webkitgtk/',
  'src/session/exports.test.ts',
  // A new app has no sessions of the first edition.
  'src/session/testing/first-edition/',
  'src/session/testing/left-out',
];

/** All that an app has of docs/ and scripts/: its set-up is tested here. */
const HANDED_OUT = /^(docs\/security\.md|scripts\/(setup\b|browsers(?!\/(firefox|webkit))).*\.js)$/;

function isOurs(path: string): boolean {
  if (/^(docs|scripts)\//.test(path)) return !HANDED_OUT.test(path);
  return OURS.some((beginning) => path.startsWith(beginning));
}

/** Paths of the files that an app is made of, among those that git keeps. */
export function templatePaths(root: string): string[] {
  const kept = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  return kept
    .split('\0')
    .filter((path) => path !== '' && !isOurs(path))
    .toSorted();
}

/**
 * Files that only `--minimal` has: where they are here, by their path in an app. Here their names tell tools that they
 * are not of this project.
 */
export function minimalFiles(root: string): Map<string, string> {
  const folder = join(root, 'scripts', 'create', 'minimal');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((file) => [
        file
          .slice(folder.length + 1)
          .replace('.minimal.ts', '.ts')
          .replaceAll(sep, '/'),
        file,
      ]),
  );
}

/** What the package will carry, read from where it is made of. */
export function templateOf(root: string): Template {
  const files = templatePaths(root).map((path) => [path, join(root, path)] as const);
  return { files: read(files), minimal: read(minimalFiles(root)) };
}

function read(files: Iterable<readonly [string, string]>): Map<string, string> {
  return new Map(Array.from(files, ([path, file]) => [path, readFileSync(file, 'utf8')]));
}
