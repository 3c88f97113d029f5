// Makes the package create-koa-session, as a tarball:
//   npm run pack:create [-- <folder>]    by default packed/
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { templateOf } from './repository.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = join(ROOT, 'scripts', 'create');

/** The licenses of the libraries that are bundled. */
const LICENSES = ['fastest-levenshtein/LICENSE.md', 'validate-npm-package-name/LICENSE'];

/**
 * Packs the program as one file and the template as JSON. As files, npm would leave some of the template out, or read
 * them as its own settings.
 *
 * @param folder where the tarball goes
 * @returns its path
 */
export function packCreate(folder: string): string {
  const staging = mkdtempSync(join(tmpdir(), 'create-koa-session-'));
  try {
    buildSync({
      entryPoints: [join(HERE, 'main.ts')],
      outfile: join(staging, 'main.js'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      logLevel: 'warning',
    });
    writeFileSync(join(staging, 'template.json'), JSON.stringify(Object.fromEntries(templateOf(ROOT))));
    for (const name of ['package.json', 'bin.js']) cpSync(join(HERE, name), join(staging, name));
    const licenses = [join(ROOT, 'LICENSE'), ...LICENSES.map((file) => join(ROOT, 'node_modules', file))];
    const texts = licenses.map((file) => readFileSync(file, 'utf8'));
    writeFileSync(join(staging, 'LICENSE'), texts.join('\n'));
    mkdirSync(folder, { recursive: true });
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', resolve(folder)], {
      cwd: staging,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    return join(folder, packed.trim());
  } finally {
    rmSync(staging, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(packCreate(process.argv[2] ?? join(ROOT, 'packed')));
}
