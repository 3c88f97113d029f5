import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { setImmediate as afterSignals } from 'node:timers/promises';
import { HELP, readArguments } from './arguments.ts';
import type { Choices } from './choices.ts';
import { choose, completed } from './choose.ts';
import { initGit, install } from './commands.ts';
import { Failure, inWords, Stopped } from './failure.ts';
import { plan } from './plan.ts';
import { ending, quoted, swallowedHint } from './report.ts';
import { checkTarget, targetOf } from './target.ts';
import { writeApp } from './write-app.ts';

const interruption = new AbortController();
for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const outcome = isMade ? 'the app is made, but its dependencies are not installed' : 'nothing was made';
    interruption.abort(new Stopped(`Interrupted: ${outcome}.`, signal));
  });
}
// A reader such as `| head` may stop reading. The app is made anyway.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** Whether the app is in its place, for messages. */
let isMade = false;
/** Where the app will be, as far as that is known, for messages. */
let place = 'the working directory';

try {
  await main();
} catch (error) {
  // A signal that ended git or a question reaches this process too, and explains the error.
  await afterSignals();
  process.exitCode = reported(interruption.signal.aborted ? interruption.signal.reason : error);
}

async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2), process.env);
  const { version } = packaged('package.json') as { version: string };
  if (given.help) return console.log(HELP);
  if (given.version) return console.log(version);

  const cwd = process.cwd();
  const expected = completed(given, cwd);
  place = resolve(cwd, expected.directory);
  if (given.swallowed.length > 0) console.error(swallowedHint(given.swallowed, expected.directory));
  const template = new Map(Object.entries(packaged('template.json') as Record<string, string>));
  const key = randomBytes(32).toString('base64url');
  const prepare = (choices: Choices) => {
    const target = targetOf(choices.directory, cwd);
    const files = plan(template, choices, key);
    // An existing `.env` is kept: no other file has its content, and git has no copy.
    if (existsSync(join(target.path, '.env'))) files.delete('.env');
    return { target, files, overwritten: checkTarget(target, files.keys(), given.force) };
  };
  // No answer could make a wrong directory right, so it is checked before the questions.
  if (given.directory !== undefined) prepare(expected);
  const choices = await choose(given, cwd, interruption.signal);
  const { target, files, overwritten } = prepare(choices);
  place = target.path;
  if (given.dryRun) {
    for (const path of files.keys()) console.log(overwritten.includes(path) ? `${path} (overwritten)` : path);
    return console.log(`${files.size} files would be made in ${quoted(place)}. Nothing was changed.`);
  }

  await writeApp(target, files, { overwritten, signal: interruption.signal });
  isMade = true;
  const git = choices.git ? initGit(place, process.env) : 'not wanted';
  if (git === 'no git' && given.git) {
    throw new Failure(
      'The app is made, but git was not found: install it and run git init, or use --no-git.',
    );
  }
  if (choices.install) {
    await install(place, choices.pm, { env: process.env, signal: interruption.signal });
  }
  const below = relative(cwd, place);
  const path = below.startsWith('..') ? place : below;
  console.log(ending({ path, files: files.size, hasKey: files.has('.env'), git, choices, version }));
}

/** Reads a file that is packed beside this program. */
function packaged(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
}

/** @returns the exit code */
function reported(thrown: unknown): number {
  const error = isMade ? thrown : inWords(thrown, place);
  if (error instanceof Failure) {
    console.error(error.message);
    return error.exitCode;
  }
  // Any other error is a defect of this program, and its stack is needed to find it.
  if (process.env['DEBUG'] !== undefined) throw error;
  console.error(`This should not happen: ${String(error)}. Set DEBUG=1 to see more, and please report it.`);
  return 1;
}
