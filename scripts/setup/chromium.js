import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { downloadOf, findChromium } from '../browsers.js';
import { run } from './command.js';
import { Interrupted, SetupError } from './setup-error.js';

/**
 * One way to get a browser.
 * @typedef {{ title: string, commands: import('./command.js').Command[], needsDownload?: boolean }} Way
 *   `needsDownload`: it only helps if Playwright's download is there
 * @typedef {{ platform: string, isRoot: boolean, osRelease: string }} System `osRelease`: text of /etc/os-release
 */

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
  const system = {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    osRelease: existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
  };
  const executable = await firstThatWorks({
    find: () => findChromium(own, { onDefect: (file, defect) => say(`${file} does not start: ${defect}`) }),
    downloaded: () => own !== undefined && existsSync(own),
    ways: waysToInstall(system),
    run: (command) => run(command, { cwd: root, limitMs: LIMIT, env: { ...UNATTENDED, ...process.env } }),
    say,
  });
  if (executable === undefined) throw new SetupError(advice(system));
  say(`The tests use ${executable}`);
  mkdirSync(dirname(findingFile(root)), { recursive: true });
  writeFileSync(findingFile(root), JSON.stringify({ asked: question(process.env), executable }));
}

const UNATTENDED = {
  DEBIAN_FRONTEND: 'noninteractive',
  // ms; Playwright makes five attempts on each server, and 30 s for each of them is long to look at nothing.
  PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000',
};

/**
 * @param {{
 *   find: () => string | undefined, downloaded: () => boolean, ways: Way[],
 *   run: (command: import('./command.js').Command) => Promise<void>, say: (line: string) => void,
 * }} means
 * @returns {Promise<string | undefined>}
 */
export async function firstThatWorks({ find, downloaded, ways, run: execute, say }) {
  let found = find();
  for (const way of ways) {
    if (found !== undefined) break;
    if (way.needsDownload && !downloaded()) continue;
    say(way.title);
    try {
      for (const command of way.commands) await execute(command);
    } catch (error) {
      if (!(error instanceof SetupError) || error instanceof Interrupted) throw error;
      say(error.message);
    }
    found = find();
  }
  return found;
}

/**
 * @param {System} system
 * @returns {Way[]} in the order in which to try them
 */
export function waysToInstall({ isRoot, osRelease }) {
  /** @type {Way[]} */
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
    needsDownload: true,
  });
  if (!isUbuntu(osRelease)) {
    ways.push({
      title: "Installing the distribution's Chromium",
      commands: [
        ['apt-get', 'update'],
        ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
      ],
    });
  }
  return ways;
}

/**
 * @param {System} system
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
function hasApt(osRelease) {
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);
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
