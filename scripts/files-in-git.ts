import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The files in git that still exist: content by path. With `--others` also those that can be added. */
export function filesInGit(root: string, ...which: ('--cached' | '--others')[]): Map<string, string> {
  const options = ['ls-files', '-z', '--exclude-standard', ...which];
  const listed = execFileSync('git', options, { cwd: root, encoding: 'utf8' }).split('\0').toSorted();
  const paths = listed.filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
  if (paths.length === 0) throw new Error(`git has no file in ${root}: clone the repository`);
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}
