import { type Choices, runs } from './choices.ts';

/** What was asked for, on standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What a person should know beside it, on standard error. */
export function hint(text: string): void {
  process.stderr.write(`${text}\n`);
}

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

Without a terminal, and in CI, it asks nothing. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`;

/** What was decided without having been said, and how to say otherwise; undefined if there is nothing. */
export function defaultsTaken(given: Partial<Choices>, choices: Choices): string | undefined {
  const { directory, name, store, minimal, git, install, pm } = choices;
  const lines = [
    given.directory === undefined && `  ${directory}: name another directory as the first argument`,
    given.name === undefined && `  the name ${name}: --name`,
    given.store === undefined && `  sessions in ${store}: --store cookie, --store redis`,
    given.minimal === undefined && !minimal && '  with the example pages: --minimal',
    given.git === undefined && git && '  a git repository: --no-git',
    given.install === undefined && install && `  dependencies installed: --no-install`,
    given.pm === undefined && `  for ${pm}: --pm npm, pnpm, yarn or bun`,
  ].filter((line) => line !== false);
  return lines.length === 0 ? undefined : `Not given, so by default:\n${lines.join('\n')}`;
}

interface Made {
  /** Path from the working directory; '' if it is that. */
  path: string;
  files: number;
  /** Whether `.env` was made too; one that is there is kept. */
  hasKey: boolean;
  git: 'made' | 'inside another' | 'no git' | 'not wanted';
  choices: Choices;
  /** Of this package. */
  version: string;
  windows: boolean;
}

const GIT: Record<Made['git'], string> = {
  made: 'It is a git repository, and nothing is committed.',
  'inside another': 'It is inside a git repository already, so it was made no other.',
  'no git': 'git was not found, so it is no repository yet.',
  'not wanted': '',
};

/** What was made, the next steps, and how to do the same again. */
export function ending({ path, files, hasKey, git, choices, version, windows }: Made): string {
  const { name, store, pm } = choices;
  const steps: [command: string, what: string][] = [
    ...(path === ''
      ? []
      : [
          [`cd ${quoted(path.startsWith('-') ? `./${path}` : path, windows)}`, ''] satisfies [string, string],
        ]),
    // Yarn 2 and later run nothing before they have installed.
    ...(pm === 'yarn' && !choices.install ? [['yarn install', ''] satisfies [string, string]] : []),
    [runs(pm, 'start'), 'http://localhost:3000'],
    [runs(pm, 'test'), 'unit tests, then a real browser'],
  ];
  const width = Math.max(...steps.map(([command]) => command.length)) + 3;
  const next = steps.map(([command, what]) => `  ${what ? command.padEnd(width) + what : command}`);
  return [
    `Made ${name} (${files} files, sessions in ${store}${hasKey ? ', with a key of its own in .env' : ''}).`,
    ...(hasKey ? [] : ['Its .env was there and is as it was: .env.example says what the app reads.']),
    ...(GIT[git] ? [GIT[git]] : []),
    ...(store === 'redis'
      ? ['It needs a Redis server at REDIS_URL, as .env has it: redis://127.0.0.1:6379.']
      : []),
    '',
    'Next:',
    ...next,
    '',
    'The same again:',
    `  ${sameAgain(choices, version, windows)}`,
  ].join('\n');
}

/** The command that makes the same app without a question. */
function sameAgain(choices: Choices, version: string, windows: boolean): string {
  const { directory, name, store, minimal, sessionTests, git, install, pm } = choices;
  const args = [
    directory.startsWith('-') ? `./${directory}` : directory,
    '--name',
    name,
    '--store',
    store,
    minimal ? '--minimal' : '--no-minimal',
    ...(sessionTests ? ['--session-tests'] : []),
    git ? '--git' : '--no-git',
    install ? '--install' : '--no-install',
    '--pm',
    pm,
  ].map((one) => quoted(one, windows));
  // Yarn 1 takes no version here, and npm alone needs the dashes.
  const what = pm === 'yarn' ? 'koa-session' : `koa-session@${version}`;
  return [`${pm} create ${what}`, ...(pm === 'npm' ? ['--'] : []), ...args].join(' ');
}

/** As a shell reads it. */
export function quoted(text: string, windows: boolean): string {
  const plain = text.startsWith('-') && !text.startsWith('--') ? `./${text}` : text;
  // Neither = nor ~, which bash and zsh expand even in `a=~`.
  if (/^[\w@%+:,./-]+$/.test(plain)) return plain;
  return windows ? `"${plain}"` : `'${plain.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The flags that reached us by way of npm alone, and how to write them so that they always do.
 *
 * @param directory as a shell reads it
 */
export function swallowedHint(flags: readonly string[], directory: string): string {
  return (
    `npm took ${flags.join(', ')} for settings of its own and passed them on, which newer versions may not do. ` +
    `Write -- before them: npm create koa-session ${directory} -- ${flags.join(' ')}`
  );
}
