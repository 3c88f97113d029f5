// What set-up found is kept in node_modules, because trying out browsers takes longer than all else together.
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @typedef {import('./looking.js').Found} Found */
/** @typedef {{ asked: string, kept: Record<string, Found & { modified: number }> }} Memory */

/**
 * @param {string} root the project's folder
 * @param {NodeJS.ProcessEnv} env
 * @returns {Map<string, Found>} by the name of the kind, as far as it holds: nothing else is asked for now, and the file is
 *   the one that was tried out
 */
export function recall(root, env) {
  const memory = read(fileOf(root));
  if (memory?.asked !== question(root, env)) return new Map();
  return new Map(
    Object.entries(memory.kept).flatMap(([name, { modified, ...found }]) =>
      modified === modifiedAt(found.executablePath) ? [[name, found]] : [],
    ),
  );
}

/**
 * @param {string} root the project's folder
 * @param {NodeJS.ProcessEnv} env
 * @param {ReadonlyMap<string, Found>} found by the name of the kind
 */
export function remember(root, env, found) {
  const kept = Array.from(found, ([name, one]) => [
    name,
    { ...one, modified: modifiedAt(one.executablePath) },
  ]);
  const file = fileOf(root);
  const beside = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(beside, JSON.stringify({ asked: question(root, env), kept: Object.fromEntries(kept) }));
  // Whoever reads it meanwhile finds a whole one.
  renameSync(beside, file);
}

/**
 * @param {string} file
 * @returns {Memory | undefined}
 */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // There is none, or it was cut off. It costs a new look, and is written anew then: what hinders that is an error there.
    return undefined;
  }
}

/**
 * What decides which browsers are looked for: a person's choices, and the version of Playwright.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
function question(root, env) {
  const manifest = join(root, 'node_modules', 'playwright', 'package.json');
  const version = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : '';
  const { CHROMIUM_PATH, FIREFOX_PATH, PLAYWRIGHT_BROWSERS_PATH } = env;
  return [version, CHROMIUM_PATH, FIREFOX_PATH, PLAYWRIGHT_BROWSERS_PATH].join('\n');
}

/**
 * @param {string} file
 * @returns {number | undefined} ms since 1970
 */
function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

/** @param {string} root */
function fileOf(root) {
  return join(root, 'node_modules', '.cache', 'browsers.json');
}
