// How set-up gets a program that npm does not install: what the browser and the Redis server have in common.
import { existsSync, readFileSync } from 'node:fs';
import { run } from './command.js';
import { Interrupted, SetupError } from './setup-error.js';

/**
 * One way to get a program.
 * @typedef {{ title: string, commands: import('./command.js').Command[] }} Way
 * @typedef {{ platform: string, isRoot: boolean, osRelease: string }} System `osRelease`: text of /etc/os-release
 */

/** @returns {System} */
export function thisSystem() {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    osRelease: existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
  };
}

/**
 * Tries one way after the other until the program is there. None is asked for before its turn comes.
 *
 * @template T
 * @param {{
 *   find: () => T | undefined, ways: Iterable<Way>,
 *   run: (command: import('./command.js').Command) => Promise<void>, say: (line: string) => void,
 * }} means
 * @returns {Promise<T | undefined>} what `find` found in the end
 */
export async function firstThatWorks({ find, ways, run: execute, say }) {
  for (const { title, commands } of ways) {
    say(title);
    try {
      for (const command of commands) await execute(command);
    } catch (error) {
      if (!(error instanceof SetupError) || error instanceof Interrupted) throw error;
      say(error.message);
    }
    const found = find();
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Runs the commands of a way: nobody is asked anything, and none of them runs for ever.
 *
 * @param {string} root the project's folder
 * @param {{ limitMs: number, env?: NodeJS.ProcessEnv }} options `limitMs`: longest that one command may take;
 *   `env`: defaults, which the environment overrides
 * @returns {(command: import('./command.js').Command) => Promise<void>}
 */
export function unattended(root, { limitMs, env = {} }) {
  return (command) =>
    run(command, { cwd: root, limitMs, env: { DEBIAN_FRONTEND: 'noninteractive', ...env, ...process.env } });
}

/** @type {import('./command.js').Command} */
export const APT_UPDATE = ['apt-get', 'update'];

/**
 * @param {string[]} names of packages
 * @returns {import('./command.js').Command}
 */
export function aptInstall(...names) {
  return ['apt-get', 'install', '-y', '--no-install-recommends', ...names];
}

/** @param {string} osRelease */
export function hasApt(osRelease) {
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);
}

/** @param {string} osRelease */
export function isUbuntu(osRelease) {
  return /^ID="?ubuntu"?$/m.test(osRelease);
}
