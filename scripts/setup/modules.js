import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './command.js';
import { staleness, unlockedDependencies } from './npm-notes.js';
import { installCommand, packageManager, versionOf, withCaller } from './package-manager.js';
import { readIfThere } from './read-if-there.js';
import { SetupError } from './setup-error.js';

const INCOMPLETE = 'node_modules is missing or incomplete';

/**
 * Why the dependencies have to be installed. With npm's lockfile its own notes tell; any other manager's installation is
 * right if nothing has changed since the set-up made it.
 *
 * @param {string} root the project's folder
 * @param {{ dev: boolean }} options `dev`: whether the development dependencies are needed
 * @returns {string | undefined} undefined if node_modules will do
 * @throws {SetupError} if npm's lockfile cannot be read, or does not hold a dependency that package.json names
 */
export function modulesProblem(root, { dev }) {
  const { name, lockFile } = packageManager(root);
  if (name === 'npm' && lockFile !== undefined) return npmProblem(root, lockFile, { dev });
  const stamp = readIfThere(stampFile(root));
  if (stamp === undefined) {
    // Installed by hand, in an image say, where there may be neither a network nor a manager: what was shipped runs.
    if (!dev && hasDependencies(root)) return undefined;
    return existsSync(join(root, 'node_modules')) ? 'it is not known whether all are there' : INCOMPLETE;
  }
  // Production takes no harm from development dependencies.
  const accepted = [true, ...(dev ? [] : [false])].map((withDev) => fingerprint(root, withDev));
  return accepted.includes(stamp) ? undefined : 'what they were installed from has changed';
}

/**
 * Installs the dependencies and records the result as right, so that it cannot happen again and again should npm ever
 * leave something out for a reason that `staleness` does not know.
 *
 * @param {string} root the project's folder
 * @param {{ dev: boolean }} options `dev`: with the development dependencies
 * @throws {SetupError} if the package manager fails or cannot be run
 */
export async function installModules(root, { dev }) {
  const manager = packageManager(root);
  const command = installCommand(manager, { dev, version: versionOf(manager, root) });
  await run(withCaller(command), { cwd: root });
  mkdirSync(dirname(stampFile(root)), { recursive: true });
  writeFileSync(stampFile(root), fingerprint(root, dev));
}

/**
 * @param {string} root
 * @param {string} lockFile
 * @param {{ dev: boolean }} options
 */
function npmProblem(root, lockFile, { dev }) {
  const lock = lockfileIn(readFileSync(join(root, lockFile), 'utf8'));
  if (lock === undefined) {
    throw new SetupError(`${lockFile} is no JSON: a merge may have left a conflict in it. Run: npm install`);
  }
  const unlocked = unlockedDependencies(manifestOf(root), lock);
  if (unlocked.length > 0) {
    throw new SetupError(
      `package.json names ${unlocked.join(', ')}, which ${lockFile} does not hold. Run: npm install`,
    );
  }
  if (readIfThere(stampFile(root)) === fingerprint(root, dev)) return undefined;
  // None, if npm was interrupted.
  const notes = lockfileIn(readIfThere(notesFile(root)) ?? '');
  return notes === undefined ? INCOMPLETE : staleness(lock, notes, { dev });
}

/**
 * @param {string} text
 * @returns {import('./npm-notes.js').Lockfile | undefined} undefined if it is not whole
 */
function lockfileIn(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {string} root */
function hasDependencies(root) {
  const named = Object.keys(manifestOf(root).dependencies ?? {});
  return named.every((name) => existsSync(join(root, 'node_modules', name, 'package.json')));
}

/**
 * @param {string} root
 * @returns {import('./npm-notes.js').Manifest}
 */
function manifestOf(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

/** @param {string} root */
function notesFile(root) {
  return join(root, 'node_modules', '.package-lock.json');
}

/** @param {string} root */
function stampFile(root) {
  return join(root, 'node_modules', '.cache', 'installed-from');
}

/**
 * @param {string} root
 * @param {boolean} dev
 * @returns {string} of all that an installation depends on
 */
function fingerprint(root, dev) {
  const { name, lockFile } = packageManager(root);
  const lock = lockFile && readFileSync(join(root, lockFile), 'utf8');
  const { dependencies, devDependencies, optionalDependencies } = manifestOf(root);
  const evidence =
    name === 'npm' && lock
      ? readIfThere(notesFile(root))
      : [dependencies, devDependencies, optionalDependencies];
  const system = `${process.platform} ${process.arch} ${dev}`;
  return createHash('sha256')
    .update(JSON.stringify([lock, evidence, system]))
    .digest('hex');
}
