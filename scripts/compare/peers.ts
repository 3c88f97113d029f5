import { join } from 'node:path';
import { peersIn, versionIn } from '../peers.ts';
import type { Adapter } from './adapter.ts';

/** Where the packages are that only the comparison needs. */
export const PEERS = import.meta.dirname;

/** The repository, whose own dependencies are compared as well. */
export const ROOT = join(PEERS, '..', '..');

export const peers = peersIn(PEERS);

/** An adapter's entries about the npm package that it is for. */
export function packaged(name: string, folder = PEERS): Pick<Adapter, 'name' | 'version' | 'made'> {
  return { name, version: versionIn(folder, name), made: { packages: [name], folder } };
}
