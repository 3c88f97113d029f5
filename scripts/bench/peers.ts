import { join } from 'node:path';
import { peersIn } from '../peers.ts';

/** The repository, whose own packages are measured as well. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** The packages that only the benchmark needs. */
export const peers = peersIn(import.meta.dirname);
