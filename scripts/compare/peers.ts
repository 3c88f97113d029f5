import { join } from 'node:path';
import { peersIn } from '../peers.ts';

/** Where the packages are that only the comparison needs. */
export const PEERS = import.meta.dirname;

/** The repository, whose own dependencies are compared as well. */
export const ROOT = join(PEERS, '..', '..');

export const peers = peersIn(PEERS);
