import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from './failure.ts';
import type { PlannedFile } from './plan.ts';
import type { Target } from './target.ts';

/**
 * Writes the app as a whole or not at all: first to a folder beside it, then all of it is moved to its place. What is
 * there and not planned stays as it is.
 *
 * @param target looked at just before
 * @param signal stops it; what was written is then removed again
 * @throws what the file system says, or the signal's reason; nothing has changed then
 */
export async function writeApp(
  target: Target,
  files: ReadonlyMap<string, PlannedFile>,
  signal: AbortSignal,
): Promise<void> {
  const isNew = target.state === 'missing';
  const parent = isNew ? dirname(target.path) : target.path;
  const made = isNew ? makeFolders(parent) : [];
  // On the same file system, or else nothing could be moved.
  const staging = join(
    parent,
    `.${isNew ? basename(target.path).slice(0, 60) : 'new-app'}.${randomBytes(6).toString('hex')}`,
  );
  try {
    await mkdir(staging);
    await writeAll(staging, files, signal);
    // From here on nothing else runs until all is moved, signals included.
    if (isNew) moveTo(target.path, staging);
    else moveInto(target.path, staging, files.keys());
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    removeFolders(made);
    throw error;
  }
}

/** @returns those that had to be made, from the top */
function makeFolders(folder: string): string[] {
  if (existsSync(folder)) return [];
  const above = makeFolders(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (existsSync(folder)) return above;
    removeFolders(above);
    throw error;
  }
  return [...above, folder];
}

function removeFolders(folders: readonly string[]): void {
  try {
    for (const folder of folders.toReversed()) rmdirSync(folder);
  } catch {
    // Somebody has put something there meanwhile.
  }
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

function moveTo(place: string, staging: string): void {
  // rename(2) would take the place of an empty folder that somebody has made meanwhile, and fail on a full one.
  renameSync(staging, place);
}

/** Moves each file to its place; when one cannot be, those before it are moved back. */
function moveInto(place: string, staging: string, paths: Iterable<string>): void {
  const former = join(staging, '.former');
  const undo: (() => void)[] = [];
  try {
    for (const path of paths) {
      const file = join(place, path);
      for (const folder of missingFolders(place, path)) {
        mkdirSync(folder);
        undo.push(() => rmdirSync(folder));
      }
      const there = lstatSync(file, { throwIfNoEntry: false });
      if (there?.isDirectory()) {
        throw new Failure(
          `${JSON.stringify(file)} is a folder, in the place of a file that the app needs: move it away.`,
        );
      }
      if (there !== undefined) {
        const kept = join(former, path);
        mkdirSync(dirname(kept), { recursive: true });
        renameSync(file, kept);
        undo.push(() => renameSync(kept, file));
      }
      renameSync(join(staging, path), file);
      undo.push(() => renameSync(file, join(staging, path)));
    }
  } catch (error) {
    for (const step of undo.toReversed()) step();
    throw error;
  }
  rmSync(staging, { recursive: true, force: true });
}

function missingFolders(place: string, path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts
    .map((_part, at) => join(place, ...parts.slice(0, at + 1)))
    .filter((folder) => !existsSync(folder));
}
