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
 * @param options `overwritten`: paths of the files that may be; any other that has come meanwhile is in the way. `signal`
 *   stops it; what was written is then removed again
 * @throws what the file system says, or the signal's reason; nothing has changed then
 */
export async function writeApp(
  target: Target,
  files: ReadonlyMap<string, PlannedFile>,
  { overwritten, signal }: { overwritten: readonly string[]; signal: AbortSignal },
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
    else moveInto(target.path, staging, files.keys(), new Set(overwritten));
  } catch (error) {
    if (!(error instanceof NotGivenBack)) rmSync(staging, { recursive: true, force: true });
    removeFolders(made);
    throw error;
  }
}

/** What was moved away could not be moved back, and is not to be removed. */
class NotGivenBack extends Failure {}

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
function moveInto(
  place: string,
  staging: string,
  paths: Iterable<string>,
  overwritten: ReadonlySet<string>,
): void {
  const former = join(staging, '.former');
  const undo: (() => void)[] = [];
  try {
    for (const path of paths) {
      const file = join(place, path);
      for (const folder of missingFolders(place, path)) {
        mkdirSync(folder);
        undo.push(() => removeFolders([folder]));
      }
      const there = lstatSync(file, { throwIfNoEntry: false });
      if (there !== undefined && (there.isDirectory() || !overwritten.has(path))) {
        throw new Failure(`${JSON.stringify(file)} has come meanwhile: nothing was made. Run it again.`);
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
    moveBack(undo, former);
    throw error;
  }
  rmSync(staging, { recursive: true, force: true });
}

/** Takes every step, whatever comes of those before it. */
function moveBack(undo: readonly (() => void)[], former: string): void {
  const failures: unknown[] = [];
  for (const step of undo.toReversed()) {
    try {
      step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 0) return;
  throw new NotGivenBack(
    `Making the app failed half-way, and not all could be put back: what was there is in ${JSON.stringify(former)}.`,
    { cause: new AggregateError(failures) },
  );
}

function missingFolders(place: string, path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts
    .map((_part, at) => join(place, ...parts.slice(0, at + 1)))
    .filter((folder) => !existsSync(folder));
}
