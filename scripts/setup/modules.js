import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { npm, run } from './command.js';
import { SetupError } from './setup-error.js';

/**
 * One package of a lockfile; npm's own notes in node_modules have the same form.
 * @typedef {{
 *   version?: string, integrity?: string, dev?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean,
 *   extraneous?: boolean, link?: boolean, resolved?: string, os?: string[], cpu?: string[],
 * }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lockfile
 * @typedef {{ dependencies?: Record<string, string>, devDependencies?: Record<string, string> }} Manifest
 */

/**
 * Why `npm ci` has to run. Compares what package-lock.json asks for with what npm noted in node_modules at the end of
 * its last run, so it does not matter which npm command that was, and one that was interrupted does not count.
 *
 * @param {string} root the project's folder
 * @param {{ dev: boolean }} options `dev`: whether the development dependencies are needed
 * @returns {string | undefined} undefined if node_modules will do
 * @throws {SetupError} if package.json names a dependency that the lockfile does not hold
 */
export function modulesProblem(root, { dev }) {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const unlocked = unlockedDependencies(
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
    JSON.parse(lock),
  );
  if (unlocked.length > 0) {
    throw new SetupError(
      `package.json names ${unlocked.join(', ')}, which package-lock.json does not hold. Run: npm install`,
    );
  }
  const notes = readIfThere(join(root, 'node_modules', '.package-lock.json'));
  if (notes === undefined) return 'node_modules is missing or incomplete';
  if (readIfThere(stampFile(root)) === fingerprint(lock, notes, dev)) return undefined;
  return staleness(JSON.parse(lock), JSON.parse(notes), { dev });
}

/**
 * Runs `npm ci` and records its result as right, so that it cannot run again and again should npm ever leave something
 * out for a reason that `staleness` does not know.
 *
 * @param {string} root the project's folder
 * @param {{ dev: boolean }} options `dev`: with the development dependencies
 */
export async function installModules(root, { dev }) {
  // Said outright, so that a person's own npm settings cannot leave out what is asked for.
  const include = dev ? '--include=dev' : '--omit=dev';
  await run(npm(['ci', include, '--no-audit', '--no-fund']), { cwd: root });
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const notes = readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8');
  mkdirSync(dirname(stampFile(root)), { recursive: true });
  writeFileSync(stampFile(root), fingerprint(lock, notes, dev));
}

/**
 * @param {Lockfile} lock
 * @param {Lockfile} installed
 * @param {{ dev: boolean, platform?: string, arch?: string }} options
 * @returns {string | undefined}
 */
export function staleness(lock, installed, { dev, platform = process.platform, arch = process.arch }) {
  for (const [path, wanted] of Object.entries(lock.packages)) {
    // npm marks the folder that a link leads to, not the link.
    const marked = lock.packages[(wanted.link && wanted.resolved) || path];
    if (path === '' || (marked?.dev && !dev)) continue;
    const have = installed.packages[path];
    if (have === undefined) {
      // These npm may leave out for good reasons (another platform, a setting of the person's own), again and again.
      if (wanted.optional || wanted.devOptional || wanted.peer || wanted.extraneous) continue;
      return `${path} is missing`;
    }
    if (have.version !== wanted.version || (have.integrity && have.integrity !== wanted.integrity)) {
      return `${path} is not the locked one`;
    }
  }
  // A folder shared between two systems, such as a container and its host, holds binaries for one of them.
  for (const [path, have] of Object.entries(installed.packages)) {
    if (excludes(have.os, platform) || excludes(have.cpu, arch)) return `${path} is for another system`;
  }
  return undefined;
}

/**
 * @param {string[] | undefined} list as packages declare it: ['linux', 'darwin'] or ['!win32']
 * @param {string} value
 */
function excludes(list = [], value) {
  const allowed = list.filter((entry) => !entry.startsWith('!'));
  if (list.includes(`!${value}`)) return true;
  return allowed.length > 0 && !allowed.includes(value) && !allowed.includes('any');
}

/**
 * @param {Manifest} manifest
 * @param {Lockfile} lock
 */
function unlockedDependencies(manifest, lock) {
  const named = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  return named.filter((name) => lock.packages[`node_modules/${name}`] === undefined);
}

/** @param {string} root */
function stampFile(root) {
  return join(root, 'node_modules', '.cache', 'installed-from');
}

/**
 * @param {string} lock
 * @param {string} notes
 * @param {boolean} dev
 */
function fingerprint(lock, notes, dev) {
  const system = `${process.platform} ${process.arch} ${dev}`;
  return createHash('sha256')
    .update(JSON.stringify([lock, notes, system]))
    .digest('hex');
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
