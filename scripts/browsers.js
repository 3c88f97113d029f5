// Which browser the tests drive. Set-up asks before it installs one, playwright.config.ts asks to start it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from './setup/setup-error.js';

const ON_PATH = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
];
const ON_MACOS = ['Chromium', 'Google Chrome', 'Microsoft Edge'];
const ON_WINDOWS = [
  'Chromium\\Application\\chrome.exe',
  'Google\\Chrome\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];

/**
 * @typedef {{
 *   env?: NodeJS.ProcessEnv,
 *   platform?: string,
 *   exists?: (file: string) => boolean,
 *   defect?: (file: string) => string | undefined,
 *   onDefect?: (file: string, defect: string) => void,
 * }} Surroundings the machine as it is by default; a test describes another one. `defect` says why a browser does not
 *   start, `onDefect` is told about each that was passed over because of it.
 */

/**
 * Finds a browser of the Chromium family: what CHROMIUM_PATH says, or else Playwright's own, or else one that is
 * installed on the system. The last two are tried out, since a file alone proves little: libraries may be missing, and
 * Ubuntu's /usr/bin/chromium-browser may be a mere hint to install a snap.
 *
 * @param {string | undefined} own where Playwright keeps its download, there or not: `downloadOf(chromium)`
 * @param {Surroundings} [surroundings]
 * @returns {string | undefined} the executable; undefined if there is none
 * @throws {SetupError} if CHROMIUM_PATH names no file
 */
export function findChromium(own, surroundings = {}) {
  const { env = process.env, platform = process.platform, exists = existsSync } = surroundings;
  const { defect = startDefect, onDefect = () => {} } = surroundings;

  const chosen = env['CHROMIUM_PATH'];
  if (chosen) {
    if (exists(chosen)) return chosen;
    throw new SetupError(`CHROMIUM_PATH is '${chosen}', and there is no such file: correct it or unset it.`);
  }
  const candidates = [...(own === undefined ? [] : [own]), ...systemPlaces(env, platform)];
  return candidates.find((file) => {
    if (!exists(file)) return false;
    const found = defect(file);
    if (found !== undefined) onDefect(file, found);
    return found === undefined;
  });
}

/**
 * Where Playwright keeps the browser it downloads, whether or not it has done so.
 *
 * @param {import('playwright').BrowserType} browserType
 * @returns {string | undefined} undefined where Playwright has no build for this system
 */
export function downloadOf(browserType) {
  try {
    return browserType.executablePath();
  } catch {
    // It throws only to say that this platform is not supported; a system browser may still be there.
    return undefined;
  }
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} platform
 */
function systemPlaces(env, platform) {
  if (platform === 'win32') {
    const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => env[name] ?? []);
    return ON_WINDOWS.flatMap((place) => roots.map((root) => path.win32.join(root, place)));
  }
  const folders = (env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const onPath = ON_PATH.flatMap((name) => folders.map((folder) => path.posix.join(folder, name)));
  if (platform !== 'darwin') return onPath;
  return [...ON_MACOS.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`), ...onPath];
}

/** @param {string} file */
function startDefect(file) {
  // On Windows `--version` opens a window instead of answering.
  if (process.platform === 'win32') return undefined;
  const { error, status, stderr } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  if (error !== undefined) return error.message;
  if (status === 0) return undefined;
  return stderr.trim().split('\n').at(-1) || `exit code ${status}`;
}
