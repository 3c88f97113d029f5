// How this repository's set-up gets programs that npm does not install.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './setup-error.js';

/**
 * The machine, which a test describes for itself.
 * @typedef {{
 *   root: string,
 *   env: NodeJS.ProcessEnv,
 *   platform: string,
 *   isRoot: boolean,
 *   osRelease: string,
 *   run: (command: string[]) => boolean,
 *   say: (line: string) => void,
 * }} Machine `root`: the project's folder; `osRelease`: text of /etc/os-release; `run`: whether a command has succeeded
 */

/** @type {Machine} */
export const thisMachine = {
  root: fileURLToPath(new URL('../..', import.meta.url)),
  env: process.env,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  osRelease: existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
  run: ([program = '', ...args]) =>
    spawnSync(program, args, {
      cwd: thisMachine.root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        DEBIAN_FRONTEND: 'noninteractive',
        PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000',
        ...process.env,
      },
      // A slow line needs minutes for a browser; a dead one must not hang for ever.
      timeout: 15 * 60_000,
    }).status === 0,
  say: (line) => console.error(`setup: ${line}`),
};

/**
 * Runs one command after the other until nothing is missing. On a person's machine what has failed is not tried again for
 * a day.
 *
 * @param {Machine} machine
 * @param {{ name: string, commands: () => string[][], missing: () => boolean, error: string, note: string }} wanted `missing`:
 *   whether something still is; `error`: what to do, where all tests have to run; `note`: the same, for a person
 * @throws {SetupError} if something is missing in the end and CI is set
 */
export function installIfMissing({ root, env, run, say }, { name, commands, missing, error, note }) {
  const failed = join(root, 'node_modules', '.cache', `no-${name.replaceAll(' ', '-')}`);
  const { mtimeMs } = statSync(failed, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
  const isInVain = !env['CI'] && Date.now() - mtimeMs < 24 * 60 * 60_000;
  for (const command of isInVain || !missing() ? [] : commands()) {
    if (!missing()) break;
    say(`Installing ${name}: ${command.join(' ').replace(process.execPath, 'node')}`);
    if (!run(command)) say('Failed');
  }
  if (!missing()) {
    rmSync(failed, { force: true });
    return;
  }
  if (env['CI']) throw new SetupError(error);
  if (!isInVain) {
    mkdirSync(dirname(failed), { recursive: true });
    writeFileSync(failed, '');
  }
  say(note);
}

/**
 * @param {Machine} machine
 * @param {string[]} packages
 * @returns {string[][]} the commands; none where they would not work
 */
export function aptInstall({ isRoot, osRelease }, packages) {
  const hasApt = /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);
  if (!isRoot || !hasApt || packages.length === 0) return [];
  const install = ['apt-get', 'install', '-y', '--no-install-recommends'];
  // One by one after that, because apt installs nothing at all if a single package cannot be had.
  const single = packages.length > 1 ? packages.map((name) => [...install, name]) : [];
  return [['apt-get', 'update'], [...install, ...packages], ...single];
}

/**
 * @param {string[]} names of programs, the best first
 * @param {string[]} folders
 * @returns {string[]} those that are there
 */
export function filesIn(names, folders) {
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .filter((file) => existsSync(file));
}

/** @param {NodeJS.ProcessEnv} env */
export function pathFolders(env) {
  return (env['PATH'] ?? '').split(process.platform === 'win32' ? ';' : ':').filter(Boolean);
}
