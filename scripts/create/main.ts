import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { setImmediate as afterSignals } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Given, readArguments, UsageError } from './arguments.ts';
import { choose, completed, DEFAULT_DIRECTORY } from './choose.ts';
import { initGit, install } from './commands.ts';
import { Failure, inWords } from './failure.ts';
import { type PlannedFile, plan } from './plan.ts';
import { Cancelled } from './prompts.ts';
import { ending, HELP, hint, quoted, say, swallowedHint } from './report.ts';
import { collisions, type Target, targetOf } from './target.ts';
import { writeApp } from './write-app.ts';

/** Of the package, in which this is one file. */
const PACKAGE = fileURLToPath(new URL('.', import.meta.url));
const WINDOWS = process.platform === 'win32';
/** More would push what they are listed for out of sight. */
const MOST_LISTED = 20;

/** By the shell's convention, 128 and the number of the signal. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

class Interrupted extends Error {
  readonly signal: keyof typeof EXIT_CODES;

  constructor(signal: keyof typeof EXIT_CODES) {
    super(`Interrupted by ${signal}`);
    this.signal = signal;
  }
}

const interruption = new AbortController();
for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const) {
  process.on(signal, () => interruption.abort(new Interrupted(signal)));
}
// Whoever reads along may stop reading, such as `| head`; that is no reason to stop here.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** How far it got, for the message of an interruption. */
let isMade = false;
/** Where the app was to be, as far as that is known, for the message of a failure. */
let place = 'the working directory';

try {
  await main(readArguments(process.argv.slice(2), process.env));
} catch (error) {
  process.exitCode = reported(error);
}

async function main(given: Given): Promise<void> {
  const { version } = readJson('package.json') as { version: string };
  if (given.help) return say(HELP.trimEnd());
  if (given.version) return say(version);

  const cwd = currentDirectory();
  place = resolve(cwd, given.directory ?? DEFAULT_DIRECTORY);
  if (given.swallowed.length > 0) {
    hint(swallowedHint(given.swallowed, quoted(given.directory ?? DEFAULT_DIRECTORY, WINDOWS)));
  }
  const template = new Map(Object.entries(readJson('template.json') as Record<string, string>));
  const key = randomBytes(32).toString('base64url');
  if (given.directory !== undefined) {
    // Before any question, since no answer could help.
    const target = targetOf(given.directory, cwd);
    checkTarget(target, withoutKeptEnv(target, plan(template, completed(given, cwd), key)), given.force);
  }
  const choices = await choose(given, cwd, interruption.signal);
  const target = targetOf(choices.directory, cwd);
  place = target.path;
  const files = withoutKeptEnv(target, plan(template, choices, key));
  const overwritten = checkTarget(target, files, given.force);
  if (given.dryRun) return showPlan(target, files, overwritten);

  try {
    await writeApp(target, files, { overwritten, signal: interruption.signal });
  } catch (error) {
    throw inWords(error, target.path);
  }
  isMade = true;
  const git = choices.git ? await makeRepository(target.path) : 'not wanted';
  if (git === 'no git' && given.git)
    throw new Failure(
      'The app is made, but git was not found: install it and run git init, or use --no-git.',
    );
  if (choices.install) {
    await install(target.path, choices.pm, { env: process.env, signal: interruption.signal });
  }
  const path = relative(cwd, target.path);
  say(
    ending({
      path: path.startsWith('..') ? target.path : path,
      files: files.size,
      hasKey: files.has('.env'),
      git,
      choices,
      version,
      windows: WINDOWS,
    }),
  );
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(PACKAGE, file), 'utf8'));
}

function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new Failure('The working directory is gone: change to one that exists.', { cause: error });
  }
}

/** A `.env` that is there stays: no other file has what is in it, and git has no copy. */
function withoutKeptEnv(target: Target, planned: Map<string, PlannedFile>): Map<string, PlannedFile> {
  if (existsSync(join(target.path, '.env'))) planned.delete('.env');
  return planned;
}

async function makeRepository(folder: string): Promise<'made' | 'inside another' | 'no git'> {
  try {
    return initGit(folder, process.env);
  } catch (error) {
    // A signal that has ended git has come to us as well, and is told once the current work is done.
    await afterSignals();
    interruption.signal.throwIfAborted();
    throw error;
  }
}

/**
 * @returns what will be overwritten
 * @throws {UsageError} when that may not be, or cannot
 */
function checkTarget(target: Target, files: ReadonlyMap<string, PlannedFile>, force: boolean): string[] {
  if (target.state === 'missing') return [];
  const { overwritten, blocked } = collisions(target.path, files.keys());
  const shown = JSON.stringify(target.path);
  const [first] = blocked;
  if (first !== undefined) {
    throw new UsageError(
      `${first.path} in ${shown} is ${first.reason}, in the place of something else that the app needs: move it away, or choose another directory.`,
    );
  }
  if (target.state === 'empty' || force) return overwritten;
  if (overwritten.length === 0) {
    throw new UsageError(
      `${shown} is not empty: choose another directory, or put the app among what is there with --force. None of it would be overwritten.`,
    );
  }
  for (const path of overwritten.slice(0, MOST_LISTED)) hint(`  ${path}`);
  const more = overwritten.length - MOST_LISTED;
  if (more > 0) hint(`  and ${more} more, which --force --dry-run lists`);
  throw new UsageError(
    `${shown} is not empty: the ${overwritten.length === 1 ? 'file' : `${overwritten.length} files`} above would be overwritten. Choose another directory, or use --force, which leaves everything else as it is.`,
  );
}

function showPlan(
  target: Target,
  files: ReadonlyMap<string, PlannedFile>,
  overwritten: readonly string[],
): void {
  const replaced = new Set(overwritten);
  for (const path of files.keys()) say(replaced.has(path) ? `${path} (overwritten)` : path);
  say(`${files.size} files would be made in ${quoted(target.path, WINDOWS)}. Nothing was.`);
}

function reported(thrown: unknown): number {
  const error = isMade ? thrown : inWords(thrown, place);
  if (error instanceof Interrupted) {
    hint(
      isMade
        ? 'Interrupted: the app is made, but its dependencies are not installed.'
        : 'Interrupted: nothing was made.',
    );
    return EXIT_CODES[error.signal];
  }
  if (error instanceof Cancelled) {
    hint('Cancelled: nothing was made.');
    return EXIT_CODES.SIGINT;
  }
  if (error instanceof UsageError) {
    hint(error.message);
    return 2;
  }
  // Anything else is a mistake of ours, and would not be found without its stack.
  if (error instanceof Failure || process.env['DEBUG'] === undefined) {
    hint(
      error instanceof Failure
        ? error.message
        : `This should not happen: ${String(error)}. Set DEBUG=1 to see more, and please report it.`,
    );
    return 1;
  }
  throw error;
}
