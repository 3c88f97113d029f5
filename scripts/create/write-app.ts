import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from './failure.ts';
import type { PlannedFile } from './plan.ts';
import type { Target } from './target.ts';

/** How to take back what was done, in the order in which it was done. */
type Undo = (() => void)[];

/**
 * Writes the whole app or nothing: first to a folder beside its place, then it moves all files to their place. Files
 * that are not planned stay unchanged.
 *
 * @param target as it was just before
 * @param options `overwritten`: paths of the files that it may overwrite; a file that appears meanwhile is an error.
 *   `signal` stops it
 * @throws the error of the file system, or the signal's reason; everything is then as before
 */
export async function writeApp(
  target: Target,
  files: ReadonlyMap<string, PlannedFile>,
  { overwritten, signal }: { overwritten: readonly string[]; signal: AbortSignal },
): Promise<void> {
  const isNew = target.state === 'missing';
  const parent = isNew ? dirname(target.path) : target.path;
  // On the same file system, so that files can be moved.
  const name = isNew ? basename(target.path).slice(0, 60) : 'new-app';
  const staging = join(parent, `.${name}.${randomBytes(6).toString('hex')}`);
  // Overwritten files are kept here until all are moved.
  const former = join(staging, '.former');
  const undo: Undo = [];
  const failures: unknown[] = [];
  try {
    makeFolders(parent, undo);
    undo.push(() => {
      // Files that could not be moved back are in it.
      if (failures.length === 0) rmSync(staging, { recursive: true, force: true });
    });
    await writeAll(staging, files, signal);
    // Until all files are moved, nothing else runs, not even the handler of a signal.
    for (const path of isNew ? ['.'] : files.keys()) {
      const file = join(target.path, path);
      makeFolders(dirname(file), undo);
      const there = lstatSync(file, { throwIfNoEntry: false });
      if (there !== undefined && (there.isDirectory() || !overwritten.includes(path))) {
        throw new Failure(
          `${JSON.stringify(file)} appeared while the app was written: nothing was made. Run it again.`,
        );
      }
      if (there !== undefined) move(file, join(former, path), undo);
      move(join(staging, path), file, undo);
    }
  } catch (error) {
    for (const step of undo.toReversed()) {
      try {
        step();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length === 0) throw error;
    throw new Failure(
      `The app could not be moved to its place, and some files could not be put back: they are in ${JSON.stringify(former)}.`,
      { cause: new AggregateError([error, ...failures]) },
    );
  }
  rmSync(staging, { recursive: true, force: true });
}

/** Makes a folder and those above it, as far as they are missing. */
function makeFolders(folder: string, undo: Undo): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder), undo);
  // Another program may make the folder first, or put something into it before it is removed.
  if (mkdirSync(folder, { recursive: true }) === undefined) return;
  undo.push(() => {
    try {
      rmdirSync(folder);
    } catch {}
  });
}

async function writeAll(
  folder: string,
  files: ReadonlyMap<string, PlannedFile>,
  signal: AbortSignal,
): Promise<void> {
  for (const path of new Set(Array.from(files.keys(), dirname))) {
    mkdirSync(join(folder, path), { recursive: true });
  }
  for (const [path, { content, mode }] of files) {
    signal.throwIfAborted();
    await writeFile(join(folder, path), content, mode === undefined ? {} : { mode });
  }
  signal.throwIfAborted();
}

function move(from: string, to: string, undo: Undo): void {
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
  undo.push(() => renameSync(to, from));
}
