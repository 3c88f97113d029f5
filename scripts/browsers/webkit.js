import { fileURLToPath } from 'node:url';
import { systemPlaces } from './looking.js';

/** What WebKitGTK is driven with, beside its driver: a display to draw on, and the program that opens its windows. */
const COMPANIONS = ['Xvfb', 'gjs', 'setpriv'];

const PACKAGES = ['webkit2gtk-driver', 'xvfb', 'gjs', 'gir1.2-webkit2-4.1'];

/** Its files do not say which version they are, and on Linux they do not start but by Playwright. */
const ASK_OWN = [
  process.execPath,
  '-e',
  `require('playwright').webkit.launch().then(async (browser) => {
    console.log(browser.version());
    await browser.close();
  });`,
];

const ASK_GTK = [
  'gjs',
  '-m',
  fileURLToPath(new URL('../../e2e/webkitgtk/browser.js', import.meta.url)),
  '--version',
];

/**
 * Playwright's own WebKit, or else WebKitGTK, of which the driver is what is found. Neither is Safari: what they do with
 * cookies is not Apple's code.
 *
 * @type {import('./looking.js').Kind}
 */
export const webkit = {
  name: 'WebKit',
  need: 'in CI',
  own: 'webkit',
  download: ['webkit'],
  elsewhere: 'install WebKitGTK with WebKitWebDriver, its introspection data, gjs and Xvfb (Linux only)',
  packages: { debian: PACKAGES, ubuntu: PACKAGES },
  places(machine, own) {
    return [...(own === undefined ? [] : [ownPlace(own)]), ...drivers(machine).map(gtkPlace)];
  },
};

/** @param {import('./looking.js').Machine} machine */
function drivers(machine) {
  const onPath = (/** @type {string} */ name) =>
    systemPlaces({ onPath: [name], onMacos: [], onWindows: [] }, machine);
  const isComplete = COMPANIONS.every((name) => onPath(name).some(machine.exists));
  return machine.platform === 'linux' && isComplete ? onPath('WebKitWebDriver') : [];
}

/**
 * @param {string} file
 * @returns {import('./looking.js').Place}
 */
function ownPlace(file) {
  return { engine: 'webkit', driver: 'Playwright', executablePath: file, ask: ASK_OWN };
}

/**
 * @param {string} file
 * @returns {import('./looking.js').Place}
 */
function gtkPlace(file) {
  return { engine: 'webkitgtk', driver: 'WebDriver', executablePath: file, ask: ASK_GTK };
}
