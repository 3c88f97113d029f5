import { existsSync } from 'node:fs';
import { downloadOf, KINDS, look } from '../browsers.js';
import { recall, remember } from '../browsers/memory.js';
import { failedLately, forgetFailure, noteFailure } from './attempts.js';
import { advice, waysToInstall } from './browser-ways.js';
import { firstThatWorks, thisSystem, unattended } from './install.js';
import { SetupError } from './setup-error.js';

/** @typedef {import('../browsers/looking.js').Kind} Kind */

/** Longest that one command may take, in ms. A slow line needs minutes for a browser; a dead one must not hang for ever. */
const LIMIT = 15 * 60_000;

const DOWNLOAD_SETTINGS = {
  // ms; Playwright makes five attempts on each server, and 30 s for each of them is long to look at nothing.
  PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000',
};

/** What failed attempts are noted under. */
const ATTEMPT = 'browsers';

/**
 * Why browsers have to be looked for. Only asks what was found the last time.
 *
 * @param {string} root the project's folder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined} undefined if all are there
 */
export function browsersProblem(root, env = process.env) {
  const found = recall(root, env);
  const missing = KINDS.filter(({ name, need }) => need !== 'never' && !found.has(name));
  return missing.length === 0
    ? undefined
    : `there is no ${missing.map(({ name }) => name).join(', no ')} yet`;
}

/**
 * Finds the browsers or installs them, and remembers them. Without some of them a person goes on.
 *
 * @param {string} root the project's folder
 * @param {(line: string) => void} say
 * @param {{
 *   env?: NodeJS.ProcessEnv,
 *   system?: import('./install.js').System,
 *   run?: (command: import('./command.js').Command) => Promise<void>,
 *   find?: typeof look,
 *   isDownloaded?: (kind: Kind) => boolean,
 * }} [surroundings] the machine as it is by default; a test describes another one
 * @throws {SetupError} if one is missing in the end that the tests cannot do without, with the command that a person should
 *   run: Chromium, and with CI set any
 */
export async function provideBrowsers(root, say, surroundings = {}) {
  const { env = process.env, system = thisSystem(), find = look, isDownloaded = hasDownload } = surroundings;
  const { run = unattended(root, { limitMs: LIMIT, env: DOWNLOAD_SETTINGS }) } = surroundings;
  const found = recall(root, env);
  const missing = () => KINDS.filter(({ name }) => !found.has(name));
  const isNeeded = (/** @type {Kind} */ { need }) =>
    need === 'always' || (need === 'in CI' && Boolean(env['CI']));
  const defects = new Set();
  const lookForMissing = () => {
    for (const kind of missing()) {
      const one = find(kind, (file, defect) => {
        if (!defects.has(file)) say(`${file} does not start: ${defect}`);
        defects.add(file);
      });
      if (one !== undefined) found.set(kind.name, one);
    }
    return missing().length === 0 ? found : undefined;
  };

  lookForMissing();
  const isInVain = !missing().some(isNeeded) && failedLately(root, ATTEMPT);
  const ways = isInVain ? [] : waysToInstall(system, { missing, isDownloaded });
  await firstThatWorks({ find: lookForMissing, ways, run, say });

  remember(root, env, found);
  const files = new Set(Array.from(found.values(), ({ executablePath }) => executablePath));
  if (files.size > 0) say(`The tests use ${[...files].join(', ')}`);
  const lacking = missing().filter(({ need }) => need !== 'never');
  if (lacking.length === 0) {
    forgetFailure(root, ATTEMPT);
    return;
  }
  const needed = lacking.filter(isNeeded);
  if (needed.length > 0) throw new SetupError(advice(system, needed).error);
  if (!isInVain) noteFailure(root, ATTEMPT);
  say(advice(system, lacking).note);
}

/** @param {Kind} kind */
function hasDownload(kind) {
  const own = downloadOf(kind);
  return own !== undefined && existsSync(own);
}
