import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { PackageManager } from './choices.ts';
import { Failure } from './failure.ts';

const isWindows = process.platform === 'win32';

/**
 * Makes a folder a repository, unless it is part of one. Nothing is committed.
 *
 * @returns what came of it
 * @throws {Failure} when git fails
 */
export function initGit(folder: string, env: NodeJS.ProcessEnv): 'made' | 'inside another' | 'no git' {
  // Git must answer for this folder and no other repository, and in English, since its answer is read here.
  const own = envWithout(/^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR)$/, env);
  const git = (...args: string[]) =>
    spawnSync('git', args, { cwd: folder, env: { ...own, LC_ALL: 'C' }, encoding: 'utf8' });
  const inside = git('rev-parse', '--is-inside-work-tree');
  if (inside.error) return 'no git';
  // In a bare repository git answers 'false'. It refuses to look into one of another owner, which is there anyway.
  if (inside.status === 0 || inside.stderr.includes('dubious ownership')) return 'inside another';
  const init = git('init', '--quiet');
  if (init.status === 0) return 'made';
  const [said] = init.stderr.trim().split('\n');
  const reason = said || (init.signal ?? `exit code ${init.status}`);
  throw new Failure(
    `The app is made, but git init failed: ${reason}. Run it yourself in ${JSON.stringify(folder)}, or use --no-git.`,
  );
}

const MANAGERS: Record<PackageManager, { args: readonly string[]; home: string }> = {
  npm: { args: ['ci', '--no-audit', '--no-fund'], home: 'https://nodejs.org' },
  pnpm: { args: ['install'], home: 'https://pnpm.io/installation' },
  yarn: { args: ['install'], home: 'https://yarnpkg.com/getting-started/install' },
  bun: { args: ['install'], home: 'https://bun.sh/docs/installation' },
};

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
  const { args, home } = MANAGERS[pm];
  const child = spawn(pm, args, {
    cwd: folder,
    // In CI, Yarn 2 and later refuses to write a lock file that does not exist yet.
    env: { ...envWithout(OF_OUR_CALL, env), YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' },
    // Without input it cannot ask anything.
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: isWindows,
    detached: !isWindows,
  });
  signal.addEventListener('abort', () => {
    killAll(child, 'SIGTERM');
    // An install that has not ended after 5 s is killed.
    setTimeout(killAll, 5000, child, 'SIGKILL').unref();
  });
  const problem = await once(child, 'exit').then(
    ([code, killedBy]) =>
      code !== 0 && `${pm} ${args.join(' ')} ended with ${killedBy ?? `exit code ${code}`}`,
    (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? `${pm} was not found. Get it from ${home}` : error.message,
  );
  // What the package manager has started may not have ended with it.
  if (signal.aborted) killAll(child, 'SIGKILL');
  signal.throwIfAborted();
  if (problem !== false) {
    throw new Failure(
      `The app is made, but its dependencies are not installed: ${problem}. In ${JSON.stringify(folder)} run: ${pm} install`,
    );
  }
}

/** What the calling package manager has set for its own call. What a person has set stands in files. */
const OF_OUR_CALL =
  /^(npm_config_(local_prefix|name|store|minimal|install|git|pm|dry_run|force|yes|package|prefix)|npm_package_.*|npm_lifecycle_.*|npm_command|INIT_CWD)$/i;

/** Ends a program that was started detached, and all programs that it started. */
export function killAll(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (isWindows || child.pid === undefined) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // They have ended already.
  }
}

export function envWithout(names: RegExp, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.test(name)));
}
