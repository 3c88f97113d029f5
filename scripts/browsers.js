// Which browsers are here, by what they are driven, and where they are. Set-up asks before it installs one,
// playwright.config.ts asks to start them, reports ask for their versions.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium, headlessShell } from './browsers/chromium.js';
import { firefox } from './browsers/firefox.js';
import { firstThatStarts, thisMachine } from './browsers/looking.js';
import { recall } from './browsers/memory.js';
import { webkit } from './browsers/webkit.js';

/** @typedef {import('./browsers/looking.js').Found} Found */
/** @typedef {import('./browsers/looking.js').Kind} Kind */

/** In the order in which they are provided and listed. */
export const KINDS = [chromium, headlessShell, firefox, webkit];

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The engines to test in, one entry for each, Chromium first: `{ engine, driver, executablePath, version }`.
 *
 * @returns {Found[]} without those that this machine lacks
 * @throws {import('./setup/setup-error.js').SetupError} if CHROMIUM_PATH or FIREFOX_PATH names no file
 */
export function findEngines() {
  return KINDS.flatMap((kind) => (kind === headlessShell ? [] : (find(kind) ?? [])));
}

/**
 * What runs the flows, which need no window: Chromium's headless shell.
 *
 * @returns {Found | undefined}
 */
export function findHeadlessShell() {
  return find(headlessShell);
}

/** @param {Kind} kind */
function find(kind) {
  return recall(ROOT, process.env).get(kind.name) ?? look(kind);
}

/**
 * Looks for one of the browsers and tries it out.
 *
 * @param {Kind} kind
 * @param {(file: string, defect: string) => void} [onDefect] is told about each that does not start
 * @returns {Found | undefined}
 * @throws {import('./setup/setup-error.js').SetupError} as above
 */
export function look(kind, onDefect = () => {}) {
  return firstThatStarts(kind.places(thisMachine, downloadOf(kind)), thisMachine, onDefect);
}

/**
 * Where Playwright keeps the browser that it downloads, whether or not it has done so.
 *
 * @param {Kind} kind
 * @returns {string | undefined} undefined where Playwright has no build for this system
 */
export function downloadOf({ own }) {
  // Not imported, because set-up loads this file before it installs Playwright.
  const playwright = /** @type {typeof import('playwright')} */ (
    createRequire(import.meta.url)('playwright')
  );
  try {
    return playwright[own].executablePath();
  } catch {
    // It throws only to say that this platform is not supported; a system browser may still be there.
    return undefined;
  }
}
