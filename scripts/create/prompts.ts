import { createInterface } from 'node:readline/promises';
import { nameProblem, proposeName } from './app-name.ts';
import { type Choices, STORES, type Store } from './choices.ts';

/** The person at the terminal has stopped it. */
export class Cancelled extends Error {
  override name = 'Cancelled';
}

/** Asks one question and takes its answer; an empty one is the default. */
export interface Terminal {
  ask(question: string): Promise<string>;
  say(line: string): void;
}

type Answers = Omit<Choices, 'pm' | 'sessionTests'>;

interface Defaults {
  directory: string;
  name: (directory: string) => string;
  /** Why no app can be in a directory; undefined if one can. */
  problemOf: (directory: string) => string | undefined;
}

/** Asks for what was not given, and for nothing else. */
export async function askFor(
  terminal: Terminal,
  given: Partial<Answers>,
  defaults: Defaults,
): Promise<Answers> {
  const directory =
    given.directory ??
    (await text(terminal, `Where to? [${defaults.directory}] `, defaults.directory, defaults.problemOf));
  const named = given.name ?? defaults.name(directory);
  const name = nameProblem(named) === undefined ? named : await askForName(terminal, named);
  const store = given.store ?? (await askForStore(terminal));
  const minimal = given.minimal ?? !(await yesOrNo(terminal, 'With the example pages?'));
  const git = given.git ?? (await yesOrNo(terminal, 'Make it a git repository?'));
  const install = given.install ?? (await yesOrNo(terminal, 'Install the dependencies?'));
  return { directory, name, store, minimal, git, install };
}

function askForName(terminal: Terminal, named: string): Promise<string> {
  const proposed = proposeName(named);
  terminal.say(`${JSON.stringify(named)} cannot be the name of a package: ${nameProblem(named)}.`);
  return text(terminal, `Name of the package? [${proposed}] `, proposed, (answer) => {
    const problem = nameProblem(answer);
    return problem && `npm refuses ${JSON.stringify(answer)}: ${problem}.`;
  });
}

const STORE_WORDS: Record<Store, string> = {
  memory: 'in the memory of one process',
  cookie: 'in the cookie, sealed; no store at all',
  redis: 'in Redis, for many processes',
};

async function askForStore(terminal: Terminal): Promise<Store> {
  terminal.say('Where do sessions live?');
  for (const [at, store] of STORES.entries()) terminal.say(`  ${at + 1}) ${store}: ${STORE_WORDS[store]}`);
  const answer = await text(terminal, 'Number or name? [1] ', '1', (one) =>
    storeOf(one)
      ? undefined
      : `${JSON.stringify(one)} is none of them: answer ${STORES.join(', ')}, or 1 to 3.`,
  );
  return storeOf(answer) ?? 'memory';
}

/** @param answer a number, a name, or its beginning */
function storeOf(answer: string): Store | undefined {
  return STORES.find((store, at) => answer === String(at + 1) || store.startsWith(answer.toLowerCase()));
}

async function yesOrNo(terminal: Terminal, question: string): Promise<boolean> {
  const answer = await text(terminal, `${question} [Y/n] `, 'y', (one) =>
    /^(y|yes|n|no)$/i.test(one) ? undefined : `${JSON.stringify(one)} is neither: answer y or n.`,
  );
  return /^y/i.test(answer);
}

async function text(
  terminal: Terminal,
  question: string,
  byDefault: string,
  problemOf: (answer: string) => string | undefined,
): Promise<string> {
  for (;;) {
    const answer = (await terminal.ask(question)).trim() || byDefault;
    const problem = problemOf(answer);
    if (problem === undefined) return answer;
    terminal.say(problem);
  }
}

/**
 * A real terminal.
 *
 * @returns its `ask` throws {@link Cancelled} on Ctrl-C, Esc and at the end of the input (Ctrl-D)
 */
export function openTerminal(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
): Terminal & { close(): void } {
  const lines = createInterface({ input, output });
  /** Lines that came before their question, as of a text that is pasted: readline would lose them. */
  const early: string[] = [];
  lines.on('line', (line) => early.push(line));
  const ended = new AbortController();
  lines.on('SIGINT', () => ended.abort());
  lines.on('close', () => ended.abort());
  input.on('keypress', (_text, key: { name?: string }) => key.name === 'escape' && ended.abort());
  return {
    async ask(question) {
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
        throw new Cancelled('Cancelled', { cause: error });
      }
    },
    say: (line) => void output.write(`${line}\n`),
    close: () => lines.close(),
  };
}
