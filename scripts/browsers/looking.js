// How a browser is looked for: what a place is, and which of the places holds one that starts.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from '../setup/setup-error.js';

/**
 * @typedef {{
 *   env: NodeJS.ProcessEnv,
 *   platform: string,
 *   exists: (file: string) => boolean,
 *   list: (folder: string) => string[],
 *   ask: (command: readonly string[]) => Answer,
 * }} Machine `list`: names in a folder, none if there is no such folder; `ask`: runs a command that prints a version
 * @typedef {{ version: string } | { defect: string }} Answer `defect`: why it does not start
 *
 * A browser that was found, and by what it is driven.
 * @typedef {{
 *   engine: 'chromium' | 'chromium-headless-shell' | 'firefox' | 'webkit' | 'webkitgtk',
 *   driver: 'Playwright' | 'Playwright over BiDi' | 'WebDriver',
 *   executablePath: string,
 *   version: string,
 * }} Found `version`: 'unknown' where the browser cannot be asked
 *
 * Where one may be, and the command that proves that it starts.
 * @typedef {Omit<Found, 'version'> & { ask: readonly string[] }} Place
 *
 * One of the browsers that the tests use.
 * @typedef {{
 *   name: string,
 *   need: 'always' | 'in CI' | 'never',
 *   own: 'chromium' | 'firefox' | 'webkit',
 *   download: string[],
 *   elsewhere: string,
 *   variable?: string,
 *   places: (machine: Machine, own: string | undefined) => Place[],
 *   packages: { debian: string[], ubuntu: string[] },
 * }} Kind `name`: for people; `need`: when the tests cannot do without it; `own`: Playwright's name of it;
 *   `download`: what to have Playwright download; `elsewhere`: what a person can do where there is no package; `variable`: by
 *   which environment variable one is chosen; `places`: in the order of preference, `own` being where Playwright keeps
 *   its download, there or not; `packages`: of the distribution
 */

/** @type {Machine} */
export const thisMachine = {
  env: process.env,
  platform: process.platform,
  exists: existsSync,
  list: (folder) => (existsSync(folder) ? readdirSync(folder) : []),
  ask: askVersion,
};

/**
 * The first place whose browser starts. A file alone proves little: libraries may be missing, and Ubuntu's
 * /usr/bin/chromium-browser may be a mere hint to install a snap.
 *
 * @param {Place[]} places
 * @param {Machine} machine
 * @param {(file: string, defect: string) => void} onDefect is told about each that was passed over
 * @returns {Found | undefined}
 */
export function firstThatStarts(places, machine, onDefect) {
  for (const { ask, ...place } of places) {
    if (!machine.exists(place.executablePath)) continue;
    const answer = machine.ask(ask);
    if ('version' in answer) return { ...place, version: answer.version };
    onDefect(place.executablePath, answer.defect);
  }
  return undefined;
}

/**
 * What a person has chosen by an environment variable.
 *
 * @param {string} variable
 * @param {Machine} machine
 * @returns {string | undefined} the executable; undefined if the variable is not set
 * @throws {SetupError} if it names no file: to take another browser would be a surprise
 */
export function chosenBy(variable, { env, exists }) {
  const chosen = env[variable];
  if (!chosen) return undefined;
  if (exists(chosen)) return chosen;
  throw new SetupError(`${variable} is '${chosen}', and there is no such file: correct it or unset it.`);
}

/**
 * @param {{ onPath: string[], onMacos: string[], onWindows: string[] }} names of programs on the PATH, of apps, and of
 *   files below the folders for programs
 * @param {Machine} machine
 * @returns {string[]} files, there or not; by name first, and then by folder
 */
export function systemPlaces({ onPath, onMacos, onWindows }, { env, platform }) {
  if (platform === 'win32') {
    const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => env[name] ?? []);
    return onWindows.flatMap((place) => roots.map((root) => path.win32.join(root, place)));
  }
  const folders = (env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const programs = onPath.flatMap((name) => folders.map((folder) => path.posix.join(folder, name)));
  return [...(platform === 'darwin' ? onMacos.map((app) => `/Applications/${app}`) : []), ...programs];
}

/**
 * @param {readonly string[]} command
 * @returns {Answer}
 */
function askVersion([program = '', ...args]) {
  // On Windows a browser opens a window instead of answering.
  if (process.platform === 'win32' && program !== process.execPath) return { version: 'unknown' };
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (error !== undefined) return { defect: error.message };
  if (status !== 0) return { defect: stderr.trim().split('\n').at(-1) || `exit code ${status}` };
  return { version: /\d[\w.]*/.exec(stdout)?.[0] ?? 'unknown' };
}
