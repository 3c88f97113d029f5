// The browsers that this repository is tested in: which are here, by what they are driven, and where they are. Set-up asks
// before it installs one, the tests ask to start them, reports ask for their versions.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aptInstall, filesIn, installIfMissing, pathFolders, thisMachine } from './install.js';
import { SetupError } from './setup-error.js';

/** @typedef {import('./install.js').Machine} Machine */

/**
 * A browser that was found, and by what it is driven.
 * @typedef {{
 *   engine: 'chromium' | 'firefox' | 'webkit' | 'webkitgtk',
 *   driver: 'Playwright' | 'Playwright over BiDi' | 'WebDriver',
 *   executablePath: string,
 *   version: string,
 * }} Found `version`: 'unknown' where the browser cannot be asked
 *
 * Where one may be, and the command that proves that it starts.
 * @typedef {Omit<Found, 'version'> & { ask: string[] }} Place
 */

/** What WebKitGTK is driven with, beside its driver: a display to draw on, and the program that opens its windows. */
const COMPANIONS = ['Xvfb', 'gjs', 'setpriv'];

/** Playwright's own WebKit does not say which version it is, and on Linux it does not start but by Playwright. */
const ASK_WEBKIT = `require('playwright').webkit.launch().then(async (browser) => {
  console.log(browser.version());
  await browser.close();
});`;

const WEBKITGTK = fileURLToPath(new URL('../../e2e/webkitgtk/browser.js', import.meta.url));

/**
 * The browsers that this machine has, Chromium first, each tried out unless it is remembered from the last time.
 *
 * @param {Machine} [machine]
 * @returns {Found[]}
 * @throws {SetupError} if FIREFOX_PATH names no file
 */
export function findBrowsers(machine = thisMachine) {
  const file = join(machine.root, 'node_modules', '.cache', 'engines.json');
  const question = [
    ...['playwright/package.json', '.cache/chromium.json'].map((name) => textOf(machine, name)),
    ...['FIREFOX_PATH', 'PLAYWRIGHT_BROWSERS_PATH'].map((name) => machine.env[name]),
  ].join('\n');
  /** @type {{ asked: string, found: Found[] }} */
  const remembered = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { asked: '', found: [] };
  const known =
    remembered.asked === question
      ? remembered.found.filter(({ executablePath }) => existsSync(executablePath))
      : [];
  const kinds = [chromiumPlaces, firefoxPlaces, webkitPlaces];
  if (known.length === kinds.length) return known;
  const found = kinds.flatMap((places) => {
    const candidates = places(machine);
    // One that does not start may take long to say so.
    const one = known.find(({ executablePath }) =>
      candidates.some((place) => place.executablePath === executablePath),
    );
    return one ?? firstThatStarts(candidates, machine) ?? [];
  });
  mkdirSync(dirname(file), { recursive: true });
  // Each worker of the tests asks, too: those who read it meanwhile find a whole one.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify({ asked: question, found }));
  renameSync(`${file}.${process.pid}`, file);
  return found;
}

/**
 * Finds Firefox and WebKit or installs them. Without them a person goes on.
 *
 * @param {Machine} [machine]
 * @throws {SetupError} if one is missing in the end and CI is set
 */
export function provideEngines(machine = thisMachine) {
  // Ubuntu's package of Firefox is a mere hint to install a snap.
  const isUbuntu = /^ID="?ubuntu"?$/m.test(machine.osRelease);
  const kinds = [
    { name: 'firefox', packages: isUbuntu ? [] : ['firefox-esr'] },
    { name: 'webkit', packages: ['webkit2gtk-driver', 'xvfb', 'gjs', 'gir1.2-webkit2-4.1'] },
  ];
  const missing = () => {
    const found = findBrowsers(machine);
    return kinds.filter(({ name }) => !found.some(({ engine }) => engine.startsWith(name)));
  };
  const lacking = missing();
  if (lacking.length === 0) return;
  const names = lacking.map(({ name }) => name);
  const install = `npx playwright install --with-deps ${names.join(' ')}`;
  const download = [process.execPath, 'node_modules/playwright/cli.js', 'install', ...names];
  // Playwright calls sudo for the libraries, which must not ask for a password.
  const canInstall = () => machine.isRoot || machine.run(['sh', '-c', 'sudo -n true 2> /dev/null']);
  installIfMissing(machine, {
    name: names.join(' and '),
    commands: () => [
      ...(machine.platform === 'linux' && canInstall() ? [[...download, '--with-deps']] : []),
      download,
      ...aptInstall(
        machine,
        lacking.flatMap(({ packages }) => packages),
      ),
    ],
    missing: () => missing().length > 0,
    error: `There is no ${names.join(' and no ')} for the end-to-end tests, and with CI set they have to run: ${install}`,
    note: `Without ${names.join(' and ')} the end-to-end tests run in the other browsers alone. To install: ${install}`,
  });
}

