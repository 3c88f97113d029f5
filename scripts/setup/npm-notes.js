// What npm notes in node_modules/.package-lock.json, held against package-lock.json.

/**
 * One package of a lockfile; npm's own notes in node_modules have the same form.
 * @typedef {{
 *   version?: string, integrity?: string, dev?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean,
 *   extraneous?: boolean, link?: boolean, resolved?: string, os?: string[], cpu?: string[],
 * }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lockfile
 * @typedef {{
 *   dependencies?: Record<string, string>, devDependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>,
 * }} Manifest
 */

/**
 * Why `npm ci` has to run. Compares what package-lock.json asks for with what npm noted in node_modules at the end of
 * its last run, so it does not matter which npm command that was, and one that was interrupted does not count.
 *
 * @param {Lockfile} lock
 * @param {Lockfile} installed npm's notes
 * @param {{ dev: boolean, platform?: string, arch?: string }} options
 * @returns {string | undefined} undefined if node_modules will do
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
 * @returns {string[]} what package.json names and the lockfile does not hold: `npm ci` would refuse it at length
 */
export function unlockedDependencies(manifest, lock) {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const named = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  return named.filter((name) => lock.packages[`node_modules/${name}`] === undefined);
}
