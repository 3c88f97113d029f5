import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { UsageError } from './failure.ts';

/** Where the app will be. */
export interface Target {
  /** Absolute, without symbolic links as far as it exists. */
  path: string;
  /** What is there now; `.git` alone counts as nothing. */
  state: 'missing' | 'empty' | 'filled';
}

/**
 * @param directory as it was given
 * @param cwd the working directory
 * @throws {UsageError} when no app can be there
 */
export function targetOf(directory: string, cwd: string): Target {
  const shown = JSON.stringify(directory);
  if (/\p{Cc}/u.test(directory)) {
    throw new UsageError(`The directory ${shown} has control characters in its name: give it another.`);
  }
  const path = realPath(resolve(cwd, directory), shown);
  if (path.split(sep).includes('node_modules')) {
    throw new UsageError(
      `${shown} is in a folder node_modules, which git, npm and test runners pass over: choose another directory.`,
    );
  }
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { path, state: 'missing' };
  if (!stat.isDirectory()) {
    throw new UsageError(`${shown} is a file: choose another directory, or move the file away.`);
  }
  const isFilled = readdirSync(path).some((name) => name !== '.git');
  return { path, state: isFilled ? 'filled' : 'empty' };
}

/** Follows links as far as the path exists: the app goes where they lead. */
function realPath(path: string, shown: string): string {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent, shown), basename(path));
  }
  if (stat.isSymbolicLink() && statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new UsageError(`${shown} is a symbolic link to nothing: remove it, or choose another directory.`);
  }
  return realpathSync(path);
}

/** A longer list would push the message out of sight. */
const MOST_LISTED = 20;

/**
 * @param paths of the planned files, relative, with `/`
 * @returns those that will be overwritten
 * @throws {UsageError} when the directory is not empty without --force, or a file cannot be written
 */
export function checkTarget({ path, state }: Target, paths: Iterable<string>, force: boolean): string[] {
  const { overwritten, blocked } = collisions(path, paths);
  const shown = JSON.stringify(path);
  const [first] = blocked;
  if (first !== undefined) {
    throw new UsageError(
      `${first.path} in ${shown} is ${first.reason}, where the app needs something else: move it away, or choose another directory.`,
    );
  }
  if (state !== 'filled' || force) return overwritten;
  if (overwritten.length === 0) {
    throw new UsageError(
      `${shown} is not empty: choose another directory, or put the app among what is there with --force. No file would be overwritten.`,
    );
  }
  const listed = overwritten.slice(0, MOST_LISTED).map((one) => `  ${one}\n`);
  const more = overwritten.length - MOST_LISTED;
  if (more > 0) listed.push(`  and ${more} more, which --force --dry-run lists\n`);
  throw new UsageError(
    `${listed.join('')}${shown} is not empty: the ${overwritten.length === 1 ? 'file' : `${overwritten.length} files`} above would be overwritten. Choose another directory, or use --force, which leaves everything else as it is.`,
  );
}

/**
 * Finds the planned files that exist already.
 *
 * @param folder absolute
 * @param paths of the planned files, relative, with `/`
 * @returns `overwritten`: files to overwrite; `blocked`: what no file can be written over or into, even with --force
 */
export function collisions(folder: string, paths: Iterable<string>) {
  const overwritten: string[] = [];
  const blocked = new Map<string, string>();
  for (const path of paths) {
    const parts = path.split('/');
    const steps = parts.map((_part, at) => parts.slice(0, at + 1).join('/'));
    // The first step on the way to the file that is not a folder.
    const found = steps.find((step) => kindOf(join(folder, step)) !== 'a folder') ?? path;
    const kind = kindOf(join(folder, found));
    if (kind === undefined) continue;
    if (found === path && kind !== 'a folder') overwritten.push(path);
    // A link may lead out of the folder, to what the app must not change.
    else blocked.set(found, kind);
  }
  return { overwritten, blocked: Array.from(blocked, ([path, reason]) => ({ path, reason })) };
}

function kindOf(file: string): 'a file' | 'a folder' | 'a symbolic link' | undefined {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink()) return 'a symbolic link';
  if (stat?.isDirectory()) return 'a folder';
  return stat && 'a file';
}
