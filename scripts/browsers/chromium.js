import path from 'node:path';
import { chosenBy, systemPlaces } from './looking.js';

const NAMES = {
  onPath: [
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    'microsoft-edge',
    'microsoft-edge-stable',
  ],
  onMacos: ['Chromium', 'Google Chrome', 'Microsoft Edge'].map(
    (name) => `${name}.app/Contents/MacOS/${name}`,
  ),
  onWindows: [
    'Chromium\\Application\\chrome.exe',
    'Google\\Chrome\\Application\\chrome.exe',
    'Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

/**
 * A browser of the Chromium family: what CHROMIUM_PATH says, or else Playwright's own, or else one of the system.
 *
 * @type {import('./looking.js').Kind}
 */
export const chromium = {
  name: 'Chromium',
  need: 'always',
  own: 'chromium',
  download: ['chromium'],
  elsewhere: 'install Chromium, Chrome or Edge',
  variable: 'CHROMIUM_PATH',
  // Ubuntu's package is a mere hint to install a snap.
  packages: { debian: ['chromium'], ubuntu: [] },
  places(machine, own) {
    const chosen = chosenBy('CHROMIUM_PATH', machine);
    const files = chosen === undefined ? [own ?? [], systemPlaces(NAMES, machine)].flat() : [chosen];
    return files.map((file) => place('chromium', file));
  },
};

/**
 * Chromium without what only a window needs. It keeps no pages for Back and treats third-party cookies in its own way;
 * all else it does alike, for half of the time. Who has chosen a Chromium gets no other.
 *
 * @type {import('./looking.js').Kind}
 */
export const headlessShell = {
  name: "Chromium's headless shell",
  need: 'never',
  own: 'chromium',
  // It comes with Chromium.
  download: [],
  elsewhere: '',
  packages: { debian: ['chromium-headless-shell'], ubuntu: [] },
  places(machine, own) {
    const chosen = chosenBy('CHROMIUM_PATH', machine);
    const names = { onPath: ['chromium-headless-shell'], onMacos: [], onWindows: [] };
    const files =
      chosen === undefined ? [shellBeside(own, machine), systemPlaces(names, machine)].flat() : [chosen];
    return files.map((file) => place('chromium-headless-shell', file));
  },
};

/**
 * Playwright downloads the shell together with Chromium, and tells the place of the latter alone.
 *
 * @param {string | undefined} own
 * @param {import('./looking.js').Machine} machine
 * @returns {string[]}
 */
function shellBeside(own, { list }) {
  const [, root, revision] = /^(.*[\\/])chromium-(\d+)[\\/]/.exec(own ?? '') ?? [];
  if (root === undefined) return [];
  const folder = `${root}chromium_headless_shell-${revision}`;
  const name = 'chrome-headless-shell';
  return list(folder)
    .filter((build) => build.startsWith(name))
    .flatMap((build) => [name, `${name}.exe`].map((file) => path.join(folder, build, file)));
}

/**
 * @param {'chromium' | 'chromium-headless-shell'} engine
 * @param {string} file
 * @returns {import('./looking.js').Place}
 */
function place(engine, file) {
  return { engine, driver: 'Playwright', executablePath: file, ask: [file, '--version'] };
}
