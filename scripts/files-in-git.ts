import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of the files in git that still exist. With `--others` also of those that can be added. */
export function filesInGit(root: string, ...which: ('--cached' | '--others')[]): string[] {
  const options = ['ls-files', '-z', '--exclude-standard', ...which];
  const listed = execFileSync('git', options, { cwd: root, encoding: 'utf8' });
  return listed.split('\0').filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
}
