// Makes the package create-koa-session, as a tarball:
//   npm run pack:create [-- <folder>]    by default packed/
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minimalFiles, templatePaths } from './repository.ts';
import { packedPath } from './template.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = join(ROOT, 'scripts', 'create');

/**
 * @param folder where the tarball goes
 * @returns its path
 */
export function packCreate(folder: string): string {
  const staging = mkdtempSync(join(tmpdir(), 'create-koa-session-'));
  try {
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    execFileSync(process.execPath, [tsc, '-p', HERE, '--outDir', join(staging, 'dist')], {
      stdio: 'inherit',
    });
    for (const name of ['package.json', 'bin.js']) cpSync(join(HERE, name), join(staging, name));
    cpSync(join(ROOT, 'LICENSE'), join(staging, 'LICENSE'));
    for (const path of templatePaths(ROOT))
      copy(join(ROOT, path), join(staging, 'template', packedPath(path)));
    for (const [path, file] of minimalFiles(ROOT)) copy(file, join(staging, 'minimal', packedPath(path)));
    mkdirSync(folder, { recursive: true });
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--no-update-notifier', '--pack-destination', resolve(folder)], {
        cwd: staging,
        encoding: 'utf8',
        shell: process.platform === 'win32',
      }),
    ) as [{ filename: string }];
    return join(folder, packed.filename);
  } finally {
    rmSync(staging, { recursive: true });
  }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(packCreate(process.argv[2] ?? join(ROOT, 'packed')));
}
