import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { UsageError } from './arguments.ts';

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

/** Follows the links of what exists, since the app goes to where they lead. */
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

/** What of the planned files is there already. */
export interface Collisions {
  /** Files that would be overwritten. */
  overwritten: string[];
  /** What no file can be written over or into, each with the reason: not even with --force. */
  blocked: { path: string; reason: string }[];
}

/**
 * @param folder absolute
 * @param paths of the planned files, relative, with `/`
 */
export function collisions(folder: string, paths: Iterable<string>): Collisions {
  const overwritten: string[] = [];
  const blocked = new Map<string, string>();
  const kinds = new Map<string, Kind>();
  const kindOf = (path: string): Kind => {
    const known = kinds.get(path);
    if (known !== undefined) return known;
    const kind = look(join(folder, path));
    kinds.set(path, kind);
    return kind;
  };
  for (const path of paths) {
    const parts = path.split('/');
    const folders = parts.slice(0, -1).map((_part, at) => parts.slice(0, at + 1).join('/'));
    const inTheWay = folders.find((one) => kindOf(one) === 'file' || kindOf(one) === 'link');
    if (inTheWay !== undefined) {
      // A link may lead out of the folder, to what is none of our business.
      blocked.set(inTheWay, kindOf(inTheWay) === 'link' ? 'a symbolic link' : 'a file');
    } else if (folders.every((one) => kindOf(one) === 'folder')) {
      const kind = kindOf(path);
      if (kind === 'folder') blocked.set(path, 'a folder');
      else if (kind !== 'nothing') overwritten.push(path);
    }
  }
  return { overwritten, blocked: Array.from(blocked, ([path, reason]) => ({ path, reason })) };
}

type Kind = 'nothing' | 'file' | 'folder' | 'link';

function look(file: string): Kind {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 'nothing';
  if (stat.isSymbolicLink()) return 'link';
  return stat.isDirectory() ? 'folder' : 'file';
}
