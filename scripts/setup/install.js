// How this repository's set-up gets programs that npm does not install.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './setup-error.js';

/**
 * The machine; a test describes its own.
 * @typedef {{
 *   root: string,
 *   env: NodeJS.ProcessEnv,
 *   platform: string,
 *   isRoot: boolean,
 *   osRelease: string,
 *   run: (command: string[]) => boolean,
 *   say: (line: string) => void,
 * }} Machine `root`: the project's folder; `osRelease`: text of /etc/os-release; `run`: whether a command succeeded
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENV = {
  DEBIAN_FRONTEND: 'noninteractive',
  PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000',
  ...process.env,
};
/** A browser takes minutes over a slow connection; a dead connection must end some time. */
const INSTALL_LIMIT = 15 * 60_000;
const DAY = 24 * 60 * 60_000;

/** @type {Machine} */
export const thisMachine = {
  root: ROOT,
  env: process.env,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  osRelease: textOf('/etc/os-release'),
  run([program = '', ...args]) {
    /** @type {import('node:child_process').StdioOptions} */
    const stdio = ['ignore', 'inherit', 'inherit'];
    return spawnSync(program, args, { cwd: ROOT, stdio, env: ENV, timeout: INSTALL_LIMIT }).status === 0;
  },
  say: (line) => console.error(`setup: ${line}`),
};

/**
 * Runs one command after the other until nothing is missing. On a person's machine, a failed installation is not tried
 * again for a day.
 *
 * @param {Machine} machine
 * @param {{ name: string, commands: () => string[][], missing: () => boolean, error: string, note: string }} wanted
 *   `error`: what to do where all tests have to run; `note`: the same for a person
 * @throws {SetupError} if something is still missing and CI is set
 */
export function installIfMissing({ root, env, run, say }, { name, commands, missing, error, note }) {
  const failed = join(root, 'node_modules', '.cache', `no-${name.replaceAll(' ', '-')}`);
  const { mtimeMs } = statSync(failed, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
  const hasJustFailed = !env['CI'] && Date.now() - mtimeMs < DAY;
  for (const command of hasJustFailed || !missing() ? [] : commands()) {
    if (!missing()) break;
    say(`Installing ${name}: ${command.join(' ').replace(process.execPath, 'node')}`);
    if (!run(command)) say('Failed');
  }
  if (!missing()) return rmSync(failed, { force: true });
  if (env['CI']) throw new SetupError(error);
  mkdirSync(dirname(failed), { recursive: true });
  if (!hasJustFailed) writeFileSync(failed, '');
  return say(note);
}

/**
 * @param {Machine} machine
 * @param {string[]} packages
 * @returns {string[][]} the commands; empty where they would not work
 */
export function aptInstall({ isRoot, osRelease }, packages) {
  const hasApt = /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);
  if (!isRoot || !hasApt || packages.length === 0) return [];
  const install = ['apt-get', 'install', '-y', '--no-install-recommends'];
  // One by one after that, because apt installs nothing at all if one package is unavailable.
  const single = packages.length > 1 ? packages.map((name) => [...install, name]) : [];
  return [['apt-get', 'update'], [...install, ...packages], ...single];
}

/**
 * @param {string[]} names of programs, the best first
 * @param {string[]} folders
 * @returns {string[]} those that exist
 */
export function filesIn(names, folders) {
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).filter(existsSync);
}

/** @param {NodeJS.ProcessEnv} env */
export function pathFolders(env) {
  return (env['PATH'] ?? '').split(delimiter).filter(Boolean);
}

/** @param {string} file */
export function textOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
