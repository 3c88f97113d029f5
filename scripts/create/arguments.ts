import { isAbsolute } from 'node:path';
import { parseArgs } from 'node:util';
import { closest, distance } from 'fastest-levenshtein';
import { checkName } from './app-name.ts';
import { type Choices, PACKAGE_MANAGERS, STORES } from './choices.ts';
import { UsageError } from './failure.ts';

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

const FLAGS = {
  name: { type: 'string', example: 'my-app' },
  store: { type: 'string', example: 'redis', values: STORES },
  minimal: { type: 'boolean' },
  'session-tests': { type: 'boolean' },
  install: { type: 'boolean' },
  git: { type: 'boolean' },
  pm: { type: 'string', example: 'pnpm', values: PACKAGE_MANAGERS },
  force: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

export const HELP = `Makes a Koa app in TypeScript with sessions and login, and tests in a real browser.

  npm create koa-session [directory] -- [flags]

  directory            where to; . is this one. By default my-app
  --name NAME          of the package; by default the directory's
  --store STORE        where sessions live: memory (default), cookie or redis
  --minimal            without the example pages; --no-minimal is the default
  --session-tests      with the session layer's own tests, for people who change it
  --no-install         do not install the dependencies
  --no-git             do not make it a git repository
  --pm PM              npm, pnpm, yarn or bun; by default the one that runs this
  --force              overwrite files that are in the way, and no others
  --dry-run            show what would be made, and make nothing
  -y, --yes            ask nothing: take the defaults for what is not given
  -h, --help           show this
  -v, --version        show the version

Without a terminal, and in CI, it asks nothing. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/**
 * Reads the command line.
 *
 * @param args without the program's own name
 * @param env its `npm_config_*` are flags that npm took for its own
 * @throws {UsageError}
 */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv = {}): Given {
  const { swallowed, directories } = swallowedByNpm(parse(args), env);
  // The last of two wins, so what was said beats what npm took.
  const { values } = parse([...swallowed, ...args]);
  const { name, minimal, install, git, 'session-tests': sessionTests } = values;
  const { force = false, 'dry-run': dryRun = false, yes = false, help = false, version = false } = values;
  const [directory] = directories;
  if (directories.length > 1) {
    const shown = directories.map((one) => JSON.stringify(one)).join(', ');
    const advice = shown.includes('"-') ? 'Leave out the --' : 'Quote a path that has blanks';
    throw new UsageError(`One directory is made at a time, not ${directories.length}: ${shown}. ${advice}.`);
  }
  if (directory === '') throw new UsageError('The directory is "": give a name, or . for this one.');
  if (name !== undefined) checkName(name);
  const store = oneOf(STORES, '--store', values.store);
  const pm = oneOf(PACKAGE_MANAGERS, '--pm', values.pm);
  const choices = { directory, name, store, minimal, sessionTests, install, git, pm };
  return { ...choices, force, dryRun, yes, help, version, swallowed };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true, allowNegative: true });
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error)) throw error;
    throw new UsageError(explain(error.code, error.message), { cause: error });
  }
}

/** Node's own messages have several sentences and name other flags. */
function explain(code: unknown, message: string): string {
  const [, option = ''] = /'(?:-\w, )?(--?[\w-]*)/.exec(message) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const nearest = closest(
      option,
      [...Object.keys(FLAGS), 'no-install', 'no-git'].map((name) => `--${name}`),
    );
    const proposal = distance(nearest, option) > 2 ? '.' : `: did you mean ${nearest}?`;
    return `There is no flag ${option}${proposal} --help lists them all.`;
  }
  const flag = FLAGS[option.replace(/^--(no-)?/, '') as keyof typeof FLAGS];
  return 'example' in flag
    ? `${option} needs a value, such as ${option} ${flag.example}.`
    : `${option} takes no value.`;
}

function oneOf<const Value>(allowed: readonly Value[], flag: string, value?: string): Value | undefined {
  const found = allowed.find((one) => one === value);
  if (found !== undefined || value === undefined) return found;
  throw new UsageError(`${flag} is ${JSON.stringify(value)}: give one of ${allowed.join(', ')}.`);
}

/**
 * Without `--`, npm takes flags for its own. Of `npm create koa-session my-app --minimal --store=redis` only `my-app`
 * is passed on, and the rest is in `npm_config_minimal` and `npm_config_store`. npm takes the word after a flag that it
 * does not know for another argument, and sets the flag to 'true': `my-app redis`. `--force` and `--yes` are npm's own
 * and may be set for other reasons, so they are not read from there.
 *
 * @returns the flags that are certain, and the words that are not their values
 * @throws {UsageError} when a flag's value cannot be told from a directory
 */
function swallowedByNpm({ values: said, positionals }: ReturnType<typeof parse>, env: NodeJS.ProcessEnv) {
  const swallowed: string[] = [];
  let directories = positionals;
  for (const name of ['name', 'store', 'pm'] as const) {
    const flag = FLAGS[name];
    const value = env[`npm_config_${name}`] || (name === 'pm' && pmFromNpm(env));
    if (!value || said[name] !== undefined) continue;
    // A name can be any word, so it cannot be told from a directory.
    const values: readonly string[] = 'values' in flag ? flag.values : [];
    const meant = value === 'true' ? directories.filter((word) => values.includes(word)) : [value];
    if (meant.length !== 1) {
      throw new UsageError(
        `npm took --${name} for a setting of its own, and what is after it for a directory. Write -- before the flags: npm create koa-session my-app -- --${name} ${flag.example}`,
      );
    }
    if (value === 'true') directories = directories.filter((word) => word !== meant[0]);
    swallowed.push(`--${name}=${meant[0]}`);
  }
  for (const name of ['minimal', 'session-tests', 'install', 'git', 'dry-run'] as const) {
    const value = env[`npm_config_${name.replace('-', '_')}`];
    if (value === undefined || said[name] !== undefined) continue;
    // npm has its own setting `git`, the path of the program. There '' means --git, and 'false' means --no-git.
    if (name === 'git' && (isAbsolute(value) || /git/i.test(value))) continue;
    const isOff = value === 'false' || (value === '' && name !== 'git');
    if (isOff && name === 'dry-run') continue;
    // npm took the word after the flag for its value: `--git my-app`.
    if (!['', 'false', 'true'].includes(value) && directories.length === 0) directories = [value];
    swallowed.push(isOff ? `--no-${name}` : `--${name}`);
  }
  return { swallowed, directories };
}

/** npm reads `--pm pnpm` as its own short flags `-p -m pnpm`, which are --parseable and --message. */
function pmFromNpm({ npm_config_parseable: parseable, npm_config_message: message }: NodeJS.ProcessEnv) {
  return parseable === 'true' ? PACKAGE_MANAGERS.find((pm) => pm === message) : undefined;
}
