import { isAbsolute } from 'node:path';
import { parseArgs } from 'node:util';
import { nameProblem, proposeName } from './app-name.ts';
import { type Choices, PACKAGE_MANAGERS, STORES } from './choices.ts';

/** What was asked for is not possible; the message is one line that says what to write instead. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What was said on the command line, and nothing else. */
export interface Given extends Partial<Choices> {
  force: boolean;
  dryRun: boolean;
  /** Ask nothing. */
  yes: boolean;
  help: boolean;
  version: boolean;
  /** Flags that reached us by way of npm's settings, since there was no `--` before them. */
  swallowed: string[];
}

const OPTIONS = {
  name: { type: 'string' },
  store: { type: 'string' },
  minimal: { type: 'boolean' },
  'session-tests': { type: 'boolean' },
  install: { type: 'boolean' },
  git: { type: 'boolean' },
  pm: { type: 'string' },
  force: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

type Values = ReturnType<typeof parse>['values'];

/**
 * Reads the command line.
 *
 * @param args without the program's own name
 * @param env for `npm_config_*`, in which npm passes on flags that it took for its own
 * @throws {UsageError}
 */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv = {}): Given {
  const { values, positionals } = parse(args);
  const fromNpm = swallowedByNpm(values, positionals, env);
  const {
    store,
    pm,
    name,
    minimal,
    install,
    git,
    'session-tests': sessionTests,
  }: Values = { ...fromNpm.values, ...values };
  const directories = fromNpm.positionals;
  const [directory, ...more] = directories;
  if (more.length > 0) {
    throw new UsageError(
      `One directory is made at a time, and these are ${directories.length}: ${directories.map((one) => JSON.stringify(one)).join(', ')}. Quote a path that has blanks.`,
    );
  }
  if (directory === '') throw new UsageError('The directory is "": give a name, or . for this one.');
  if (name !== undefined) checkName(name);
  return {
    ...(directory !== undefined && { directory }),
    ...(name !== undefined && { name }),
    ...(store !== undefined && { store: oneOf(STORES, '--store', store) }),
    ...(pm !== undefined && { pm: oneOf(PACKAGE_MANAGERS, '--pm', pm) }),
    ...(minimal !== undefined && { minimal }),
    ...(sessionTests !== undefined && { sessionTests }),
    ...(install !== undefined && { install }),
    ...(git !== undefined && { git }),
    force: values.force ?? false,
    dryRun: values['dry-run'] ?? fromNpm.values['dry-run'] ?? false,
    yes: values.yes ?? false,
    help: values.help ?? false,
    version: values.version ?? false,
    swallowed: fromNpm.flags,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, allowNegative: true });
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error)) throw error;
    throw new UsageError(explain(error.code, error.message), { cause: error });
  }
}

/** Node's own words of these errors run over several sentences and name other flags. */
function explain(code: unknown, message: string): string {
  const [, option = ''] = /'(?:-\w, )?(--?[\w-]*)/.exec(message) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const nearest = nearestFlag(option);
    return `There is no flag ${option}${nearest ? `: did you mean ${nearest}?` : '.'} --help lists them all.`;
  }
  const { type } = OPTIONS[option.replace(/^--(no-)?/, '') as keyof typeof OPTIONS] ?? {};
  if (type === 'string') return `${option} needs a value, such as ${option} ${EXAMPLES[option] ?? '…'}.`;
  return `${option} takes no value.`;
}

const EXAMPLES: Record<string, string> = { '--name': 'my-app', '--store': 'redis', '--pm': 'pnpm' };

const FLAGS = [...Object.keys(OPTIONS), 'no-install', 'no-git'].map((name) => `--${name}`);

