import { chosenBy, systemPlaces } from './looking.js';

const NAMES = {
  onPath: ['firefox', 'firefox-esr'],
  onMacos: ['Firefox.app/Contents/MacOS/firefox'],
  onWindows: ['Mozilla Firefox\\firefox.exe'],
};

/**
 * What FIREFOX_PATH says, or else Playwright's own, or else one of the system. Playwright drives its own build by a
 * protocol of that one, and any other over WebDriver BiDi.
 *
 * @type {import('./looking.js').Kind}
 */
export const firefox = {
  name: 'Firefox',
  need: 'in CI',
  own: 'firefox',
  download: ['firefox'],
  elsewhere: 'install Firefox',
  variable: 'FIREFOX_PATH',
  // Ubuntu's package is a mere hint to install a snap.
  packages: { debian: ['firefox-esr'], ubuntu: [] },
  places(machine, own) {
    const chosen = chosenBy('FIREFOX_PATH', machine);
    if (chosen !== undefined) return [place('Playwright over BiDi', chosen)];
    return [
      ...(own === undefined ? [] : [place('Playwright', own)]),
      ...systemPlaces(NAMES, machine).map((file) => place('Playwright over BiDi', file)),
    ];
  },
};

/**
 * @param {'Playwright' | 'Playwright over BiDi'} driver
 * @param {string} file
 * @returns {import('./looking.js').Place}
 */
function place(driver, file) {
  return { engine: 'firefox', driver, executablePath: file, ask: [file, '--version'] };
}
