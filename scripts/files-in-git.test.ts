import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { filesInGit } from './files-in-git.ts';

// A git hook sets these for the repository that is committed to.
beforeEach(() =>
  ['GIT_DIR', 'GIT_INDEX_FILE', 'GIT_WORK_TREE'].forEach((name) => vi.stubEnv(name, undefined)),
);
afterEach(() => vi.unstubAllEnvs());

function newRepository(): string {
  const root = mkdtempSync(join(tmpdir(), 'files-in-git-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  return root;
}

it('fails for a copy that git ignores, instead of finding nothing wrong with no files', () => {
  const root = newRepository();
  writeFileSync(join(root, '.gitignore'), 'copy\n');
  mkdirSync(join(root, 'copy'));
  writeFileSync(join(root, 'copy', 'a.md'), 'a');

  expect(() => filesInGit(join(root, 'copy'), '--cached', '--others')).toThrow(/git has no file in .*copy/);
});

it('lists files that exist, not what was deleted or ignored, nor the folder of another repository', () => {
  const root = newRepository();
  for (const name of ['kept ü.md', 'deleted.md']) writeFileSync(join(root, name), 'a');
  execFileSync('git', ['add', '.'], { cwd: root });
  rmSync(join(root, 'deleted.md'));
  writeFileSync(join(root, '.gitignore'), 'ignored.md\n');
  for (const name of ['ignored.md', 'new.md']) writeFileSync(join(root, name), 'a');
  mkdirSync(join(root, 'other'));
  execFileSync('git', ['init', '--quiet', 'other'], { cwd: root });

  expect(filesInGit(root)).toEqual(new Map([['kept ü.md', 'a']]));
  expect(Array.from(filesInGit(root, '--cached', '--others').keys())).toEqual([
    '.gitignore',
    'kept ü.md',
    'new.md',
  ]);
});