/** The flag that differs in two letters at most. */
function nearestFlag(option: string): string | undefined {
  const [nearest] = FLAGS.map((flag) => ({ flag, by: distance(flag, option) })).toSorted(
    (one, other) => one.by - other.by,
  );
  return nearest && nearest.by <= 2 ? nearest.flag : undefined;
}

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_none, at) => at);
  for (const [down, letter] of one.split('').entries()) {
    const next = [down + 1];
    for (const [at, second] of other.split('').entries()) {
      next.push(
        Math.min((next[at] ?? 0) + 1, (row[at + 1] ?? 0) + 1, (row[at] ?? 0) + (letter === second ? 0 : 1)),
      );
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

function oneOf<const Value extends string>(allowed: readonly Value[], flag: string, value: string): Value {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new UsageError(`${flag} is ${JSON.stringify(value)}: give one of ${allowed.join(', ')}.`);
}

function checkName(name: string): void {
  const problem = nameProblem(name);
  if (problem === undefined) return;
  throw new UsageError(
    `--name is ${JSON.stringify(name)}, which npm refuses: ${problem}. Try --name ${proposeName(name)}`,
  );
}

/** A name can be any word, so none can be told from a directory. */
const WITH_VALUES = { name: [], store: STORES, pm: PACKAGE_MANAGERS };

/**
 * Without `--`, npm takes flags for its own: of `npm create koa-session my-app --minimal --store=redis` only `my-app`
 * is passed on, and the rest is in `npm_config_minimal` and `npm_config_store`. Of a flag that npm does not know, it
 * takes the word after it for another argument, and sets the flag to 'true': `my-app redis`. `--force` and `--yes` are
 * npm's own and may be set for other reasons, so they are not read from there.
 *
 * @param words that reached us
 * @returns what can be told for certain, and the words without those that are values
 * @throws {UsageError} when a flag's value cannot be told from a directory
 */
function swallowedByNpm(said: Values, words: readonly string[], env: NodeJS.ProcessEnv) {
  const values: Values = {};
  const flags: string[] = [];
  let positionals = [...words];
  for (const [name, allowed] of Object.entries(WITH_VALUES) as [
    keyof typeof WITH_VALUES,
    readonly string[],
  ][]) {
    const value = env[`npm_config_${name}`] ?? (name === 'pm' ? pmFromNpm(env) : undefined);
    if (value === undefined || value === '' || said[name] !== undefined) continue;
    const meant = value === 'true' ? positionals.filter((word) => allowed.includes(word)) : [value];
    const [first] = meant;
    if (first === undefined || meant.length > 1) {
      throw new UsageError(
        `npm took --${name} for a setting of its own, and what is after it for a directory. Write -- before the flags: npm create koa-session my-app -- --${name} ${EXAMPLES[`--${name}`]}`,
      );
    }
    if (value === 'true') positionals = positionals.filter((word) => word !== first);
    values[name] = first;
    flags.push(`--${name} ${first}`);
  }
  for (const name of ['minimal', 'session-tests', 'install', 'git', 'dry-run'] as const) {
    const value = env[`npm_config_${name.replace('-', '_')}`];
    if (value === undefined || said[name] !== undefined) continue;
    // npm has a setting `git` of its own, the path of the program: '' is --git there, and 'false' --no-git.
    if (name === 'git' && (isAbsolute(value) || /git/i.test(value))) continue;
    const off = value === 'false' || (value === '' && name !== 'git');
    if (off && name === 'dry-run') continue;
    // The word after it was taken for its value: `--git my-app`.
    if (value !== '' && value !== 'false' && value !== 'true' && positionals.length === 0) {
      positionals.push(value);
    }
    values[name] = !off;
    flags.push(off ? `--no-${name}` : `--${name}`);
  }
  return { values, flags, positionals };
}

/** npm reads `--pm pnpm` as its own short flags `-p -m pnpm`, which are --parseable and --message. */
function pmFromNpm(env: NodeJS.ProcessEnv): string | undefined {
  const { npm_config_parseable: parseable, npm_config_message: message } = env;
  return parseable === 'true' ? PACKAGE_MANAGERS.find((pm) => pm === message) : undefined;
}