/**
 * The one that scripts/setup.js has noted.
 *
 * @param {Machine} machine
 * @returns {Place[]}
 */
function chromiumPlaces(machine) {
  const { file } = JSON.parse(textOf(machine, '.cache/chromium.json') || '{}');
  if (!file || !existsSync(file)) return [];
  return [place('chromium', 'Playwright', file, [file, '--version'])];
}

/**
 * What FIREFOX_PATH says, or else Playwright's own, or else one of the system. Playwright drives its own build by a
 * protocol of that one, and any other over WebDriver BiDi.
 *
 * @param {Machine} machine
 * @returns {Place[]}
 */
function firefoxPlaces(machine) {
  const chosen = machine.env['FIREFOX_PATH'];
  if (chosen && !existsSync(chosen)) {
    throw new SetupError(`FIREFOX_PATH is '${chosen}', and there is no such file: correct it or unset it.`);
  }
  const own = chosen ? [] : downloadsOf(machine, 'firefox');
  const others = chosen ? [chosen] : filesIn(['firefox', 'firefox-esr'], pathFolders(machine.env));
  return [
    ...own.map((file) => place('firefox', 'Playwright', file, [file, '--version'])),
    ...others.map((file) => place('firefox', 'Playwright over BiDi', file, [file, '--version'])),
  ];
}

/**
 * Playwright's own WebKit, or else WebKitGTK, of which the driver is what is found. Neither is Safari: what they do with
 * cookies is not Apple's code.
 *
 * @param {Machine} machine
 * @returns {Place[]}
 */
function webkitPlaces(machine) {
  const folders = pathFolders(machine.env);
  const isComplete = COMPANIONS.every((name) => filesIn([name], folders).length > 0);
  const drivers = isComplete ? filesIn(['WebKitWebDriver'], folders) : [];
  return [
    ...downloadsOf(machine, 'webkit').map((file) =>
      place('webkit', 'Playwright', file, [process.execPath, '-e', ASK_WEBKIT]),
    ),
    ...drivers.map((file) => place('webkitgtk', 'WebDriver', file, ['gjs', '-m', WEBKITGTK, '--version'])),
  ];
}

/**
 * @param {Place['engine']} engine
 * @param {Place['driver']} driver
 * @param {string} executablePath
 * @param {string[]} ask
 * @returns {Place}
 */
function place(engine, driver, executablePath, ask) {
  return { engine, driver, executablePath, ask };
}

/**
 * @param {Machine} machine
 * @param {'firefox' | 'webkit'} engine
 * @returns {string[]} Playwright's own, if it is there
 */
function downloadsOf({ root }, engine) {
  /** @type {typeof import('playwright')} */
  const playwright = createRequire(join(root, 'package.json'))('playwright');
  try {
    const file = playwright[engine].executablePath();
    return existsSync(file) ? [file] : [];
  } catch {
    // It throws only to say that this platform is not supported; a system browser may still be there.
    return [];
  }
}

/**
 * A file alone proves little: libraries may be missing.
 *
 * @param {Place[]} places
 * @param {Machine} machine
 * @returns {Found | undefined}
 */
function firstThatStarts(places, { root, env, say }) {
  for (const { ask, ...place } of places) {
    const [program = '', ...args] = ask;
    const { error, status, stdout, stderr } = spawnSync(program, args, {
      cwd: root,
      env,
      encoding: 'utf8',
      timeout: 20_000,
    });
    if (status === 0) return { ...place, version: /\d[\w.]*/.exec(stdout)?.[0] ?? 'unknown' };
    say(`${place.executablePath} does not start: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
  }
  return undefined;
}

/**
 * @param {Machine} machine
 * @param {string} name of a file in node_modules
 */
function textOf({ root }, name) {
  const file = join(root, 'node_modules', name);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
