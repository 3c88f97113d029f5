import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { filesInGit } from './files-in-git.ts';

it('lists files that exist, not what was deleted or ignored, nor the folder of another repository', () => {
  const root = mkdtempSync(join(tmpdir(), 'files-in-git-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const git = (...words: string[]) => execFileSync('git', words, { cwd: root });
  git('init', '--quiet');
  for (const name of ['kept ü.md', 'deleted.md']) writeFileSync(join(root, name), 'a');
  git('add', '.');
  rmSync(join(root, 'deleted.md'));
  writeFileSync(join(root, '.gitignore'), 'ignored.md\n');
  for (const name of ['ignored.md', 'new.md']) writeFileSync(join(root, name), 'a');
  mkdirSync(join(root, 'other'));
  git('init', '--quiet', 'other');

  expect(filesInGit(root)).toEqual(new Map([['kept ü.md', 'a']]));
  expect(Array.from(filesInGit(root, '--cached', '--others').keys())).toEqual([
    '.gitignore',
    'kept ü.md',
    'new.md',
  ]);
});
