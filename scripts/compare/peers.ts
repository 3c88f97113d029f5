import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installModules, modulesProblem } from '../setup/modules.js';

/** Where the packages are that only the comparison needs. */
export const PEERS = import.meta.dirname;

/** The repository, whose own dependencies are compared as well. */
export const ROOT = join(PEERS, '..', '..');

const require = createRequire(join(PEERS, 'package.json'));

/** Installs them if they are not there. */
export async function installPeers(): Promise<void> {
  const problem = modulesProblem(PEERS, { dev: true });
  if (problem === undefined) return;
  console.error(`compare: Installing what is compared: ${problem}`);
  await installModules(PEERS, { dev: true });
}

/** A package of theirs. Its types are not installed: say what of it is used. */
export function peer(name: string): unknown {
  return require(name);
}

export function versionOf(name: string, folder = PEERS): string {
  const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Of this repository. */
export function versionOfOurs(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}
