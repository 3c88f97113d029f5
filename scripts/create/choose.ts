import { basename, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { nameProblem, proposeName } from './app-name.ts';
import { type Given, UsageError } from './arguments.ts';
import { callerOf, type Choices } from './choices.ts';
import { askFor, openTerminal } from './prompts.ts';
import { defaultsTaken, say } from './report.ts';
import { targetOf } from './target.ts';

export const DEFAULT_DIRECTORY = 'my-app';

/**
 * Completes what was given: by asking, where there is somebody to ask, or with the defaults.
 *
 * @param signal ends the questions
 */
export async function choose(given: Given, cwd: string, signal: AbortSignal): Promise<Choices> {
  const isInteractive = isatty(0) && isatty(1) && !isCi() && !given.yes;
  if (isInteractive) return asked(given, cwd, signal);
  const choices = completed(given, cwd);
  const taken = defaultsTaken(given, choices);
  if (taken !== undefined) say(taken);
  const named = given.name ?? nameOf(choices.directory, cwd);
  if (choices.name !== named) {
    say(
      `The package is called ${choices.name}, since npm refuses ${JSON.stringify(named)}: ${nameProblem(named)}. --name takes another.`,
    );
  }
  return choices;
}

/** What was given, and the defaults for the rest. */
export function completed(given: Given, cwd: string): Choices {
  const {
    directory = DEFAULT_DIRECTORY,
    store = 'memory',
    minimal = false,
    sessionTests = false,
    git = true,
    install = true,
  } = given;
  const named = given.name ?? nameOf(directory, cwd);
  const name = nameProblem(named) === undefined ? named : proposeName(named);
  return {
    directory,
    name,
    store,
    minimal,
    sessionTests,
    git,
    install,
    pm: given.pm ?? callerOf(process.env),
  };
}

async function asked(given: Given, cwd: string, signal: AbortSignal): Promise<Choices> {
  signal.throwIfAborted();
  const terminal = openTerminal(process.stdin, process.stdout);
  signal.addEventListener('abort', () => terminal.close());
  try {
    const answers = await askFor(terminal, given, {
      directory: DEFAULT_DIRECTORY,
      name: (directory) => nameOf(directory, cwd),
      problemOf: (directory) => directoryProblem(directory, cwd, given.force),
    });
    return { ...answers, sessionTests: given.sessionTests ?? false, pm: given.pm ?? callerOf(process.env) };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
  }
}

function directoryProblem(directory: string, cwd: string, force: boolean): string | undefined {
  try {
    if (force || targetOf(directory, cwd).state !== 'filled') return undefined;
    return `${JSON.stringify(directory)} is not empty: choose another directory, or start again with --force.`;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

function nameOf(directory: string, cwd: string): string {
  // A scope and a name, as npm writes them.
  return /^@[^/]+\/[^/]+$/.test(directory) ? directory : basename(resolve(cwd, directory));
}

function isCi(): boolean {
  const { CI } = process.env;
  return CI !== undefined && CI !== '' && CI !== 'false' && CI !== '0';
}
