import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SetupError } from './setup-error.js';

/**
 * @typedef {'npm' | 'pnpm' | 'yarn' | 'bun'} Name
 * @typedef {{ name: Name, lockFile: string | undefined }} PackageManager `lockFile`: undefined if there is none yet
 */

/** @type {ReadonlyArray<{ name: Name, lockFile: string }>} */
const LOCK_FILES = [
  { name: 'npm', lockFile: 'package-lock.json' },
  { name: 'pnpm', lockFile: 'pnpm-lock.yaml' },
  { name: 'yarn', lockFile: 'yarn.lock' },
  { name: 'bun', lockFile: 'bun.lock' },
  { name: 'bun', lockFile: 'bun.lockb' },
];

/** Where a person gets one that is not there. */
const HOMES = {
  npm: 'https://nodejs.org, which brings it',
  pnpm: 'https://pnpm.io/installation',
  yarn: 'https://yarnpkg.com/getting-started/install',
  bun: 'https://bun.sh/docs/installation',
};

/**
 * Which package manager the project is installed by: the one whose lock file is there, or else the one that called us,
 * or else npm.
 *
 * @param {string} root the project's folder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {PackageManager}
 */
export function packageManager(root, env = process.env) {
  const caller = env['npm_config_user_agent']?.split('/')[0];
  const locked = LOCK_FILES.filter(({ lockFile }) => existsSync(join(root, lockFile)));
  const chosen = locked.find(({ name }) => name === caller) ?? locked[0];
  if (chosen !== undefined) return chosen;
  const name = LOCK_FILES.find(({ name }) => name === caller)?.name ?? 'npm';
  return { name, lockFile: undefined };
}

/**
 * The command that installs what the lock file says, or else what package.json says, and then writes a lock file (but
 * for production, where not every manager does). It says outright what is wanted, so that neither `CI` nor a person's own
 * settings decide it, and asks no question.
 *
 * @param {PackageManager} manager
 * @param {{ dev: boolean, version: string }} options `dev`: with the development dependencies; `version` of the manager
 * @returns {[Name, ...string[]]}
 */
export function installCommand({ name, lockFile }, { dev, version }) {
  const locked = lockFile !== undefined;
  switch (name) {
    case 'npm': {
      return [
        'npm',
        locked ? 'ci' : 'install',
        `--${dev ? 'include' : 'omit'}=dev`,
        '--no-audit',
        '--no-fund',
      ];
    }
    case 'pnpm': {
      const frozen = locked ? '--frozen-lockfile' : '--no-frozen-lockfile';
      // It would ask before it removes modules that another manager installed.
      return [
        'pnpm',
        'install',
        frozen,
        dev ? '--prod=false' : '--prod',
        '--config.confirmModulesPurge=false',
      ];
    }
    case 'yarn': {
      if (version.startsWith('1.')) {
        const frozen = locked ? ['--frozen-lockfile'] : [];
        return ['yarn', 'install', ...frozen, `--production=${!dev}`, '--non-interactive'];
      }
      if (!dev) return ['yarn', 'workspaces', 'focus', '--production'];
      return ['yarn', 'install', locked ? '--immutable' : '--no-immutable'];
    }
    case 'bun': {
      const frozen = locked ? ['--frozen-lockfile'] : [];
      return ['bun', 'install', ...frozen, ...(dev ? [] : ['--production'])];
    }
  }
}

/**
 * What to run for a command of a package manager: the very one that called us, or else the one on PATH.
 *
 * @param {readonly [Name, ...string[]]} command
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import('./command.js').Command}
 */
export function withCaller([name, ...args], env = process.env) {
  const cli = env['npm_execpath'] ?? '';
  // It is the caller's file, whichever that is: npm-cli.js, pnpm.mjs, yarn-4.9.1.cjs. Those that are no script of Node's
  // are on PATH.
  const called = new RegExp(`^${name}\\b.*\\.[cm]?js$`).test(basename(cli));
  return called ? [process.execPath, cli, ...args] : [name, ...args];
}

/**
 * @param {PackageManager} manager
 * @param {string} root the project's folder, whose settings may choose the version
 * @returns {string} its version
 * @throws {SetupError} if it cannot be run
 */
export function versionOf({ name, lockFile }, root) {
  const [program, ...args] = withCaller([name, '--version']);
  // As a command of a shell on Windows, for the reason that `run` has.
  const shell = process.platform === 'win32' && program === name;
  const { error, status, stdout } = spawnSync(program, args, { cwd: root, encoding: 'utf8', shell });
  if (status === 0) return stdout.trim();
  const reason = lockFile === undefined ? 'no lock file names another' : `${lockFile} is there`;
  const defect = error?.message ?? `exit code ${status}`;
  throw new SetupError(
    `${name} is needed, since ${reason}, and cannot be run (${defect}). Get it from ${HOMES[name]}, and run this again.`,
  );
}

/**
 * @param {string} root the project's folder
 * @returns {string[]} the names of the lock files that are there
 */
export function lockFiles(root) {
  return LOCK_FILES.map(({ lockFile }) => lockFile).filter((lockFile) => existsSync(join(root, lockFile)));
}
