import { type Choices, runs } from './choices.ts';

/** The defaults that were taken, and the flags that change them; undefined if all was given. */
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
  git: keyof typeof GIT;
  choices: Choices;
  /** Of this package. */
  version: string;
}

const GIT = {
  made: 'It is a git repository. Nothing is committed.',
  'inside another': 'It is inside a git repository, so no other was made.',
  'no git': 'git was not found, so it is not a git repository yet.',
  'not wanted': '',
};

/** What was made, the next steps, and how to do the same again. */
export function ending({ path, files, hasKey, git, choices, version }: Made): string {
  const { name, store, pm, install } = choices;
  const start = runs(pm, 'start');
  const width = start.length + 3;
  return [
    `Made ${name} (${files} files, sessions in ${store}${hasKey ? ', with a key of its own in .env' : ''}).`,
    !hasKey && 'Its .env was there and is unchanged: .env.example says what the app reads.',
    GIT[git],
    store === 'redis' && 'It needs a Redis server at REDIS_URL, which .env sets to redis://127.0.0.1:6379.',
    '\nNext:',
    path !== '' && `  cd ${quoted(path)}`,
    // Yarn 2 and later runs no script before it has installed.
    pm === 'yarn' && !install && '  yarn install',
    `  ${start.padEnd(width)}http://localhost:3000`,
    `  ${runs(pm, 'test').padEnd(width)}unit tests, then a real browser`,
    '\nThe same again:',
    `  ${sameAgain(choices, version)}`,
  ]
    .filter(Boolean)
    .join('\n');
}

/** The command that makes the same app without a question. */
function sameAgain(choices: Choices, version: string): string {
  const { directory, name, store, minimal, sessionTests, git, install, pm } = choices;
  return [
    // Yarn 1 takes no version here, and npm alone needs the dashes.
    `${pm} create koa-session${pm === 'yarn' ? '' : `@${version}`}${pm === 'npm' ? ' --' : ''}`,
    `${quoted(directory)} --name ${name} --store ${store}`,
    minimal ? '--minimal' : '--no-minimal',
    sessionTests && '--session-tests',
    git ? '--git' : '--no-git',
    install ? '--install' : '--no-install',
    `--pm ${pm}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** Quotes a path for a shell, so that no program takes it for a flag. */
export function quoted(path: string, isWindows = process.platform === 'win32'): string {
  const plain = path.startsWith('-') ? `./${path}` : path;
  // Without = and ~, which bash and zsh expand even in `a=~`.
  if (/^[\w@%+:,./-]+$/.test(plain)) return plain;
  return isWindows ? `"${plain}"` : `'${plain.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Names the flags that npm took, and says how to write them so that npm passes them on.
 *
 * @param directory where the app will be, as it was given
 */
export function swallowedHint(flags: readonly string[], directory: string): string {
  return (
    `npm took ${flags.join(', ')} for settings of its own and passed them on, which newer versions may not do. ` +
    `Write -- before them: npm create koa-session ${quoted(directory)} -- ${flags.join(' ')}`
  );
}
