import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * Packages that only one of the scripts needs, to look at them beside this repository's own sessions.
 *
 * @param folder where their package.json is
 */
export function peersIn(folder: string) {
  const require = createRequire(join(folder, 'package.json'));
  return {
    /** Installs them if they are not there. */
    async install(): Promise<void> {
      const lock = await readFile(join(folder, 'package-lock.json'), 'utf8');
      const note = join(folder, 'node_modules', '.installed-from');
      if ((await readFile(note, 'utf8').catch(() => '')) === lock) return;
      console.error(`Installing what only this script needs, in ${folder}`);
      execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
        cwd: folder,
        stdio: ['ignore', 'inherit', 'inherit'],
        // npm on Windows is a batch file, which only a shell can run.
        shell: process.platform === 'win32',
      });
      await writeFile(note, lock);
    },
    /** A package of theirs. Its types are not installed: say what of it is used. */
    load: (name: string) => require(name) as unknown,
  };
}

/** Version of a package in the lock file of `folder`: it need not be installed. */
export function versionIn(folder: string, name: string): string {
  const lock: unknown = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const { packages } = lock as { packages: Record<string, { version: string }> };
  const locked = packages[`node_modules/${name}`];
  if (!locked) throw new Error(`${folder} has no package ${name}: correct the name, or install it there`);
  return locked.version;
}
