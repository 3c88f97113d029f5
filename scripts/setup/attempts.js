// Attempts that failed. On a person's machine they are not repeated for a while.
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Ms for which a failed attempt is not repeated. */
const NOT_AGAIN_FOR = 24 * 60 * 60_000;

/**
 * @param {string} root the project's folder
 * @param {string} name of what was attempted to get
 */
export function failedLately(root, name) {
  const stat = statSync(fileOf(root, name), { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs < NOT_AGAIN_FOR;
}

/**
 * @param {string} root the project's folder
 * @param {string} name
 */
export function noteFailure(root, name) {
  mkdirSync(dirname(fileOf(root, name)), { recursive: true });
  writeFileSync(fileOf(root, name), '');
}

/**
 * @param {string} root the project's folder
 * @param {string} name
 */
export function forgetFailure(root, name) {
  rmSync(fileOf(root, name), { force: true });
}

/**
 * @param {string} root
 * @param {string} name
 */
function fileOf(root, name) {
  return join(root, 'node_modules', '.cache', `no-${name}`);
}
