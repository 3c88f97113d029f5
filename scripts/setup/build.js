import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { run } from './command.js';
import { lockFiles } from './package-manager.js';
import { readIfThere } from './read-if-there.js';
import { SetupError } from './setup-error.js';

/**
 * Why dist/ has to be built. Compares contents, not dates: git, archives and container builds set those at will.
 *
 * @param {string} root the project's folder
 * @returns {string | undefined} undefined if dist/ will do
 * @throws {SetupError} if it has to be built and there is no compiler to do it
 */
export function buildProblem(root) {
  const built = existsSync(join(root, 'dist', 'server.js'));
  if (!existsSync(compilerManifest(root))) {
    // Installed for production: what was shipped is what runs.
    if (built) return undefined;
    throw new SetupError(
      'dist/ is missing, and so is the compiler. Where the dev dependencies are, run: npm run build',
    );
  }
  if (!built) return 'dist/ is missing';
  return readIfThere(stampFile(root)) === sourcesHash(root) ? undefined : 'the sources have changed';
}

/**
 * Builds dist/ from nothing, so that no removed file lingers.
 *
 * @param {string} root the project's folder
 */
export async function build(root) {
  const hash = sourcesHash(root);
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const { bin } = JSON.parse(readFileSync(compilerManifest(root), 'utf8'));
  const compiler = join(dirname(compilerManifest(root)), bin.tsc);
  await run([process.execPath, compiler, '-p', join('src', 'tsconfig.build.json')], { cwd: root });
  writeFileSync(stampFile(root), hash);
}

/** @param {string} root */
function compilerManifest(root) {
  return join(root, 'node_modules', 'typescript', 'package.json');
}

/** @param {string} root */
function stampFile(root) {
  return join(root, 'dist', '.sources-hash');
}

/**
 * @param {string} root
 * @returns {string} of everything the build depends on: the sources, their configuration, the compiler's version
 */
function sourcesHash(root) {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes(`${sep}testing${sep}`))
    .toSorted();
  const hash = createHash('sha256');
  for (const file of [...sources, ...['tsconfig.json', ...lockFiles(root)].map((name) => join(root, name))]) {
    const content = readFileSync(file);
    hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
