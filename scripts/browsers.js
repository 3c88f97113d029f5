// Which browsers are here, by what they are driven, and where they are. Set-up asks before it installs one,
// playwright.config.ts asks to start them, reports ask for their versions.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium, headlessShell } from './browsers/chromium.js';
import { firefox } from './browsers/firefox.js';
import { firstThatStarts, thisMachine } from './browsers/looking.js';
import { recall, remember } from './browsers/memory.js';
import { webkit } from './browsers/webkit.js';

/** @typedef {import('./browsers/looking.js').Found} Found */
/** @typedef {import('./browsers/looking.js').Kind} Kind */

/** In the order in which they are provided and listed. */
export const KINDS = [chromium, headlessShell, firefox, webkit];

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The browsers that this machine has, in the order of KINDS, each tried out unless it is remembered.
 *
 * @returns {Found[]}
 * @throws {import('./setup/setup-error.js').SetupError} if CHROMIUM_PATH or FIREFOX_PATH names no file
 */
export function findBrowsers() {
  const remembered = recall(ROOT, process.env);
  /** @type {Map<string, Found>} */
  const found = new Map();
  for (const kind of KINDS) {
    const one = remembered.get(kind.name) ?? look(kind);
    if (one !== undefined) found.set(kind.name, one);
  }
  // Each worker of the tests asks, too.
  if (found.size > remembered.size) remember(ROOT, process.env, found);
  return [...found.values()];
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
