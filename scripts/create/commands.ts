import { spawn, spawnSync } from 'node:child_process';
import type { PackageManager } from './choices.ts';
import { Failure } from './failure.ts';

/** What git is asked must not be answered for another repository. */
function withoutGitSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ofAnother = /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR)$/;
  const rest = Object.entries(env).filter(([name]) => !ofAnother.test(name));
  // In git's own words, since they are read here.
  return { ...Object.fromEntries(rest), LC_ALL: 'C' };
}

/**
 * Makes a folder a repository, unless it is part of one. Nothing is committed.
 *
 * @returns what came of it
 * @throws {Failure} when git fails
 */
export function initGit(folder: string, env: NodeJS.ProcessEnv): 'made' | 'inside another' | 'no git' {
  const options = { cwd: folder, env: withoutGitSettings(env), encoding: 'utf8' } as const;
  const inside = spawnSync('git', ['rev-parse', '--is-inside-work-tree'], options);
  if (inside.error) return 'no git';
  // It answers 'false' in a bare one. Somebody else's it does not touch, but it is there.
  if (inside.status === 0 || inside.stderr.includes('dubious ownership')) return 'inside another';
  const init = spawnSync('git', ['init', '--quiet'], options);
  if (init.status === 0) return 'made';
  const [said] = init.stderr.trim().split('\n');
  const reason = said || (init.signal ?? `exit code ${init.status}`);
  throw new Failure(
    `The app is made, but git init failed: ${reason}. Run it yourself in ${JSON.stringify(folder)}, or use --no-git.`,
  );
}

const INSTALL: Record<PackageManager, readonly string[]> = {
  npm: ['ci', '--no-audit', '--no-fund'],
  pnpm: ['install'],
  yarn: ['install'],
  bun: ['install'],
};

const HOMES: Record<PackageManager, string> = {
  npm: 'https://nodejs.org',
  pnpm: 'https://pnpm.io/installation',
  yarn: 'https://yarnpkg.com/getting-started/install',
  bun: 'https://bun.sh/docs/installation',
};

/** How long an interrupted install may take to end by itself, in ms. */
const PATIENCE_MS = 5000;

/**
 * Installs the app's dependencies where their output can be seen.
 *
 * @param signal stops it, and what it has started
 * @throws {Failure} when it cannot be run, or fails
 */
export async function install(
  folder: string,
  pm: PackageManager,
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted();
  const windows = process.platform === 'win32';
  const args = [...INSTALL[pm]];
  const child = spawn(pm, args, {
    cwd: folder,
    env: forAnotherProject(env),
    // Nothing of it reads the terminal: it asks nothing.
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: windows,
    detached: !windows,
  });
  const kill = (how: NodeJS.Signals): void => {
    try {
      if (windows || child.pid === undefined) child.kill(how);
      else process.kill(-child.pid, how);
    } catch {
      // All of it has ended by itself.
    }
  };
  let patience: NodeJS.Timeout | undefined;
  const stop = (): void => {
    kill('SIGTERM');
    patience = setTimeout(kill, PATIENCE_MS, 'SIGKILL');
  };
  signal.addEventListener('abort', stop);
  const outcome = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => {
      resolve(
        'code' in error && error.code === 'ENOENT'
          ? `${pm} was not found. Get it from ${HOMES[pm]}`
          : error.message,
      );
    });
    child.on('exit', (code, killedBy) =>
      resolve(
        code === 0 ? undefined : `${pm} ${args.join(' ')} ended with ${killedBy ?? `exit code ${code}`}`,
      ),
    );
  });
  signal.removeEventListener('abort', stop);
  clearTimeout(patience);
  // What the package manager has started may not have ended with it.
  if (signal.aborted) kill('SIGKILL');
  signal.throwIfAborted();
  if (outcome !== undefined) {
    throw new Failure(
      `The app is made, but its dependencies are not installed: ${outcome}. In ${JSON.stringify(folder)} run: ${pm} install`,
    );
  }
}

const OURS =
  /^(npm_config_(local_prefix|name|store|minimal|install|git|pm|dry_run|force|yes|package|prefix)|npm_package_.*|npm_lifecycle_.*|npm_command|INIT_CWD)$/i;

/** Settings of the package manager that called us are of our own call; what a person has set stands in its files. */
function forAnotherProject(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const theirs = Object.entries(env).filter(([name]) => !OURS.test(name));
  // In CI Yarn 2 and later would refuse to write the lock file that is not there yet.
  return { ...Object.fromEntries(theirs), YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' };
}
