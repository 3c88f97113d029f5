// The browsers that this repository is tested in: which are installed, what drives them, and where they are. Set-up asks
// before it installs one, the tests ask before they start one, and reports ask for the versions.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aptInstall, filesIn, installIfMissing, pathFolders, textOf, thisMachine } from './install.js';
import { SetupError } from './setup-error.js';

/** @typedef {import('./install.js').Machine} Machine */

/**
 * A browser that was found, and what drives it.
 * @typedef {{
 *   engine: 'chromium' | 'firefox' | 'webkit' | 'webkitgtk',
 *   driver: 'Playwright' | 'Playwright over BiDi' | 'WebDriver',
 *   executablePath: string,
 *   version: string,
 * }} Found `version`: 'unknown' if the browser does not tell
 *
 * Where a browser may be, and the command that proves that it starts.
 * @typedef {Omit<Found, 'version'> & { ask: string[] }} Place
 */

/** What WebKitGTK needs beside its driver: a display to draw on, and the program that opens its windows. */
const COMPANIONS = ['Xvfb', 'gjs', 'setpriv'];

/** Playwright's own WebKit has no `--version`, and on Linux only Playwright can start it. */
const ASK_WEBKIT = `require('playwright').webkit.launch().then(async (browser) => {
  console.log(browser.version());
  await browser.close();
});`;

const WEBKITGTK = fileURLToPath(new URL('../../e2e/webkitgtk/browser.js', import.meta.url));

/**
 * The browsers that this machine has, Chromium first. A browser is tried out once and then remembered.
 *
 * @param {Machine} [machine]
 * @returns {Found[]}
 * @throws {SetupError} if FIREFOX_PATH names no file
 */
export function findBrowsers(machine = thisMachine) {
  const file = inModules(machine, '.cache/engines.json');
  const asked = [
    ...['playwright/package.json', '.cache/chromium.json'].map((name) => textOf(inModules(machine, name))),
    ...['FIREFOX_PATH', 'PLAYWRIGHT_BROWSERS_PATH'].map((name) => machine.env[name]),
  ].join('\n');
  /** @type {{ asked: string, found: Found[] }} */
  const former = JSON.parse(textOf(file) || '{ "found": [] }');
  const known = former.found.filter((one) => former.asked === asked && existsSync(one.executablePath));
  const kinds = [chromiumPlaces, firefoxPlaces, webkitPlaces];
  if (known.length === kinds.length) return known;
  const found = kinds.flatMap((places) => {
    const candidates = places(machine);
    const files = new Set(candidates.map(({ executablePath }) => executablePath));
    // A browser that does not start may take long to fail.
    const remembered = known.find(({ executablePath }) => files.has(executablePath));
    return remembered ?? firstThatStarts(candidates, machine) ?? [];
  });
  mkdirSync(dirname(file), { recursive: true });
  // Each worker of the tests asks, too, and must never read half a file.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify({ asked, found }));
  renameSync(`${file}.${process.pid}`, file);
  return found;
}

/**
 * Finds or installs Firefox and WebKit. A person can go on without them.
 *
 * @param {Machine} [machine]
 * @throws {SetupError} if one is still missing and CI is set
 */
export function provideEngines(machine = thisMachine) {
  // Ubuntu's package of Firefox only says that a snap should be installed.
  const isUbuntu = /^ID="?ubuntu"?$/m.test(machine.osRelease);
  const packages = {
    firefox: isUbuntu ? [] : ['firefox-esr'],
    webkit: ['webkit2gtk-driver', 'xvfb', 'gjs', 'gir1.2-webkit2-4.1'],
  };
  const missing = () => {
    const found = findBrowsers(machine);
    const names = /** @type {const} */ (['firefox', 'webkit']);
    return names.filter((name) => !found.some(({ engine }) => engine.startsWith(name)));
  };
  const names = missing();
  if (names.length === 0) return;
  const lacking = names.flatMap((name) => packages[name]);
  const install = `npx playwright install --with-deps ${names.join(' ')}`;
  const download = [process.execPath, 'node_modules/playwright/cli.js', 'install', ...names];
  // Playwright calls sudo for the libraries; it must not ask for a password.
  const canInstall = () => machine.isRoot || machine.run(['sh', '-c', 'sudo -n true 2> /dev/null']);
  installIfMissing(machine, {
    name: names.join(' and '),
    commands: () => [
      ...(machine.platform === 'linux' && canInstall() ? [[...download, '--with-deps']] : []),
      download,
      ...aptInstall(machine, lacking),
    ],
    missing: () => missing().length > 0,
    error: `There is no ${names.join(' and no ')} for the end-to-end tests, and with CI set they have to run: ${install}`,
    note: `Without ${names.join(' and ')} the end-to-end tests run only in the other browsers. To install: ${install}`,
  });
}

/**
 * The one that scripts/setup.js has noted.
 *
 * @param {Machine} machine
 * @returns {Place[]}
 */
function chromiumPlaces(machine) {
  const { file = '' } = JSON.parse(textOf(inModules(machine, '.cache/chromium.json')) || '{}');
  return existsSync(file) ? [place('chromium', 'Playwright', file)] : [];
}

/**
 * The one that FIREFOX_PATH names; or else Playwright's own, then the system's. Playwright drives its own build by a
 * special protocol, and any other over WebDriver BiDi.
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
    ...own.map((file) => place('firefox', 'Playwright', file)),
    ...others.map((file) => place('firefox', 'Playwright over BiDi', file)),
  ];
}

/**
 * Playwright's own WebKit, or else WebKitGTK, represented by its driver. Neither is Safari: Apple's code for cookies is
 * in neither of them.
 *
 * @param {Machine} machine
 * @returns {Place[]}
 */
function webkitPlaces(machine) {
  const own = downloadsOf(machine, 'webkit');
  const folders = pathFolders(machine.env);
  const isComplete = COMPANIONS.every((name) => filesIn([name], folders).length > 0);
  const drivers = isComplete ? filesIn(['WebKitWebDriver'], folders) : [];
  return [
    ...own.map((file) => place('webkit', 'Playwright', file, [process.execPath, '-e', ASK_WEBKIT])),
    ...drivers.map((file) => place('webkitgtk', 'WebDriver', file, ['gjs', '-m', WEBKITGTK, '--version'])),
  ];
}

/**
 * @param {Place['engine']} engine
 * @param {Place['driver']} driver
 * @param {string} executablePath
 * @returns {Place}
 */
function place(engine, driver, executablePath, ask = [executablePath, '--version']) {
  return { engine, driver, executablePath, ask };
}

/**
 * @param {Machine} machine
 * @param {'firefox' | 'webkit'} engine
 * @returns {string[]} Playwright's own browser, if it is there
 */
function downloadsOf({ root }, engine) {
  /** @type {typeof import('playwright')} */
  const playwright = createRequire(join(root, 'package.json'))('playwright');
  try {
    return [playwright[engine].executablePath()].filter(existsSync);
  } catch {
    // It throws if this platform is not supported; a browser of the system may still be there.
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
    const ran = spawnSync(program, args, { cwd: root, env, encoding: 'utf8', timeout: 20_000 });
    if (ran.status === 0) return { ...place, version: /\d[\w.]*/.exec(ran.stdout)?.[0] ?? 'unknown' };
    const reason = ran.error?.message ?? ran.stderr.trim().split('\n').at(-1);
    say(`${place.executablePath} does not start: ${reason}`);
  }
  return undefined;
}

/**
 * @param {Machine} machine
 * @param {string} name
 */
function inModules({ root }, name) {
  return join(root, 'node_modules', name);
}
