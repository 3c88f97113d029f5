import { basename, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { checkName, nameProblem, proposeName } from './app-name.ts';
import type { Given } from './arguments.ts';
import { callerOf, type Choices, type Store, STORES } from './choices.ts';
import { Stopped, UsageError } from './failure.ts';
import { defaultsTaken } from './report.ts';
import { targetOf } from './target.ts';

/**
 * Completes what was given: by asking on a terminal, or else with the defaults.
 *
 * @param signal ends the questions
 */
export async function choose(given: Given, cwd: string, signal: AbortSignal): Promise<Choices> {
  const isCi = !['', 'false', '0'].includes(process.env['CI'] ?? '');
  if (isatty(0) && isatty(1) && !isCi && !given.yes) {
    signal.throwIfAborted();
    const terminal = openTerminal(process.stdin, process.stdout);
    signal.addEventListener('abort', () => terminal.close());
    try {
      return await askFor(terminal, given, cwd);
    } finally {
      terminal.close();
    }
  }
  const choices = completed(given, cwd);
  const taken = defaultsTaken(given, choices);
  if (taken !== undefined) console.log(taken);
  const problem = nameProblem(nameOf(choices.directory, cwd));
  if (given.name === undefined && problem !== undefined) {
    console.log(`${problem} The package is called ${choices.name} instead: --name changes that.`);
  }
  return choices;
}

/** What was given, and the defaults for the rest. */
export function completed(given: Partial<Choices>, cwd: string): Choices {
  const { directory = 'my-app', store = 'memory', minimal = false, sessionTests = false } = given;
  const { git = true, install = true, pm = callerOf(process.env) } = given;
  const named = nameOf(directory, cwd);
  const { name = nameProblem(named) === undefined ? named : proposeName(named) } = given;
  return { directory, name, store, minimal, sessionTests, git, install, pm };
}

function nameOf(directory: string, cwd: string): string {
  // npm writes a scope and a name so.
  return /^@[^/]+\/[^/]+$/.test(directory) ? directory : basename(resolve(cwd, directory));
}

type Terminal = ReturnType<typeof openTerminal>;

const STORE_WORDS: Record<Store, string> = {
  memory: 'in the memory of one process',
  cookie: 'in the cookie, sealed; no store at all',
  redis: 'in Redis, for many processes',
};

/** Asks for what was not given, and for nothing else. */
export async function askFor(terminal: Terminal, given: Partial<Given>, cwd: string): Promise<Choices> {
  const yesOrNo = (question: string) => answer(terminal, `${question} [Y/n] `, 'y', readYesOrNo);

  const directory =
    given.directory ??
    (await answer(terminal, 'Where to? [my-app] ', 'my-app', (one) => checkDirectory(one, cwd, given.force)));
  let { name = nameOf(directory, cwd), store } = given;
  const problem = nameProblem(name);
  if (problem !== undefined) {
    terminal.say(problem);
    const proposed = proposeName(name);
    name = await answer(terminal, `Name of the package? [${proposed}] `, proposed, checkName);
  }
  if (store === undefined) {
    terminal.say('Where do sessions live?');
    for (const [at, one] of STORES.entries()) terminal.say(`  ${at + 1}) ${one}: ${STORE_WORDS[one]}`);
    store = await answer(terminal, 'Number or name? [1] ', '1', readStore);
  }
  const minimal = given.minimal ?? !(await yesOrNo('With the example pages?'));
  const git = given.git ?? (await yesOrNo('Make it a git repository?'));
  const install = given.install ?? (await yesOrNo('Install the dependencies?'));
  return completed({ ...given, directory, name, store, minimal, git, install }, cwd);
}

/**
 * Asks until an answer is valid.
 *
 * @param read throws a {@link UsageError} if it is not
 */
async function answer<Answer>(
  terminal: Terminal,
  question: string,
  byDefault: string,
  read: (text: string) => Answer,
): Promise<Answer> {
  for (;;) {
    const text = (await terminal.ask(question)).trim() || byDefault;
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      terminal.say(error.message);
    }
  }
}

function checkDirectory(directory: string, cwd: string, force = false): string {
  const { state } = targetOf(directory, cwd);
  if (force || state !== 'filled') return directory;
  throw new UsageError(
    `${JSON.stringify(directory)} is not empty: choose another directory, or start again with --force.`,
  );
}

/** @param text a number, a name, or its beginning */
function readStore(text: string): Store {
  const found = STORES.find((store, at) => text === String(at + 1) || store.startsWith(text.toLowerCase()));
  if (found !== undefined) return found;
  throw new UsageError(`${JSON.stringify(text)} is not a storage: answer ${STORES.join(', ')}, or 1 to 3.`);
}

function readYesOrNo(text: string): boolean {
  if (/^(y|yes|n|no)$/i.test(text)) return /^y/i.test(text);
  throw new UsageError(`${JSON.stringify(text)} is neither: answer y or n.`);
}

/**
 * A real terminal.
 *
 * @returns its `ask` throws {@link Stopped} on Ctrl-C, Esc and at the end of the input (Ctrl-D)
 */
export function openTerminal(input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
  const lines = createInterface({ input, output });
  /** Lines that came before their question, such as pasted text. Readline would lose them. */
  const early: string[] = [];
  lines.on('line', (line) => early.push(line));
  const ended = new AbortController();
  // Ctrl-C and Ctrl-D close it.
  lines.on('close', () => ended.abort());
  input.on('keypress', (_text, key: { name?: string }) => key.name === 'escape' && lines.close());
  return {
    async ask(question: string): Promise<string> {
      const line = ended.signal.aborted ? undefined : early.shift();
      if (line !== undefined) {
        output.write(`${question}${line}\n`);
        return line;
      }
      try {
        return await lines.question(question, { signal: ended.signal });
      } catch (error) {
        if (!ended.signal.aborted) throw error;
        output.write('\n');
        throw new Stopped('Cancelled: nothing was made.', 'SIGINT');
      }
    },
    say: (line: string) => void output.write(`${line}\n`),
    close: () => lines.close(),
  };
}
