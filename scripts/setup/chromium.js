import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { downloadOf, findChromium } from '../browsers.js';
import { APT_UPDATE, aptInstall, firstThatWorks, hasApt, thisSystem, unattended } from './install.js';
import { SetupError } from './setup-error.js';

/** Longest that one command may take, in ms. A slow line needs minutes for a browser; a dead one must not hang for ever. */
const LIMIT = 15 * 60_000;
const PLAYWRIGHT = /** @type {const} */ ([process.execPath, 'node_modules/playwright/cli.js']);

/**
 * Why a browser has to be looked for. The last finding is kept in node_modules, because asking Playwright takes longer
 * than all else together.
 *
 * @param {string} root the project's folder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined} undefined if there is one
 */
export function chromiumProblem(root, env = process.env) {
  const file = findingFile(root);
  const finding = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const sameQuestion = finding.asked === question(env);
  return sameQuestion && existsSync(finding.executable) ? undefined : 'the tests need a browser';
}

/**
 * Finds a Chromium or installs one, and remembers it.
 *
 * @param {string} root the project's folder
 * @param {(line: string) => void} say
 * @throws {SetupError} if there is none in the end, with the command that a person should run
 */
export async function provideChromium(root, say) {
  const { chromium } = await import('playwright');
  const own = downloadOf(chromium);
  const system = thisSystem();
  const executable = await firstThatWorks({
    find: () => findChromium(own, { onDefect: (file, defect) => say(`${file} does not start: ${defect}`) }),
    ways: waysToInstall(system, { downloaded: () => own !== undefined && existsSync(own) }),
    run: unattended(root, { limitMs: LIMIT, env: DOWNLOAD_SETTINGS }),
    say,
  });
  if (executable === undefined) throw new SetupError(advice(system));
  say(`The tests use ${executable}`);
  mkdirSync(dirname(findingFile(root)), { recursive: true });
  writeFileSync(findingFile(root), JSON.stringify({ asked: question(process.env), executable }));
}

const DOWNLOAD_SETTINGS = {
  // ms; Playwright makes five attempts on each server, and 30 s for each of them is long to look at nothing.
  PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000',
};

/**
 * @param {import('./install.js').System} system
 * @param {{ downloaded: () => boolean }} means `downloaded`: whether Playwright's download is there
 * @returns {import('./install.js').Way[]} in the order in which to try them
 */
export function waysToInstall({ isRoot, osRelease }, { downloaded }) {
  /** @type {import('./install.js').Way[]} */
  const ways = [
    {
      title: "Downloading Playwright's Chromium",
      commands: [[...PLAYWRIGHT, 'install', '--no-shell', 'chromium']],
    },
  ];
  if (!isRoot || !hasApt(osRelease)) return ways;
  ways.push({
    title: 'Installing the libraries that it needs',
    commands: [[...PLAYWRIGHT, 'install-deps', 'chromium']],
    canHelp: downloaded,
  });
  if (!isUbuntu(osRelease)) {
    ways.push({
      title: "Installing the distribution's Chromium",
      commands: [APT_UPDATE, aptInstall('chromium')],
    });
  }
  return ways;
}

/**
 * @param {import('./install.js').System} system
 * @returns {string} what a person should do who has no browser in the end
 */
export function advice({ platform, osRelease }) {
  const lines = ['There is no Chromium for the browser tests, and none could be installed. Do one of these:'];
  lines.push(`  - npx playwright install ${platform === 'linux' ? '--with-deps ' : ''}chromium`);
  if (isUbuntu(osRelease)) {
    lines.push(
      "  - install Google Chrome from its .deb file (Ubuntu's own chromium is only a hint to install a snap)",
    );
  } else if (hasApt(osRelease)) {
    lines.push('  - sudo apt-get install chromium');
  } else {
    lines.push('  - install Chromium, Chrome or Edge');
  }
  lines.push('  - set CHROMIUM_PATH to the executable of one that is installed elsewhere');
  return lines.join('\n');
}

/** @param {string} osRelease */
function isUbuntu(osRelease) {
  return /^ID="?ubuntu"?$/m.test(osRelease);
}

/** @param {string} root */
function findingFile(root) {
  return join(root, 'node_modules', '.cache', 'chromium.json');
}

/** @param {NodeJS.ProcessEnv} env */
function question(env) {
  return [env['CHROMIUM_PATH'], env['PLAYWRIGHT_BROWSERS_PATH']].join('\n');
}
