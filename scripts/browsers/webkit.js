import { systemPlaces } from './looking.js';

/** Of a WebKitGTK, each of them on the PATH: what drives it, and a display to draw on. */
const COMPANIONS = ['WebKitWebDriver', 'Xvfb', 'xvfb-run'];

/** Its own files do not say which version they are, and on Linux they need Playwright to start at all. */
const ASK_OWN = [
  process.execPath,
  '-e',
  `require('playwright').webkit.launch().then(async (browser) => {
    console.log(browser.version());
    await browser.close();
  });`,
];

/**
 * Playwright's own WebKit, or else WebKitGTK: the same engine with other libraries around it, for one in cookies. It is
 * no Safari.
 *
 * @type {import('./looking.js').Kind}
 */
export const webkit = {
  name: 'WebKit',
  need: 'in CI',
  own: 'webkit',
  download: ['webkit'],
  elsewhere: 'install WebKitGTK with its driver, and Xvfb with xvfb-run (Linux only)',
  packages: {
    debian: ['webkit2gtk-driver', 'xvfb', 'xauth'],
    ubuntu: ['webkit2gtk-driver', 'xvfb', 'xauth'],
  },
  places(machine, own) {
    const ownPlace = { engine: /** @type {const} */ ('webkit'), driver: /** @type {const} */ ('Playwright') };
    return [
      ...(own === undefined ? [] : [{ ...ownPlace, executablePath: own, ask: ASK_OWN }]),
      ...miniBrowsers(machine).map((file) => ({
        engine: /** @type {const} */ ('webkitgtk'),
        driver: /** @type {const} */ ('WebDriver'),
        executablePath: file,
        ask: ['xvfb-run', '-a', file, '--version'],
      })),
    ];
  },
};

/**
 * The browser that comes with the library, in a folder of its version below that of the processor.
 *
 * @param {import('./looking.js').Machine} machine
 * @returns {string[]}
 */
function miniBrowsers(machine) {
  const { platform, exists, list } = machine;
  const has = (/** @type {string} */ name) =>
    systemPlaces({ onPath: [name], onMacos: [], onWindows: [] }, machine).some(exists);
  if (platform !== 'linux' || !COMPANIONS.every(has)) return [];
  const roots = ['/usr/libexec', '/usr/lib64', ...list('/usr/lib').map((name) => `/usr/lib/${name}`)];
  return roots
    .flatMap((root) =>
      ['webkit2gtk-4.1', 'webkitgtk-6.0', 'webkit2gtk-4.0'].map((name) => `${root}/${name}/MiniBrowser`),
    )
    .filter(exists);
}
