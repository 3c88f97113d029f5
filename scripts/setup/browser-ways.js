// How the browsers of the tests are installed where they are missing, and what a person can do about it.
import { APT_UPDATE, aptInstall, hasApt, isUbuntu } from './install.js';

/** @typedef {import('../browsers/looking.js').Kind} Kind */

const PLAYWRIGHT = /** @type {const} */ ([process.execPath, 'node_modules/playwright/cli.js']);

/**
 * @param {import('./install.js').System} system
 * @param {{ missing: () => Kind[], isDownloaded: (kind: Kind) => boolean }} means `missing`: those to install, at any
 *   moment; `isDownloaded`: whether Playwright's own is there, though it may not start
 * @returns {Iterable<import('./install.js').Way>} in the order in which to try them
 */
export function* waysToInstall({ isRoot, osRelease }, { missing, isDownloaded }) {
  const downloadable = () => missing().filter(({ download }) => download.length > 0);
  const downloads = downloadable();
  if (downloads.length > 0) {
    yield {
      title: `Downloading Playwright's ${listOf(downloads)}`,
      commands: [playwright('install', downloads)],
    };
  }
  if (!isRoot || !hasApt(osRelease)) return;

  const downloaded = downloadable().filter(isDownloaded);
  if (downloaded.length > 0) {
    yield {
      title: `Installing the libraries of ${listOf(downloaded)}`,
      commands: [playwright('install-deps', downloaded)],
    };
  }
  const packaged = missing().filter((kind) => packagesOf(kind, osRelease).length > 0);
  /** @type {(kinds: Kind[], ...before: import('./command.js').Command[]) => import('./install.js').Way} */
  const packages = (kinds, ...before) => ({
    title: `Installing the distribution's ${listOf(kinds)}`,
    commands: [...before, aptInstall(...kinds.flatMap((kind) => packagesOf(kind, osRelease)))],
  });
  if (packaged.length > 0) yield packages(packaged, APT_UPDATE);
  if (packaged.length < 2) return;
  // One by one after that, because apt installs nothing at all if a single package cannot be had.
  for (const kind of packaged) if (missing().includes(kind)) yield packages([kind]);
}

/**
 * @param {'install' | 'install-deps'} verb
 * @param {Kind[]} kinds
 * @returns {import('./command.js').Command}
 */
function playwright(verb, kinds) {
  return [...PLAYWRIGHT, verb, ...kinds.flatMap(({ download }) => download)];
}

/**
 * @param {import('./install.js').System} system
 * @param {Kind[]} missing
 * @returns {{ error: string, note: string }} what to do without them: where the tests need them, and where they go on
 */
export function advice({ platform, osRelease }, missing) {
  const names = missing.flatMap(({ download }) => download).join(' ');
  const install = `npx playwright install ${platform === 'linux' ? '--with-deps ' : ''}${names}`;
  const ways = [install];
  const packages = missing.map((kind) => packagesOf(kind, osRelease));
  if (hasApt(osRelease) && packages.every((one) => one.length > 0)) {
    ways.push(`sudo apt-get install ${packages.flat().join(' ')}`);
  } else {
    ways.push(...missing.map(({ elsewhere }) => elsewhere));
  }
  ways.push(
    ...missing.flatMap(({ variable }) =>
      variable ? [`set ${variable} to the executable of one that is installed elsewhere`] : [],
    ),
  );
  return {
    error: [
      `There is no ${listOf(missing, 'disjunction')} for the end-to-end tests, and none could be installed. Do one of these:`,
      ...ways.map((way) => `  - ${way}`),
    ].join('\n'),
    note: `Without ${listOf(missing)} the end-to-end tests run in the other browsers alone. To install: ${install}`,
  };
}

/**
 * @param {Kind} kind
 * @param {string} osRelease
 */
function packagesOf({ packages }, osRelease) {
  return isUbuntu(osRelease) ? packages.ubuntu : packages.debian;
}

/**
 * @param {Kind[]} kinds
 * @param {'conjunction' | 'disjunction'} [type] joined by 'and' or by 'or'; @default 'conjunction'
 */
function listOf(kinds, type = 'conjunction') {
  return new Intl.ListFormat('en', { type }).format(kinds.map(({ name }) => name));
}
